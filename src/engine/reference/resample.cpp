// Resampling: sums along an axis in double, and elements taken from transformed positions.
#include "ops/resample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/random.hpp"
#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

KernelPtr make_resample(const ops::Resample& op, Specs inputs, Specs) {
    const Shape& shape = inputs[0].shape;
    const auto axis = static_cast<std::size_t>(op.axis);
    std::int64_t before = 1;
    std::int64_t after = 1;
    for (std::size_t i = 0; i < shape.rank(); ++i) (i < axis ? before : after) *= i == axis ? 1 : shape[i];
    return floating_kernel(inputs[0].dtype, [before, after, taps = op.taps]<class T>(const KernelArguments& arguments) {
        const T* const x = arguments.in<T>(0);
        T* y = arguments.out<T>(0);
        for (std::int64_t b = 0; b < before; ++b) {
            for (std::size_t o = 0; o + 1 < taps.first.size(); ++o) {
                for (std::int64_t a = 0; a < after; ++a) {
                    double sum = 0;
                    for (std::int64_t k = taps.first[o]; k < taps.first[o + 1]; ++k) {
                        const auto tap = static_cast<std::size_t>(k);
                        const T value = x[(b * taps.in + taps.index[tap]) * after + a];
                        sum += static_cast<double>(taps.weight[tap]) * static_cast<double>(value);
                    }
                    *y++ = static_cast<T>(sum);
                }
            }
        }
    });
}

/// Rows (a, b, c) of an affine map: position -> a x + b y + c.
struct Affine {
    std::array<double, 3> x{1, 0, 0};
    std::array<double, 3> y{0, 1, 0};

    /// The map that takes a position through `inner` and then through this one.
    Affine after(const Affine& inner) const {
        const auto row = [&](const std::array<double, 3>& outer) {
            return std::array<double, 3>{outer[0] * inner.x[0] + outer[1] * inner.y[0],
                                         outer[0] * inner.x[1] + outer[1] * inner.y[1],
                                         outer[0] * inner.x[2] + outer[1] * inner.y[2] + outer[2]};
        };
        return {row(x), row(y)};
    }
};

KernelPtr make_random_transforms(const ops::RandomTransforms& op, Specs, Specs) {
    return plain_kernel([jitter = op.jitter, batch = op.batch, stream = op.stream](const KernelArguments& arguments) {
        const auto* const seed = arguments.in<std::int64_t>(0);
        const Philox philox(static_cast<std::uint64_t>(seed[0]),
                            std::uint64_t{stream} << 32 | static_cast<std::uint64_t>(seed[1]));
        const auto between = [](const ops::Jitter::Interval& interval, std::uint32_t word) {
            return interval[0] + (interval[1] - interval[0]) * static_cast<double>(to_unit(word));
        };
        for (std::int64_t i = 0; i < batch; ++i) {
            const auto image = jitter.whole_shift ? std::uint64_t{0} : static_cast<std::uint64_t>(i);
            const auto first = philox.block(2 * image);
            const auto second = philox.block(2 * image + 1);
            const double angle = 2 * std::numbers::pi * between(jitter.angle, first[0]);
            const double zoom_y = between(jitter.height_zoom, first[1]);
            const double zoom_x = jitter.one_zoom ? zoom_y : between(jitter.width_zoom, first[2]);
            double down = between(jitter.height_shift, second[0]);
            double right = between(jitter.width_shift, second[1]);
            if (jitter.whole_shift) {
                down = std::floor(down);
                right = std::floor(right);
            }
            const bool flip = to_unit(first[3]) <= 0.5F;
            const double center_x = (jitter.width - 1) / 2;
            const double center_y = (jitter.height - 1) / 2;
            const double mirror_x = flip && jitter.flip_horizontally ? -1 : 1;
            const double mirror_y = flip && jitter.flip_vertically ? -1 : 1;
            const Affine to_center{{1, 0, -center_x - right}, {0, 1, -center_y - down}};
            const Affine turned{{std::cos(angle), -std::sin(angle), 0}, {std::sin(angle), std::cos(angle), 0}};
            const Affine scaled{{zoom_x * mirror_x, 0, center_x}, {0, zoom_y * mirror_y, center_y}};
            const Affine whole = scaled.after(turned.after(to_center));
            float* const row = arguments.out<float>(0) + 6 * i;
            for (std::size_t k = 0; k < 3; ++k) {
                row[k] = static_cast<float>(whole.x[k]);
                row[k + 3] = static_cast<float>(whole.y[k]);
            }
        }
    });
}

/// Where a coordinate outside of [0, size - 1] is taken from; formulas of TensorFlow's ImageProjectiveTransformV3.
double inside(ops::Fill fill, double at, std::int64_t size) {
    const auto length = static_cast<double>(size);
    const auto clamped = [&](double value) { return std::clamp(value, 0.0, length - 1); };
    switch (fill) {
        case ops::Fill::constant: return at;
        case ops::Fill::nearest: return clamped(at);
        case ops::Fill::wrap:
            if (at < 0) at = size <= 1 ? 0 : at + length * (std::trunc(-at / (length - 1)) + 1);
            if (at > length - 1) at = size <= 1 ? 0 : at - length * std::trunc(at / (length - 1));
            return clamped(at);
        case ops::Fill::reflect:
            if (at < 0) {
                if (at < 2 * length) at += 2 * length * std::trunc(-at / (2 * length));
                at = at < -length ? at + 2 * length : -at - 1;
            } else if (at > length - 1) {
                at -= 2 * length * std::trunc(at / (2 * length));
                if (at >= length) at = 2 * length - at - 1;
            }
            return clamped(at);
    }
    return at;
}

