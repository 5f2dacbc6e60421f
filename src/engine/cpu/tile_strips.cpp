#include "engine/cpu/tile_strips.hpp"

#include <algorithm>
#include <cstring>

#include "engine/cpu/simd/tiles.hpp"

namespace markhor::cpu {

const BFloat16* StripRows::strip(const BFloat16* x, const std::uint8_t* places, std::int64_t image, std::int64_t first,
                                 std::int64_t rows, std::int64_t values, BFloat16* own) const {
    if (is_as_it_lies_ && places == nullptr) {
        const std::int64_t row_values = pitch_ * channels_;
        const std::int64_t at = (image * g_.in[1] + first * g_.window.stride[1]) * row_values;
        if (at + values <= g_.batch * g_.in[1] * row_values) return x + at;
    }
    copy(x, places, image, first, rows, own);
    return own;
}

void StripRows::copy(const BFloat16* x, const std::uint8_t* places, std::int64_t image, std::int64_t first,
                     std::int64_t rows, BFloat16* strip) const {
    const BFloat16 zero(0.0F);
    const std::int64_t before = g_.window.pad_before[2];
    const std::int64_t pixels = std::min(g_.in[2], pitch_ - before);
    const std::int64_t top = first * g_.window.stride[1] - g_.window.pad_before[1];
    for (std::int64_t row = 0; row < rows_seen(rows); ++row, strip += pitch_ * channels_) {
        const std::int64_t in_row = top + row;
        const std::int64_t end = places != nullptr ? g_.in[1] / 2 * 2 : g_.in[1];  // of what is not zero
        if (in_row < 0 || in_row >= end) {
            std::fill_n(strip, pitch_ * channels_, zero);
            continue;
        }
        const BFloat16* from = x + (image * g_.in[1] + in_row) * g_.in[2] * g_.in_channels;
        BFloat16* to = std::fill_n(strip, before * channels_, zero);
        if (places != nullptr) {
            const std::int64_t columns = g_.in[2] / 2;
            const std::int64_t at = (image * (g_.in[1] / 2) + in_row / 2) * columns * channels_;
            unpool_row(static_cast<int>(in_row % 2), columns, channels_, x + at, places + at, to);
            to += 2 * columns * channels_;
        } else if (channels_ == g_.in_channels) {
            std::memcpy(to, from, static_cast<std::size_t>(pixels * channels_) * sizeof(BFloat16));
            to += pixels * channels_;
        } else if (g_.in_channels == 3 && channels_ == 4) {
            pad_channels(pixels, from, to);
            to += pixels * channels_;
        } else {
            for (std::int64_t pixel = 0; pixel < pixels; ++pixel, from += g_.in_channels) {
                to = std::copy_n(from, g_.in_channels, to);
                to = std::fill_n(to, channels_ - g_.in_channels, zero);
            }
        }
        std::fill(to, strip + pitch_ * channels_, zero);
    }
}

}  // namespace markhor::cpu
