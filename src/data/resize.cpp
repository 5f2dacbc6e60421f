#include "data/resize.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <markhor/error.hpp>
#include <numbers>
#include <utility>
#include <vector>

#include "core/ascii.hpp"
#include "data/workers.hpp"

namespace markhor::data {
namespace {

constexpr std::array<const char*, 8> names = {"nearest",  "bilinear", "bicubic",  "area",
                                              "lanczos3", "lanczos5", "gaussian", "mitchellcubic"};

/// What one output pixel takes of the input along one axis: weights of the pixels from `first` on.
struct Span {
    std::int64_t first = 0;
    std::vector<float> weights;
};

float scale_of(std::int64_t size, std::int64_t new_size) {
    return static_cast<float>(size) / static_cast<float>(new_size);
}

/// The place of an output pixel's centre between the input's pixel centres.
float place_of(std::size_t i, float scale) { return (static_cast<float>(i) + 0.5F) * scale - 0.5F; }

void normalize(std::vector<float>& weights) {
    float sum = 0;
    for (const float weight : weights) sum += weight;
    if (std::abs(sum) < 1000 * std::numeric_limits<float>::min()) return;
    for (float& weight : weights) weight /= sum;
}

std::vector<Span> nearest_spans(std::int64_t size, std::int64_t new_size) {
    std::vector<Span> spans(static_cast<std::size_t>(new_size));
    const float scale = scale_of(size, new_size);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const auto at = static_cast<std::int64_t>(std::floor((static_cast<float>(i) + 0.5F) * scale));
        spans[i] = {std::clamp<std::int64_t>(at, 0, size - 1), {1.0F}};
    }
    return spans;
}

/// Keys's cubic with a = -0.5 from a table of 1024 steps, as TensorFlow's kernel rounds the place; beyond the edge is
/// nothing.
std::vector<Span> bicubic_spans(std::int64_t size, std::int64_t new_size) {
    constexpr float a = -0.5F;
    const auto near = [](float x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
    const auto far = [](float x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
    std::vector<Span> spans(static_cast<std::size_t>(new_size));
    const float scale = scale_of(size, new_size);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const float at = place_of(i, scale);
        const float floor = std::floor(at);
        const float share = static_cast<float>(std::lrint((at - floor) * 1024)) / 1024;
        const std::array<float, 4> weights = {far(share + 1), near(share), near(1 - share), far(2 - share)};
        const std::int64_t first = static_cast<std::int64_t>(floor) - 1;
        const std::int64_t begin = std::clamp<std::int64_t>(-first, 0, 3);
        const std::int64_t end = std::clamp<std::int64_t>(size - first, begin + 1, 4);
        spans[i] = {first + begin, {weights.begin() + begin, weights.begin() + end}};
        normalize(spans[i].weights);
    }
    return spans;
}

/// The mean over the stretch of input that an output pixel covers, pixels at its ends in part.
std::vector<Span> area_spans(std::int64_t size, std::int64_t new_size) {
    std::vector<Span> spans(static_cast<std::size_t>(new_size));
    const float scale = scale_of(size, new_size);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const float begin = static_cast<float>(i) * scale;
        const float end = static_cast<float>(i + 1) * scale;
        spans[i].first = std::min(static_cast<std::int64_t>(std::floor(begin)), size - 1);
        for (auto pixel = static_cast<std::int64_t>(std::floor(begin));
             pixel < static_cast<std::int64_t>(std::ceil(end)); ++pixel) {
            const auto left = static_cast<float>(pixel);
            const float weight = (std::min(left + 1, end) - std::max(left, begin)) / scale;
            if (pixel < size) {
                spans[i].weights.push_back(weight);
            } else if (!spans[i].weights.empty()) {
                spans[i].weights.back() += weight;  // rounding of the last place: the edge is repeated
            }
        }
    }
    return spans;
}

/// A kernel sampled around each output pixel's centre (TensorFlow's ScaleAndTranslate without antialiasing).
template <class Kernel>
std::vector<Span> kernel_spans(std::int64_t size, std::int64_t new_size, float radius, const Kernel& kernel) {
    std::vector<Span> spans(static_cast<std::size_t>(new_size));
    const float scale = scale_of(size, new_size);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const float at = (static_cast<float>(i) + 0.5F) * scale;
        const auto begin =
            std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(at - radius - 0.5F)), 0, size - 1);
        const auto end =
            std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(at + radius - 0.5F)), begin, size - 1);
        spans[i].first = begin;
        for (std::int64_t pixel = begin; pixel <= end; ++pixel) {
            spans[i].weights.push_back(kernel(std::abs(static_cast<float>(pixel) + 0.5F - at)));
        }
        normalize(spans[i].weights);
    }
    return spans;
}

