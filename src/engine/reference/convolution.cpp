// Convolution and its gradients as sums over taps: every output, input or weight gathers what belongs to it.
#include "ops/convolution.hpp"

#include <algorithm>
#include <cmath>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

struct Geometry {
    ops::Window window;
    std::int64_t batch, groups;
    std::int64_t in_channels, out_channels;  // of one group
    Spatial in, out;
};

Geometry geometry_of(const ops::Window& window, std::int64_t groups, const Shape& image, std::int64_t out_channels) {
    const Spatial in = window.spatial(image);
    return {window, image[0], groups, image.back() / groups, out_channels / groups, in, window.positions(in)};
}

// Where the weights of a tap for all output channels begin: kernels are (taps…, in_channels of a group, all
// out_channels).
std::int64_t weight_of(const Geometry& g, const Spatial& k, std::int64_t in_channel) {
    return (index_of(0, g.window.size, k) * g.in_channels + in_channel) * g.groups * g.out_channels;
}

template <class T>
double output_at(const Geometry& g, const T* x, const T* w, std::int64_t n, const Spatial& o, std::int64_t co) {
    const std::int64_t x_channels = g.groups * g.in_channels;
    const std::int64_t first = co / g.out_channels * g.in_channels;  // of the group's input channels
    double sum = 0;
    for_each(g.window.size, [&](const Spatial& k) {
        Spatial i;
        if (!input_of(g.window, o, k, g.in, i)) return;
        const T* const source = x + index_of(n, g.in, i) * x_channels + first;
        for (std::int64_t ci = 0; ci < g.in_channels; ++ci) {
            sum += static_cast<double>(source[ci]) * static_cast<double>(w[weight_of(g, k, ci) + co]);
        }
    });
    return sum;
}

// `bias`, `added`, `places` and, with places, y may be null.
template <class T>
void forward(const Geometry& g, const T* x, const T* w, const T* bias, const T* added, const ops::ConvolutionTail& tail,
             T* y, std::uint8_t* places) {
    const std::int64_t channels = g.groups * g.out_channels;
    const auto value = [&](std::int64_t n, const Spatial& o, std::int64_t c) {
        double sum = output_at(g, x, w, n, o, c);
        if (bias != nullptr) sum += static_cast<double>(bias[c]);
        if (added != nullptr) sum += static_cast<double>(added[index_of(n, g.out, o) * channels + c]);
        return static_cast<T>(apply(tail.epilogue, sum));
    };
    const Spatial out = tail.pools ? Spatial{1, g.out[1] / 2, g.out[2] / 2} : g.out;
    for (std::int64_t n = 0; n < g.batch; ++n) {
        for_each(out, [&](const Spatial& o) {
            for (std::int64_t c = 0; c < channels; ++c) {
                const std::int64_t at = index_of(n, out, o) * channels + c;
                if (!tail.pools) {
                    y[at] = value(n, o, c);
                    continue;
                }
                T best = value(n, {0, 2 * o[1], 2 * o[2]}, c);
                int winner = 0;
                for (const int place : {1, 2, 3}) {
                    const T other = value(n, {0, 2 * o[1] + place / 2, 2 * o[2] + place % 2}, c);
                    if (best >= other || std::isnan(best)) continue;
                    best = other;
                    winner = place;
                }
                if (y != nullptr) y[at] = best;
                if (places != nullptr) places[at] = static_cast<std::uint8_t>(winner);
            }
        });
    }
}

// The upstream gradient of a result from that of its 2x2 maxima.
template <class T>
std::vector<T> unpooled(const Geometry& g, const T* dy, const std::uint8_t* places) {
    const std::int64_t channels = g.groups * g.out_channels;
    const Spatial out{1, g.out[1] / 2, g.out[2] / 2};
    std::vector<T> full(static_cast<std::size_t>(g.batch * g.out[1] * g.out[2] * channels), T{0});
    for (std::int64_t n = 0; n < g.batch; ++n) {
        for_each(out, [&](const Spatial& o) {
            for (std::int64_t c = 0; c < channels; ++c) {
                const std::int64_t from = index_of(n, out, o) * channels + c;
                const std::uint8_t place = places[from];
                const Spatial to{0, 2 * o[1] + place / 2, 2 * o[2] + place % 2};
                full[static_cast<std::size_t>(index_of(n, g.out, to) * channels + c)] = dy[from];
            }
        });
    }
    return full;
}

// dx = finish(sum, its place).
template <class T, class Finish>
void input_gradient(const Geometry& g, const T* dy, const T* w, T* dx, const Finish& finish) {
    const std::int64_t x_channels = g.groups * g.in_channels;
    const std::int64_t y_channels = g.groups * g.out_channels;
    for (std::int64_t n = 0; n < g.batch; ++n) {
        for_each(g.in, [&](const Spatial& i) {
            T* const pixel = dx + index_of(n, g.in, i) * x_channels;
            for (std::int64_t c = 0; c < x_channels; ++c) {
                const std::int64_t first = c / g.in_channels * g.out_channels;  // of the group's output channels
                double sum = 0;
                for_each(g.window.size, [&](const Spatial& k) {
                    Spatial o;
                    if (!output_of(g.window, i, k, g.out, o)) return;
                    const T* const source = dy + index_of(n, g.out, o) * y_channels + first;
                    const T* const weights = w + weight_of(g, k, c % g.in_channels) + first;
                    for (std::int64_t co = 0; co < g.out_channels; ++co) {
                        sum += static_cast<double>(source[co]) * static_cast<double>(weights[co]);
                    }
                });
                pixel[c] = static_cast<T>(finish(sum, pixel + c - dx));
            }
        });
    }
}

