#include "data/affine.hpp"

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>

namespace markhor::data {
namespace {

/// A place beyond the edge, brought back as the mode says.
float inside(float at, std::int64_t size, FillMode mode) {
    const auto length = static_cast<float>(size);
    if (mode == FillMode::constant) return at;
    if (mode != FillMode::nearest && size > 1 && (at < 0 || at > length - 1)) {
        if (mode == FillMode::reflect) {
            const float period = 2 * length;
            at -= period * std::floor(at / period);
            if (at >= length) at = period - at - 1;
        } else {  // TensorFlow counts whole turns of size - 1 and moves by turns of size
            at += at < 0 ? length * (std::trunc(-at / (length - 1)) + 1) : -length * std::trunc(at / (length - 1));
        }
    }
    return std::clamp(at, 0.0F, length - 1);
}

}  // namespace

FillMode fill_mode_of(const std::string& name) {
    if (name == "constant") return FillMode::constant;
    if (name == "nearest") return FillMode::nearest;
    if (name == "reflect") return FillMode::reflect;
    if (name == "wrap") return FillMode::wrap;
    throw ValueError("fill_mode is '" + name + "'; reflect, constant, wrap or nearest is wanted");
}

void transform_image(const Pixels<const float>& from, const Pixels<float>& to, const Affine& affine,
                     const Sampling& sampling) {
    const auto pixel = [&](float x, float y, std::int64_t c) {
        const bool within =
            x >= 0 && y >= 0 && x < static_cast<float>(from.width) && y < static_cast<float>(from.height);
        if (!within) return sampling.fill_value;
        return from.data[static_cast<std::int64_t>(y) * from.stride + static_cast<std::int64_t>(x) * from.channels + c];
    };
    for (std::int64_t row = 0; row < to.height; ++row) {
        float* target = to.data + row * to.stride;
        for (std::int64_t column = 0; column < to.width; ++column) {
            const auto out_x = static_cast<float>(column);
            const auto out_y = static_cast<float>(row);
            const float x = inside(affine[0] * out_x + affine[1] * out_y + affine[2], from.width, sampling.fill_mode);
            const float y = inside(affine[3] * out_x + affine[4] * out_y + affine[5], from.height, sampling.fill_mode);
            const float left = std::floor(x);
            const float top = std::floor(y);
            for (std::int64_t c = 0; c < to.channels; ++c) {
                if (!sampling.bilinear) {
                    *target++ = pixel(std::round(x), std::round(y), c);
                    continue;
                }
                const float above = (left + 1 - x) * pixel(left, top, c) + (x - left) * pixel(left + 1, top, c);
                const float below = (left + 1 - x) * pixel(left, top + 1, c) + (x - left) * pixel(left + 1, top + 1, c);
                *target++ = (top + 1 - y) * above + (y - top) * below;
            }
        }
    }
}

}  // namespace markhor::data