std::vector<Span> lanczos_spans(std::int64_t size, std::int64_t new_size, float radius) {
    return kernel_spans(size, new_size, radius, [radius](float x) {
        constexpr float pi = std::numbers::pi_v<float>;
        if (x > radius) return 0.0F;
        if (x <= 1e-3F) return 1.0F;
        return radius * std::sin(pi * x) * std::sin(pi * x / radius) / (pi * pi * x * x);
    });
}

std::vector<Span> spans_of(std::int64_t size, std::int64_t new_size, Interpolation interpolation) {
    switch (interpolation) {
        case Interpolation::bicubic: return bicubic_spans(size, new_size);
        case Interpolation::area: return area_spans(size, new_size);
        case Interpolation::lanczos3: return lanczos_spans(size, new_size, 3);
        case Interpolation::lanczos5: return lanczos_spans(size, new_size, 5);
        case Interpolation::gaussian:  // sigma 0.5 (Turkowski, "Filters for common resampling tasks", 1990)
            return kernel_spans(size, new_size, 1.5F, [](float x) { return x >= 1.5F ? 0.0F : std::exp(-2 * x * x); });
        case Interpolation::mitchellcubic:  // Mitchell and Netravali, "Reconstruction filters in computer graphics",
                                            // 1988
            return kernel_spans(size, new_size, 2, [](float x) {
                if (x >= 2) return 0.0F;
                if (x >= 1) return ((-7.0F / 18 * x + 2) * x - 10.0F / 3) * x + 16.0F / 9;
                return (7.0F / 6 * x - 2) * x * x + 8.0F / 9;
            });
        case Interpolation::nearest:
        case Interpolation::bilinear: break;
    }
    return nearest_spans(size, new_size);
}

/// Rows first: each output row is gathered from the input's rows, then along itself.
template <class T>
void resize_by_spans(const Pixels<const T>& from, const Pixels<float>& to, Interpolation interpolation) {
    const std::vector<Span> rows = spans_of(from.height, to.height, interpolation);
    const std::vector<Span> columns = spans_of(from.width, to.width, interpolation);
    std::vector<float> line(static_cast<std::size_t>(from.width * from.channels));
    for (std::int64_t y = 0; y < to.height; ++y) {
        const Span& row = rows[static_cast<std::size_t>(y)];
        std::ranges::fill(line, 0.0F);
        const T* source = from.data + row.first * from.stride;
        for (const float weight : row.weights) {
            for (std::size_t i = 0; i < line.size(); ++i) line[i] += weight * static_cast<float>(source[i]);
            source += from.stride;
        }
        float* target = to.data + y * to.stride;
        for (const Span& column : columns) {
            for (std::int64_t c = 0; c < from.channels; ++c) {
                const float* value = line.data() + column.first * from.channels + c;
                float sum = 0;
                for (const float weight : column.weights) {
                    sum += weight * *value;
                    value += from.channels;
                }
                *target++ = sum;
            }
        }
    }
}

/// Where an output pixel falls along one axis: between two input pixels, `share` of the way to the second.
struct Tap {
    std::int64_t low = 0;
    std::int64_t high = 0;
    float share = 0;
};

std::vector<Tap> taps(std::int64_t size, std::int64_t new_size) {
    std::vector<Tap> all(static_cast<std::size_t>(new_size));
    const float scale = scale_of(size, new_size);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const float at = place_of(i, scale);
        const float floor = std::floor(at);
        all[i].low = std::max<std::int64_t>(static_cast<std::int64_t>(floor), 0);
        all[i].high = std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(at)), size - 1);
        all[i].share = at - floor;
    }
    return all;
}

/// In the order of TensorFlow's kernel, so that the floats are its floats.
template <class T>
void resize_bilinear(const Pixels<const T>& from, const Pixels<float>& to) {
    const std::vector<Tap> rows = taps(from.height, to.height);
    const std::vector<Tap> columns = taps(from.width, to.width);
    for (std::int64_t y = 0; y < to.height; ++y) {
        const Tap& row = rows[static_cast<std::size_t>(y)];
        const T* top = from.data + row.low * from.stride;
        const T* bottom = from.data + row.high * from.stride;
        float* target = to.data + y * to.stride;
        for (const Tap& column : columns) {
            const std::int64_t left = column.low * from.channels;
            const std::int64_t right = column.high * from.channels;
            for (std::int64_t c = 0; c < from.channels; ++c) {
                const auto pixel = [c](const T* line, std::int64_t at) { return static_cast<float>(line[at + c]); };
                const float above = pixel(top, left) + (pixel(top, right) - pixel(top, left)) * column.share;
                const float below = pixel(bottom, left) + (pixel(bottom, right) - pixel(bottom, left)) * column.share;
                *target++ = above + (below - above) * row.share;
            }
        }
    }
}