template <class T>
void weight_gradient(const Geometry& g, const T* x, const T* dy, T* dw) {
    const std::int64_t x_channels = g.groups * g.in_channels;
    const std::int64_t y_channels = g.groups * g.out_channels;
    for_each(g.window.size, [&](const Spatial& k) {
        for (std::int64_t ci = 0; ci < g.in_channels; ++ci) {
            for (std::int64_t co = 0; co < y_channels; ++co) {
                const std::int64_t c = co / g.out_channels * g.in_channels + ci;
                double sum = 0;
                for (std::int64_t n = 0; n < g.batch; ++n) {
                    for_each(g.out, [&](const Spatial& o) {
                        Spatial i;
                        if (!input_of(g.window, o, k, g.in, i)) return;
                        sum += static_cast<double>(x[index_of(n, g.in, i) * x_channels + c]) *
                               static_cast<double>(dy[index_of(n, g.out, o) * y_channels + co]);
                    });
                }
                dw[weight_of(g, k, ci) + co] = static_cast<T>(sum);
            }
        }
    });
}

template <class T>
void bias_gradient(const Geometry& g, const T* dy, T* db) {
    const std::int64_t channels = g.groups * g.out_channels;
    const std::int64_t pixels = g.batch * g.out[0] * g.out[1] * g.out[2];
    for (std::int64_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (std::int64_t p = 0; p < pixels; ++p) sum += static_cast<double>(dy[p * channels + c]);
        db[c] = static_cast<T>(sum);
    }
}

}  // namespace

void add_convolution(graph::KernelTable& table) {
    table.add<ops::Convolution>([](const ops::Convolution& op, Specs inputs, Specs) {
        const Geometry g = geometry_of(op.window, op.groups, inputs[0].shape, inputs[1].shape.back());
        return floating_kernel(inputs[0].dtype,
                               [g, has_bias = op.has_bias, tail = op.tail]<class T>(const KernelArguments& a) {
                                   const T* const added = tail.adds ? a.in<T>(has_bias ? 3 : 2) : nullptr;
                                   forward<T>(g, a.in<T>(0), a.in<T>(1), has_bias ? a.in<T>(2) : nullptr, added, tail,
                                              a.out<T>(0), tail.places ? a.out<std::uint8_t>(1) : nullptr);
                               });
    });
    table.add<ops::ConvolutionInputGradient>([](const ops::ConvolutionInputGradient& op, Specs inputs, Specs) {
        const Geometry g = geometry_of(op.window, op.groups, op.input_shape, inputs[1].shape.back());
        return floating_kernel(inputs[0].dtype, [g, fusion = op.fusion]<class T>(const KernelArguments& a) {
            const auto full = fusion.unpools ? unpooled<T>(g, a.in<T>(0), a.in<std::uint8_t>(2)) : std::vector<T>();
            const std::size_t line = fusion.unpools ? 3 : 2;
            const std::int64_t channels = g.groups * g.in_channels;
            const auto finish = [&](double sum, std::int64_t at) {
                const auto value = [&](std::size_t input, std::int64_t i) {
                    return static_cast<double>(a.in<T>(input)[i]);
                };
                if (fusion.adds_line)
                    sum += value(line + 1, at % channels) * value(line, at) + value(line + 2, at % channels);
                return fusion.masks && !(value(a.inputs.size() - 1, at) > 0) ? 0.0 : sum;
            };
            input_gradient<T>(g, fusion.unpools ? full.data() : a.in<T>(0), a.in<T>(1), a.out<T>(0), finish);
        });
    });
    table.add<ops::ConvolutionWeightGradient>([](const ops::ConvolutionWeightGradient& op, Specs inputs, Specs) {
        const Geometry g = geometry_of(op.window, op.groups, inputs[0].shape, op.kernel_shape.back());
        const auto run = [g, has_bias = op.has_bias, unpools = op.unpools]<class T>(const KernelArguments& a) {
            const auto full = unpools ? unpooled<T>(g, a.in<T>(1), a.in<std::uint8_t>(2)) : std::vector<T>();
            const T* const dy = unpools ? full.data() : a.in<T>(1);
            if (a.out<T>(0) != nullptr) weight_gradient<T>(g, a.in<T>(0), dy, a.out<T>(0));
            if (has_bias && a.out<T>(1) != nullptr) bias_gradient<T>(g, dy, a.out<T>(1));
        };
        return floating_kernel(inputs[0].dtype, run);
    });
}

}  // namespace markhor::engine::plain
