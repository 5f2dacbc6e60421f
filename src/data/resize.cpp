#include "data/resize.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.hpp"

namespace markhor::data {
namespace {

/// Where an output pixel falls along one axis: between two input pixels, `share` of the way to the second.
struct Tap {
    std::int64_t low = 0;
    std::int64_t high = 0;
    float share = 0;
};

std::vector<Tap> taps(std::int64_t size, std::int64_t new_size) {
    std::vector<Tap> all(static_cast<std::size_t>(new_size));
    const float scale = static_cast<float>(size) / static_cast<float>(new_size);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const float at = (static_cast<float>(i) + 0.5F) * scale - 0.5F;
        const float floor = std::floor(at);
        all[i].low = std::max<std::int64_t>(static_cast<std::int64_t>(floor), 0);
        all[i].high = std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(at)), size - 1);
        all[i].share = at - floor;
    }
    return all;
}

}  // namespace

template <class T>
void resize_image(const T* from, std::int64_t height, std::int64_t width, std::int64_t channels, float* to,
                  std::int64_t new_height, std::int64_t new_width) {
    const std::vector<Tap> rows = taps(height, new_height);
    const std::vector<Tap> columns = taps(width, new_width);
    for (const Tap& row : rows) {
        const T* top = from + row.low * width * channels;
        const T* bottom = from + row.high * width * channels;
        for (const Tap& column : columns) {
            const std::int64_t left = column.low * channels;
            const std::int64_t right = column.high * channels;
            for (std::int64_t c = 0; c < channels; ++c) {
                const auto pixel = [c](const T* line, std::int64_t at) { return static_cast<float>(line[at + c]); };
                const float above = pixel(top, left) + (pixel(top, right) - pixel(top, left)) * column.share;
                const float below = pixel(bottom, left) + (pixel(bottom, right) - pixel(bottom, left)) * column.share;
                *to++ = above + (below - above) * row.share;
            }
        }
    }
}

template void resize_image(const float*, std::int64_t, std::int64_t, std::int64_t, float*, std::int64_t, std::int64_t);
template void resize_image(const std::uint8_t*, std::int64_t, std::int64_t, std::int64_t, float*, std::int64_t, std::int64_t);

void resize_images(const Tensor& from, Tensor& to) {
    const Shape& source = from.shape();
    const Shape& target = to.shape();
    const float* input = from.data<float>().data();
    float* output = to.data<float>().data();
    const std::int64_t in_size = source[1] * source[2] * source[3];
    const std::int64_t out_size = target[1] * target[2] * target[3];
    parallel_for(source[0], 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            resize_image(input + i * in_size, source[1], source[2], source[3], output + i * out_size, target[1], target[2]);
        }
    });
}

}  // namespace markhor::data