/// The (up to four) elements that a position sees, by index without channels; -1 for what lies outside.
struct Seen {
    std::array<std::int64_t, 4> from{-1, -1, -1, -1};
    std::array<double, 4> weight{0, 0, 0, 0};
};

/// Where an image of these sizes is seen from position (x, y); `first` is the index of its first element.
Seen seen_from(bool bilinear, double x, double y, std::int64_t height, std::int64_t width, std::int64_t first) {
    const auto index = [&](double row, double column) {
        const bool in =
            row >= 0 && column >= 0 && row < static_cast<double>(height) && column < static_cast<double>(width);
        return in ? first + static_cast<std::int64_t>(row) * width + static_cast<std::int64_t>(column) : -1;
    };
    Seen seen;
    if (!bilinear) {
        seen.from[0] = index(std::round(y), std::round(x));
        seen.weight[0] = 1;
        return seen;
    }
    const double left = std::floor(x);
    const double top = std::floor(y);
    for (std::size_t k = 0; k < 4; ++k) {
        const bool lower = k >= 2;
        const bool right = k % 2 == 1;
        seen.from[k] = index(top + (lower ? 1 : 0), left + (right ? 1 : 0));
        seen.weight[k] = (lower ? y - top : top + 1 - y) * (right ? x - left : left + 1 - x);
    }
    return seen;
}

/// Calls take(seen, to) for each element `to` of the images, without channels.
template <class T, class Take>
void for_each_position(bool bilinear, ops::Fill fill, const Shape& images, const T* transforms, const Take& take) {
    const std::int64_t height = images[1];
    const std::int64_t width = images[2];
    for (std::int64_t to = 0; to < images[0] * height * width; ++to) {
        const std::int64_t image = to / (height * width);
        const auto row = static_cast<double>(to / width % height);
        const auto column = static_cast<double>(to % width);
        const auto at = [&](std::int64_t k) {
            const T* const map = transforms + 6 * image + k;
            return static_cast<double>(map[0]) * column + static_cast<double>(map[1]) * row +
                   static_cast<double>(map[2]);
        };
        take(seen_from(bilinear, inside(fill, at(0), width), inside(fill, at(3), height), height, width,
                       image * height * width),
             to);
    }
}

KernelPtr make_sample(const ops::Sample& op, Specs inputs, Specs) {
    const Shape images = inputs[0].shape;
    return floating_kernel(inputs[0].dtype, [images, bilinear = op.bilinear, fill = op.fill,
                                             value = op.value]<class T>(const KernelArguments& arguments) {
        const T* const x = arguments.in<T>(0);
        T* const y = arguments.out<T>(0);
        const std::int64_t channels = images[3];
        for_each_position(bilinear, fill, images, arguments.in<T>(1), [&](const Seen& seen, std::int64_t to) {
            for (std::int64_t c = 0; c < channels; ++c) {
                double sum = 0;
                for (std::size_t k = 0; k < 4; ++k) {
                    const std::int64_t from = seen.from[k];
                    sum += seen.weight[k] * (from < 0 ? value : static_cast<double>(x[from * channels + c]));
                }
                y[to * channels + c] = static_cast<T>(sum);
            }
        });
    });
}

KernelPtr make_sample_gradient(const ops::SampleGradient& op, Specs inputs, Specs) {
    const Shape images = inputs[0].shape;
    return floating_kernel(
        inputs[0].dtype, [images, bilinear = op.bilinear, fill = op.fill]<class T>(const KernelArguments& arguments) {
            const T* const dy = arguments.in<T>(0);
            const std::int64_t channels = images[3];
            std::vector<double> sums(static_cast<std::size_t>(images.elements()), 0);
            for_each_position(bilinear, fill, images, arguments.in<T>(1), [&](const Seen& seen, std::int64_t to) {
                for (std::size_t k = 0; k < 4; ++k) {
                    for (std::int64_t c = 0; seen.from[k] >= 0 && c < channels; ++c) {
                        sums[static_cast<std::size_t>(seen.from[k] * channels + c)] +=
                            seen.weight[k] * static_cast<double>(dy[to * channels + c]);
                    }
                }
            });
            std::ranges::transform(sums, arguments.out<T>(0), [](double sum) { return static_cast<T>(sum); });
        });
}

}  // namespace

void add_resample(graph::KernelTable& table) {
    table.add<ops::Resample>(make_resample);
    table.add<ops::RandomTransforms>(make_random_transforms);
    table.add<ops::Sample>(make_sample);
    table.add<ops::SampleGradient>(make_sample_gradient);
}

}  // namespace markhor::engine::plain
