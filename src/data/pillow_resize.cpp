#include "data/pillow_resize.hpp"

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <numbers>
#include <utility>
#include <vector>

namespace markhor::data {
namespace {

constexpr std::array<std::pair<const char*, PillowFilter>, 6> filters = {{{"nearest", PillowFilter::nearest},
                                                                          {"bilinear", PillowFilter::bilinear},
                                                                          {"bicubic", PillowFilter::bicubic},
                                                                          {"lanczos", PillowFilter::lanczos},
                                                                          {"box", PillowFilter::box},
                                                                          {"hamming", PillowFilter::hamming}}};

constexpr int fraction_bits = 22;  // of a weight: eight for the pixel and two for overshooting remain of 32

double sinc(double x) {
    if (x == 0) return 1;
    x *= std::numbers::pi;
    return std::sin(x) / x;
}

double weight_at(PillowFilter filter, double x) {
    const double size = std::abs(x);
    switch (filter) {
        case PillowFilter::box: return x > -0.5 && x <= 0.5 ? 1 : 0;
        case PillowFilter::bilinear: return size < 1 ? 1 - size : 0;
        case PillowFilter::hamming:
            return size >= 1 ? 0 : sinc(size) * (size == 0 ? 1 : 0.54 + 0.46 * std::cos(std::numbers::pi * size));
        case PillowFilter::bicubic: {
            constexpr double a = -0.5;
            if (size < 1) return ((a + 2) * size - (a + 3)) * size * size + 1;
            return size < 2 ? (((size - 5) * size + 8) * size - 4) * a : 0;
        }
        case PillowFilter::lanczos: return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0;
        case PillowFilter::nearest: break;
    }
    return 0;
}

double support_of(PillowFilter filter) {
    switch (filter) {
        case PillowFilter::box: return 0.5;
        case PillowFilter::bicubic: return 2;
        case PillowFilter::lanczos: return 3;
        default: return 1;
    }
}

/// What one output pixel takes of the input along one axis.
struct Taps {
    std::int64_t first = 0;
    std::vector<std::int64_t> weights;
};

std::vector<Taps> taps_of(std::int64_t in_size, std::int64_t begin, std::int64_t length, std::int64_t out_size,
                          PillowFilter filter) {
    const double scale = static_cast<double>(length) / static_cast<double>(out_size);
    const double widened = std::max(scale, 1.0);
    const double support = support_of(filter) * widened;
    std::vector<Taps> all(static_cast<std::size_t>(out_size));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double center = static_cast<double>(begin) + (static_cast<double>(i) + 0.5) * scale;
        const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(center - support + 0.5)));
        const auto last = std::min(in_size, static_cast<std::int64_t>(std::floor(center + support + 0.5)));
        std::vector<double> weights;
        double sum = 0;
        for (std::int64_t x = first; x < last; ++x) {
            weights.push_back(weight_at(filter, (static_cast<double>(x) - center + 0.5) * (1 / widened)));
            sum += weights.back();
        }
        all[i].first = first;
        for (const double weight : weights) {
            const double part = (sum == 0 ? weight : weight / sum) * (1 << fraction_bits);
            all[i].weights.push_back(std::llround(part));
        }
    }
    return all;
}

/// Along one axis: `lines` of them, pixels `step` bytes apart, `line_step` from line to line.
struct Lines {
    std::int64_t lines = 0;
    std::int64_t line_step = 0;
    std::int64_t step = 0;
};

void filter_axis(const std::uint8_t* from, const Lines& in, std::uint8_t* to, const Lines& out,
                 const std::vector<Taps>& taps, std::int64_t channels) {
    for (std::int64_t line = 0; line < in.lines; ++line) {
        for (std::size_t i = 0; i < taps.size(); ++i) {
            for (std::int64_t c = 0; c < channels; ++c) {
                std::int64_t sum = std::int64_t{1} << (fraction_bits - 1);
                const std::uint8_t* pixel = from + line * in.line_step + taps[i].first * in.step + c;
                for (const std::int64_t weight : taps[i].weights) {
                    sum += *pixel * weight;
                    pixel += in.step;
                }
                to[line * out.line_step + static_cast<std::int64_t>(i) * out.step + c] =
                    static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> fraction_bits, 0, 255));
            }
        }
    }
}