template <class T>
void copy_pixels(const Pixels<const T>& from, const Pixels<float>& to) {
    for (std::int64_t y = 0; y < to.height; ++y) {
        const T* source = from.data + y * from.stride;
        std::transform(source, source + to.width * to.channels, to.data + y * to.stride,
                       [](T value) { return static_cast<float>(value); });
    }
}

/// size * wanted / given, rounded down in float32 as Keras's graph does it, within [1, most].
std::int64_t proportional(std::int64_t size, std::int64_t wanted, std::int64_t given, std::int64_t most) {
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>(static_cast<float>(size * wanted) / static_cast<float>(given)), 1, most);
}

template <class T>
Pixels<T> window(const Pixels<T>& image, std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width) {
    return {image.data + top * image.stride + left * image.channels, height, width, image.channels, image.stride};
}

}  // namespace

Interpolation interpolation_of(const std::string& name) {
    const std::string lower = to_lower(name);
    std::string all;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (lower == names[i]) return static_cast<Interpolation>(i);
        all += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + std::string(names[i]);
    }
    throw ValueError("interpolation is '" + name + "'; " + all + " is wanted");
}

template <class T>
void resize_image(const Pixels<const T>& from, const Pixels<float>& to, Interpolation interpolation) {
    if (from.height == to.height && from.width == to.width && interpolation < Interpolation::lanczos3) {
        copy_pixels(from, to);  // all of these give each pixel itself
    } else if (interpolation == Interpolation::bilinear) {
        resize_bilinear(from, to);
    } else {
        resize_by_spans(from, to, interpolation);
    }
}

template <class T>
void fit_image(const Pixels<const T>& from, const Pixels<float>& to, Interpolation interpolation, Aspect aspect) {
    if (aspect == Aspect::crop) {
        const std::int64_t height = proportional(from.width, to.height, to.width, from.height);
        const std::int64_t width = proportional(from.height, to.width, to.height, from.width);
        resize_image(window(from, (from.height - height) / 2, (from.width - width) / 2, height, width), to,
                     interpolation);
        return;
    }
    if (aspect == Aspect::stretch) {
        resize_image(from, to, interpolation);
        return;
    }
    // In float32, as tf.image.resize_with_pad.
    const float ratio = std::max(scale_of(from.width, to.width), scale_of(from.height, to.height));
    const auto extent = [ratio](std::int64_t size, std::int64_t most) {
        const float exact = static_cast<float>(size) / ratio;
        const auto rounded = std::clamp<std::int64_t>(static_cast<std::int64_t>(exact), 1, most);
        const auto before = static_cast<std::int64_t>((static_cast<float>(most) - exact) / 2);
        return std::pair(std::clamp<std::int64_t>(before, 0, most - rounded), rounded);
    };
    const auto [top, height] = extent(from.height, to.height);
    const auto [left, width] = extent(from.width, to.width);
    for (std::int64_t y = 0; y < to.height; ++y) std::fill_n(to.data + y * to.stride, to.width * to.channels, 0.0F);
    resize_image(from, window(to, top, left, height, width), interpolation);
}

template void resize_image(const Pixels<const float>&, const Pixels<float>&, Interpolation);
template void fit_image(const Pixels<const float>&, const Pixels<float>&, Interpolation, Aspect);
template void fit_image(const Pixels<const std::uint8_t>&, const Pixels<float>&, Interpolation, Aspect);

void resize_images(const Tensor& from, Tensor& to) {
    const Shape& source = from.shape();
    const Shape& target = to.shape();
    const float* input = from.data<float>().data();
    float* output = to.data<float>().data();
    for_each(source[0], [&](std::int64_t i) {
        resize_image(dense(input + i * (source[1] * source[2] * source[3]), source[1], source[2], source[3]),
                     dense(output + i * (target[1] * target[2] * target[3]), target[1], target[2], target[3]),
                     Interpolation::bilinear);
    });
}

}  // namespace markhor::data
