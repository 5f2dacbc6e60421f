// The kernels of networks that markhor wrote as C++: plain loops in C++17, float32, one example at a time, images
// channels last. This text is part of each such header; one program may include several.
#ifndef MARKHOR_EMBEDDED_KERNELS
#define MARKHOR_EMBEDDED_KERNELS

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace markhor_embedded {

using Index = std::int64_t;
using Sizes = std::array<Index, 3>;  // depth, height, width; 1 for axes that are not in use

struct Window {
    Sizes size, stride, dilation, pad;
};

struct Image {
    Sizes size;
    Index channels;
    Index at(Index d, Index h, Index w) const { return ((d * size[1] + h) * size[2] + w) * channels; }
};

/// For each place of the window, whose first place lies at `start`, that is inside the image: f(place of the window,
/// offset in the image).
template <class F>
void visit(const Window& window, const Image& image, const Sizes& start, F f) {
    for (Index d = 0; d < window.size[0]; ++d) {
        const Index z = start[0] + d * window.dilation[0];
        if (z < 0 || z >= image.size[0]) continue;
        for (Index h = 0; h < window.size[1]; ++h) {
            const Index y = start[1] + h * window.dilation[1];
            if (y < 0 || y >= image.size[1]) continue;
            for (Index w = 0; w < window.size[2]; ++w) {
                const Index x = start[2] + w * window.dilation[2];
                if (x < 0 || x >= image.size[2]) continue;
                f((d * window.size[1] + h) * window.size[2] + w, image.at(z, y, x));
            }
        }
    }
}

/// For each position of the window: f(offset in the map of positions, start of the window).
template <class F>
void positions(const Window& window, const Image& map, F f) {
    for (Index d = 0; d < map.size[0]; ++d) {
        for (Index h = 0; h < map.size[1]; ++h) {
            for (Index w = 0; w < map.size[2]; ++w) {
                f(map.at(d, h, w), Sizes{d * window.stride[0] - window.pad[0], h * window.stride[1] - window.pad[1],
                                         w * window.stride[2] - window.pad[2]});
            }
        }
    }
}

/// Kernel (window…, in channels / groups, out channels); bias may be null.
inline void convolution(const float* x, const Image& in, const float* kernel, const float* bias, float* y,
                        const Image& out, const Window& window, Index groups) {
    const Index ins = in.channels / groups, outs = out.channels / groups;
    positions(window, out, [&](Index to, const Sizes& start) {
        float* const row = y + to;
        for (Index c = 0; c < out.channels; ++c) row[c] = bias != nullptr ? bias[c] : 0.0F;
        visit(window, in, start, [&](Index place, Index from) {
            const float* const weights = kernel + place * ins * out.channels;
            if (ins == 1 && outs == 1) {  // depthwise
                for (Index c = 0; c < out.channels; ++c) row[c] += x[from + c] * weights[c];
                return;
            }
            for (Index g = 0; g < groups; ++g) {
                for (Index i = 0; i < ins; ++i) {
                    const float value = x[from + g * ins + i];
                    const float* const column = weights + i * out.channels + g * outs;
                    float* const part = row + g * outs;
                    for (Index c = 0; c < outs; ++c) part[c] += value * column[c];
                }
            }
        });
    });
}

/// The transposed convolution: `y`, an image of `out`, is what a convolution with this window has as its input.
inline void transposed_convolution(const float* x, const Image& in, const float* kernel, float* y, const Image& out,
                                   const Window& window, Index groups) {
    const Index ins = in.channels / groups, outs = out.channels / groups;
    std::fill(y, y + out.size[0] * out.size[1] * out.size[2] * out.channels, 0.0F);
    positions(window, in, [&](Index from, const Sizes& start) {
        visit(window, out, start, [&](Index place, Index to) {
            for (Index g = 0; g < groups; ++g) {
                for (Index o = 0; o < outs; ++o) {
                    const float* const weights = kernel + (place * outs + o) * in.channels + g * ins;
                    float sum = 0;
                    for (Index i = 0; i < ins; ++i) sum += x[from + g * ins + i] * weights[i];
                    y[to + g * outs + o] += sum;
                }
            }
        });
    });
}

inline void max_pool(const float* x, const Image& in, float* y, const Image& out, const Window& window) {
    positions(window, out, [&](Index to, const Sizes& start) {
        std::fill(y + to, y + to + out.channels, -std::numeric_limits<float>::infinity());
        visit(window, in, start, [&](Index, Index from) {
            for (Index c = 0; c < out.channels; ++c) {
                const float best = y[to + c], value = x[from + c];
                y[to + c] = best >= value || best != best ? best : value;  // a NaN wins
            }
        });
    });
}

/// Padding does not count.
inline void average_pool(const float* x, const Image& in, float* y, const Image& out, const Window& window) {
    positions(window, out, [&](Index to, const Sizes& start) {
        std::fill(y + to, y + to + out.channels, 0.0F);
        Index count = 0;
        visit(window, in, start, [&](Index, Index from) {
            ++count;
            for (Index c = 0; c < out.channels; ++c) y[to + c] += x[from + c];
        });
        for (Index c = 0; c < out.channels; ++c) y[to + c] /= static_cast<float>(count);
    });
}

/// Each row of `channels` numbers times scale plus shift.
inline void scale_shift(const float* x, Index rows, Index channels, const float* scale, const float* shift, float* y) {
    for (Index row = 0; row < rows; ++row, x += channels, y += channels) {
        for (Index c = 0; c < channels; ++c) y[c] = x[c] * scale[c] + shift[c];
    }
}

/// y (m, n) = A B + bias, with A (m, k) and B (k, n) each transposed where said; bias may be null.
inline void matmul(const float* a, const float* b, const float* bias, float* y, Index m, Index k, Index n,
                   bool transpose_a, bool transpose_b) {
    for (Index i = 0; i < m; ++i, y += n) {
        for (Index j = 0; j < n; ++j) y[j] = bias != nullptr ? bias[j] : 0.0F;
        for (Index l = 0; l < k; ++l) {
            const float value = transpose_a ? a[l * m + i] : a[i * k + l];
            for (Index j = 0; j < n; ++j) y[j] += value * (transpose_b ? b[j * k + l] : b[l * n + j]);
        }
    }
}

template <class F>
void map(const float* x, float* y, Index count, F f) {
    for (Index i = 0; i < count; ++i) y[i] = f(x[i]);
}

/// Walks over all axes: f(element, offset by the first strides, offset by the second).
template <std::size_t Rank, class F>
void walk(const std::array<Index, Rank>& size, const std::array<Index, Rank>& first,
          const std::array<Index, Rank>& second, F f) {
    std::array<Index, Rank> at{};
    Index a = 0, b = 0, element = 0;
    for (;;) {
        for (Index i = 0; i < size[Rank - 1]; ++i, ++element)
            f(element, a + i * first[Rank - 1], b + i * second[Rank - 1]);
        std::size_t axis = Rank - 1;
        for (;;) {
            if (axis == 0) return;
            --axis;
            a += first[axis];
            b += second[axis];
            if (++at[axis] < size[axis]) break;
            a -= size[axis] * first[axis];
            b -= size[axis] * second[axis];
            at[axis] = 0;
        }
    }
}

/// z = f(x, y) over axes of these sizes; a stride of 0 repeats an operand.
template <std::size_t Rank, class F>
void combine(const std::array<Index, Rank>& size, const float* x, const std::array<Index, Rank>& x_strides,
             const float* y, const std::array<Index, Rank>& y_strides, float* z, F f) {
    walk(size, x_strides, y_strides, [&](Index element, Index a, Index b) { z[element] = f(x[a], y[b]); });
}

/// Moves elements: transposes, slices, pads, repeats.
template <std::size_t Rank>
void copy(const std::array<Index, Rank>& size, const float* x, const std::array<Index, Rank>& x_strides, float* y,
          const std::array<Index, Rank>& y_strides) {
    walk(size, x_strides, y_strides, [&](Index, Index a, Index b) { y[b] = x[a]; });
}

/// Folds all elements x with f onto those of y whose strides are not 0; y holds `start` first.
template <std::size_t Rank, class F>
void reduce(const std::array<Index, Rank>& size, const float* x, const std::array<Index, Rank>& y_strides, float* y,
            Index count, float start, F f) {
    std::fill(y, y + count, start);
    walk(size, y_strides, y_strides, [&](Index element, Index to, Index) { y[to] = f(y[to], x[element]); });
}

/// Along an axis of `in` elements, each of `inner` numbers: a product with the matrix (out, in).
inline void along_axis(const float* x, Index outer, Index in, Index out, Index inner, const float* matrix, float* y) {
    std::fill(y, y + outer * out * inner, 0.0F);
    for (Index i = 0; i < outer; ++i, x += in * inner, y += out * inner) {
        for (Index o = 0; o < out; ++o) {
            for (Index k = 0; k < in; ++k) {
                const float weight = matrix[o * in + k];
                if (weight == 0) continue;
                for (Index c = 0; c < inner; ++c) y[o * inner + c] += weight * x[k * inner + c];
            }
        }
    }
}

inline void softmax(const float* x, Index rows, Index classes, bool log, float* y) {
    for (Index row = 0; row < rows; ++row, x += classes, y += classes) {
        const float most = *std::max_element(x, x + classes);
        float sum = 0;
        for (Index c = 0; c < classes; ++c) sum += y[c] = std::exp(x[c] - most);
        for (Index c = 0; c < classes; ++c) y[c] = log ? x[c] - most - std::log(sum) : y[c] / sum;
    }
}

/// `count` float32 in this machine's byte order. Throws std::runtime_error for a file that does not hold just these.
inline std::vector<float> read_weights(const std::string& file, std::size_t count) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"), &std::fclose);
    if (in == nullptr) throw std::runtime_error(file + ": cannot be opened");
    std::vector<float> weights(count);
    if (std::fread(weights.data(), sizeof(float), count, in.get()) != count || std::fgetc(in.get()) != EOF) {
        throw std::runtime_error(file + ": " + std::to_string(count) + " float32 weights are wanted, and no more");
    }
    return weights;
}

}  // namespace markhor_embedded

#endif