Image empty_image(ImageSize size, std::int64_t channels) {
    return {size, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(size.height * size.width * channels))};
}

/// Columns first, then rows, each only where something changes.
Image filtered(const Image& image, const Window& window, ImageSize size, PillowFilter filter) {
    const std::int64_t channels = image.channels;
    Image result = image;
    if (size.width != image.size.width || window.left != 0 || window.width != image.size.width) {
        Image wide = empty_image({image.size.height, size.width}, channels);
        filter_axis(result.pixels.data(), {image.size.height, image.size.width * channels, channels},
                    wide.pixels.data(), {image.size.height, size.width * channels, channels},
                    taps_of(image.size.width, window.left, window.width, size.width, filter), channels);
        result = std::move(wide);
    }
    if (size.height != image.size.height || window.top != 0 || window.height != image.size.height) {
        Image high = empty_image(size, channels);
        const std::int64_t row = size.width * channels;
        filter_axis(result.pixels.data(), {size.width, channels, row}, high.pixels.data(), {size.width, channels, row},
                    taps_of(image.size.height, window.top, window.height, size.height, filter), channels);
        result = std::move(high);
    }
    return result;
}

/// Places by repeated addition, as Pillow's ImagingScaleAffine.
std::vector<std::int64_t> nearest_places(std::int64_t begin, std::int64_t length, std::int64_t out_size) {
    const double scale = static_cast<double>(length) / static_cast<double>(out_size);
    std::vector<std::int64_t> places;
    double at = static_cast<double>(begin) + scale * 0.5;
    for (std::int64_t i = 0; i < out_size; ++i, at += scale) {
        places.push_back(std::min(static_cast<std::int64_t>(at), begin + length - 1));
    }
    return places;
}

Image nearest(const Image& image, const Window& window, ImageSize size) {
    Image result = empty_image(size, image.channels);
    const std::vector<std::int64_t> columns = nearest_places(window.left, window.width, size.width);
    auto to = result.pixels.begin();
    for (const std::int64_t y : nearest_places(window.top, window.height, size.height)) {
        for (const std::int64_t x : columns) {
            const std::uint8_t* pixel = image.pixels.data() + (y * image.size.width + x) * image.channels;
            to = std::copy_n(pixel, image.channels, to);
        }
    }
    return result;
}

/// Colours times alpha, and back: so that what is transparent does not colour its neighbours.
void premultiply(Image& image) {
    for (std::size_t i = 0; i < image.pixels.size(); i += 4) {
        const unsigned alpha = image.pixels[i + 3];
        for (std::size_t c = i; c < i + 3; ++c) {
            const unsigned product = image.pixels[c] * alpha + 128;
            image.pixels[c] = static_cast<std::uint8_t>(((product >> 8U) + product) >> 8U);
        }
    }
}

void unpremultiply(Image& image) {
    for (std::size_t i = 0; i < image.pixels.size(); i += 4) {
        const unsigned alpha = image.pixels[i + 3];
        if (alpha == 0 || alpha == 255) continue;
        for (std::size_t c = i; c < i + 3; ++c) {
            image.pixels[c] = static_cast<std::uint8_t>(std::min(255U, 255U * image.pixels[c] / alpha));
        }
    }
}

}  // namespace

PillowFilter pillow_filter_of(const std::string& name) {
    const auto* const found = std::ranges::find_if(filters, [&](const auto& each) { return name == each.first; });
    if (found != filters.end()) return found->second;
    std::string names;
    for (const auto& [each, filter] : filters) names += (names.empty() ? "" : ", ") + std::string(each);
    throw ValueError("load_img: interpolation is '" + name + "'; expected one of " + names);
}

Image pillow_resize(const Image& image, const Window& window, ImageSize size, PillowFilter filter) {
    if (filter == PillowFilter::nearest) return nearest(image, window, size);
    if (image.channels != 4) return filtered(image, window, size, filter);
    Image multiplied = image;
    premultiply(multiplied);
    Image result = filtered(multiplied, window, size, filter);
    unpremultiply(result);
    return result;
}

}  // namespace markhor::data
