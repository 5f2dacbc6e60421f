// F(4x4, 3x3), for each instruction set. With y = A' [(G g G') . (B' d B)] A the transforms below are B', A', G and,
// for the gradient of the kernel, A and G', each of one axis.
#include "engine/cpu/simd/winograd.hpp"

#include <algorithm>
#include <limits>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/winograd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

std::int64_t columns() { return product_columns(); }

bool fuses() {
#if HWY_ARCH_X86
    return HWY_TARGET <= HWY_AVX2;  // a better target has a lower number
#else
    return true;
#endif
}

// B' d: six values along one axis of a tile of the input. `step` apart in both arrays.
HWY_INLINE void input_transform(const V* d, int step, V* t) {
    const V d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
    const V four = number(4.0), five = number(5.0), two = number(2.0);
    const V a = hn::NegMulAdd(four, d2, d4), b = hn::NegMulAdd(four, d1, d3);
    const V c = hn::Sub(d4, d2), e = hn::Sub(d3, d1);
    t[0] = hn::NegMulAdd(five, d2, hn::MulAdd(four, d0, d4));
    t[step] = hn::Add(a, b);
    t[2 * step] = hn::Sub(a, b);
    t[3 * step] = hn::MulAdd(two, e, c);
    t[4 * step] = hn::NegMulAdd(two, e, c);
    t[5 * step] = hn::NegMulAdd(five, d3, hn::MulAdd(four, d1, d5));
}

// A' m: four outputs of six products.
HWY_INLINE void output_transform(const V* m, int from, V* y, int to) {
    const V s1 = hn::Add(m[from], m[2 * from]), d1 = hn::Sub(m[from], m[2 * from]);
    const V s2 = hn::Add(m[3 * from], m[4 * from]), d2 = hn::Sub(m[3 * from], m[4 * from]);
    y[0] = hn::Add(hn::Add(m[0], s1), s2);
    y[to] = hn::MulAdd(number(2.0), d2, d1);
    y[2 * to] = hn::MulAdd(number(4.0), s2, s1);
    y[3 * to] = hn::Add(hn::MulAdd(number(8.0), d2, d1), m[5 * from]);
}

// A y: six values of four upstream gradients.
HWY_INLINE void upstream_transform(const V* y, int from, V* z, int to) {
    const V y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
    const V even = hn::Add(y0, y2), odd = hn::Add(y1, y3);
    const V even_4 = hn::MulAdd(number(4.0), y2, y0), odd_4 = hn::MulAdd(number(4.0), y3, y1);
    z[0] = y0;
    z[to] = hn::Add(even, odd);
    z[2 * to] = hn::Sub(even, odd);
    z[3 * to] = hn::MulAdd(number(2.0), odd_4, even_4);
    z[4 * to] = hn::NegMulAdd(number(2.0), odd_4, even_4);
    z[5 * to] = y3;
}

// G g: six values of three weights.
HWY_INLINE void kernel_transform(const V* g, int from, V* u, int to) {
    const V g0 = g[0], g1 = g[from], g2 = g[2 * from];
    const V sixth = number(1.0 / 6), twelfth = number(1.0 / 12);
    const V ends = hn::Neg(hn::Mul(sixth, hn::Add(g0, g2)));
    const V far = hn::MulAdd(sixth, g2, hn::Mul(number(1.0 / 24), g0));
    u[0] = hn::Mul(number(0.25), g0);
    u[to] = hn::NegMulAdd(sixth, g1, ends);
    u[2 * to] = hn::MulAdd(sixth, g1, ends);
    u[3 * to] = hn::MulAdd(twelfth, g1, far);
    u[4 * to] = hn::NegMulAdd(twelfth, g1, far);
    u[5 * to] = g2;
}

// G' u: three weights' gradients of six values.
HWY_INLINE void kernel_gradient_transform(const V* u, int from, V* g, int to) {
    const V near_sum = hn::Mul(number(1.0 / 6), hn::Add(u[from], u[2 * from]));
    const V near_difference = hn::Sub(u[2 * from], u[from]);
    const V far_sum = hn::Add(u[3 * from], u[4 * from]), far_difference = hn::Sub(u[3 * from], u[4 * from]);
    g[0] = hn::MulAdd(number(1.0 / 24), far_sum, hn::Sub(hn::Mul(number(0.25), u[0]), near_sum));
    g[to] = hn::MulAdd(number(1.0 / 12), far_difference, hn::Mul(number(1.0 / 6), near_difference));
    g[2 * to] = hn::Add(hn::MulAdd(number(1.0 / 6), far_sum, u[5 * from]), hn::Neg(near_sum));
}

// Where a tile lies.
struct Tile {
    Tile(const WinogradSizes& s, std::int64_t index) {
        const auto [rows, columns_of_tiles] = s.tiles_per_axis();
        column = index % columns_of_tiles * 4;
        row = index / columns_of_tiles % rows * 4;
        image = index / columns_of_tiles / rows;
    }
    std::int64_t image, row, column;  // the first output
};

// A window of an image that may reach over its edges: size x size pixels from (row, column).
struct Patch {
    Patch(const float* image, const std::array<std::int64_t, 2>& sizes, std::int64_t channels, std::int64_t row,
          std::int64_t column, std::int64_t size)
        : first(image + (row * sizes[1] + column) * channels),
          row_step(sizes[1] * channels),
          column_step(channels),
          top(std::max<std::int64_t>(0, -row)),
          bottom(std::min<std::int64_t>(size, sizes[0] - row)),
          left(std::max<std::int64_t>(0, -column)),
          right(std::min<std::int64_t>(size, sizes[1] - column)),
          inside(top == 0 && left == 0 && bottom == size && right == size) {}

    // The pixel's channels from c on, 0 outside; `all_inside`: the patch is known to be.
    template <bool all_inside, class Load>
    HWY_INLINE V pixel(std::int64_t i, std::int64_t j, std::int64_t c, const Load& load) const {
        if (!all_inside && (i < top || i >= bottom || j < left || j >= right)) return number(0.0);
        return load(first + i * row_step + j * column_step + c);
    }

    const float* first;
    std::int64_t row_step, column_step, top, bottom, left, right;
    bool inside;
};

// The same of an image given by the maxima of its 2x2 windows and their places.
struct PooledPatch {
    PooledPatch(const WinogradImage& from, std::int64_t image, const std::array<std::int64_t, 2>& sizes,
                std::int64_t channels, std::int64_t row, std::int64_t column, std::int64_t size)
        : row_step(sizes[1] / 2 * channels),
          column_step(channels),
          row_parity(row & 1),
          column_parity(column & 1),
          top(std::max<std::int64_t>(0, -row)),
          bottom(std::min<std::int64_t>(size, sizes[0] / 2 * 2 - row)),
          left(std::max<std::int64_t>(0, -column)),
          right(std::min<std::int64_t>(size, sizes[1] / 2 * 2 - column)),
          inside(top == 0 && left == 0 && bottom == size && right == size) {
        const std::int64_t offset =
            image * (sizes[0] / 2) * row_step + (row >> 1) * row_step + (column >> 1) * channels;
        values = from.values + offset;
        places = from.places + offset;
    }

    // `parity`: of the first row and column where both are inside and known to be so; -1: look.
    template <int parity, class Load>
    HWY_INLINE V pixel(std::int64_t i, std::int64_t j, std::int64_t c, const Load& load) const {
        if (parity < 0 && (i < top || i >= bottom || j < left || j >= right)) return number(0.0);
        i += parity < 0 ? row_parity : parity;
        j += parity < 0 ? column_parity : parity;
        const std::int64_t at = (i >> 1) * row_step + (j >> 1) * column_step + c;
        const auto place = hn::Set(Ints(), static_cast<std::int32_t>(2 * (i & 1) + (j & 1)));
        const auto is_here = hn::RebindMask(Floats(), hn::Eq(load(places + at), place));
        return hn::IfThenElseZero(is_here, load(values + at));
    }
    bool is_inside_at(std::int64_t parity) const { return inside && row_parity == parity && column_parity == parity; }

    const float* values;
    const std::uint8_t* places;
    std::int64_t row_step, column_step, row_parity, column_parity, top, bottom, left, right;
    bool inside;
};

// Pixels of an input's tile, a bit each: pixel (i, j) is bit 6 i + j.
using Pixels = std::uint64_t;
constexpr Pixels all_pixels = (Pixels{1} << 36) - 1;

// Output (i, j) of a tile is made of 3x3 pixels.
constexpr bool sees_any(Pixels pixels, std::int64_t i, std::int64_t j) {
    constexpr Pixels window = 0b111 | 0b111 << 6 | 0b111 << 12;
    return (pixels & window << (6 * i + j)) != 0;
}

// Returns the pixels with a channel that is not 0. `how`: pixel()'s argument.
template <auto how, class AnyPatch>
HWY_INLINE Pixels transform_input_patch(const AnyPatch& patch, std::int64_t channels, std::int64_t step, float* to) {
    Pixels seen = 0;
    for_vectors(channels, [&patch, &seen, to, step](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
        V d[36];
        const bool looks = seen != all_pixels;
        unrolled<6>([&](auto j) HWY_ATTR {
            unrolled<6>([&](auto i) HWY_ATTR { d[6 * i + j] = patch.template pixel<how>(i, j, c, load); });
            if (looks) {
                unrolled<6>([&](auto i) HWY_ATTR {
                    const bool is_zero = hn::AllTrue(Floats(), hn::Eq(d[6 * i + j], number(0.0)));
                    seen |= Pixels{!is_zero} << (6 * i + j);
                });
            }
            input_transform(d + j, 6, d + j);
        });
        unrolled<6>([&](auto i) HWY_ATTR {
            input_transform(d + 6 * i, 1, d + 6 * i);
            unrolled<6>([&](auto j) HWY_ATTR { store(d[6 * i + j], to + (6 * i + j) * step + c); });
        });
    });
    return seen;
}

// v[p][place][c] for one tile of the input. Returns its pixels that are not 0.
Pixels transform_input(const WinogradSizes& s, const Tile& tile, std::int64_t place, std::int64_t block,
                       const WinogradImage& x, float* v) {
    const std::int64_t channels = s.in_channels;
    const std::int64_t step = winograd_step(channels, block);
    const std::int64_t row = tile.row - s.pad[0], column = tile.column - s.pad[1];
    float* const to = v + place * channels;
    if (x.places != nullptr) {
        const PooledPatch patch(x, tile.image, s.in, channels, row, column, 6);
        if (patch.is_inside_at(0)) return transform_input_patch<0>(patch, channels, step, to);
        if (patch.is_inside_at(1)) return transform_input_patch<1>(patch, channels, step, to);
        return transform_input_patch<-1>(patch, channels, step, to);
    }
    const Patch patch(x.values + tile.image * s.in[0] * s.in[1] * channels, s.in, channels, row, column, 6);
    if (patch.inside) return transform_input_patch<true>(patch, channels, step, to);
    return transform_input_patch<false>(patch, channels, step, to);
}

template <auto how, class AnyPatch>
HWY_INLINE void transform_upstream_patch(const AnyPatch& patch, std::int64_t channels, float* to) {
    const std::int64_t step = winograd_step(winograd_width(channels));
    for_vectors(channels, [&patch, to, step](std::int64_t c, const auto& load, const auto&) HWY_ATTR {
        const Floats d;
        V y[16], t[24], row[6];
        unrolled<4>([&](auto j) HWY_ATTR {
            unrolled<4>([&](auto i) HWY_ATTR { y[4 * i + j] = patch.template pixel<how>(i, j, c, load); });
            upstream_transform(y + j, 4, t + j, 4);
        });
        unrolled<6>([&](auto i) HWY_ATTR {
            upstream_transform(t + 4 * i, 1, row, 1);
            unrolled<6>([&](auto j) HWY_ATTR { hn::StoreU(row[j], d, to + (6 * i + j) * step + c); });
        });
    });
}

// z[p][place][c] for one tile of the upstream gradient.
void transform_upstream(const WinogradSizes& s, const Tile& tile, std::int64_t place, const WinogradImage& dy,
                        float* z) {
    const std::int64_t channels = s.out_channels;
    float* const to = z + place * winograd_width(channels);
    if (dy.places != nullptr) {
        const PooledPatch patch(dy, tile.image, s.out, channels, tile.row, tile.column, 4);
        if (patch.is_inside_at(0)) return transform_upstream_patch<0>(patch, channels, to);
        return transform_upstream_patch<-1>(patch, channels, to);
    }
    const Patch patch(dy.values + tile.image * s.out[0] * s.out[1] * channels, s.out, channels, tile.row, tile.column,
                      4);
    if (patch.inside) {
        transform_upstream_patch<true>(patch, channels, to);
    } else {
        transform_upstream_patch<false>(patch, channels, to);
    }
}

// Four rows of four outputs for one vector of channels.
HWY_INLINE void outputs_of(const float* from, std::int64_t step, V* t) {
    const Floats d;
    V p[6];
    unrolled<6>([&](auto j) HWY_ATTR {
        unrolled<6>([&](auto i) HWY_ATTR { p[i] = hn::LoadU(d, from + (6 * i + j) * step); });
        output_transform(p, 1, t + j, 6);
    });
}

// Row i of a tile's outputs. One that sees nothing but zeros is 0 itself, as sums of its products are, and not what
// rounding leaves of its neighbours': where the bias is 0 too, ReLU would let through a gradient that it must stop.
HWY_INLINE void output_row(const V* t, std::int64_t i, Pixels seen, V* row) {
    output_transform(t + 6 * i, 1, row, 1);
    if (seen == all_pixels) return;
    unrolled<4>([&](auto j) HWY_ATTR {
        if (!sees_any(seen, i, j)) row[j] = hn::Sub(row[j], row[j]);  // NaN where a weight is no number
    });
}

// A tile's outputs from m[p][place][c].
void transform_output(const WinogradSizes& s, const WinogradBlock& block, std::int64_t place, const WinogradTail& tail,
                      float* y) {
    const Tile tile(s, block.first + place);
    const Pixels seen = block.seen[place];
    const std::int64_t channels = s.out_channels;
    const std::int64_t width = winograd_width(channels);
    const std::int64_t step = winograd_step(width, block.size);
    const float* const from = block.m + place * width;
    const std::int64_t offset = ((tile.image * s.out[0] + tile.row) * s.out[1] + tile.column) * channels;
    const std::int64_t rows = std::min<std::int64_t>(4, s.out[0] - tile.row);
    const std::int64_t columns_here = std::min<std::int64_t>(4, s.out[1] - tile.column);
    for_vectors(channels, [=, &s, &tail](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
        V t[24], row[4];
        outputs_of(from + c, step, t);
        const V shift = tail.bias != nullptr ? load(tail.bias + c) : number(0.0);
        const V factor = tail.added_factor != nullptr ? load(tail.added_factor + c) : number(1.0);
        const V low = number(tail.clamp.low), high = number(tail.clamp.high);
        unrolled<4>([&](auto i) HWY_ATTR {
            if (i >= rows) return;
            output_row(t, i, seen, row);
            const std::int64_t to = offset + i * s.out[1] * channels + c;
            unrolled<4>([&](auto j) HWY_ATTR {
                if (j >= columns_here) return;
                V value = hn::Add(row[j], shift);
                if (tail.added != nullptr) value = hn::MulAdd(factor, load(tail.added + to + j * channels), value);
                value = clamped(value, low, high);
                if (tail.mask != nullptr) {
                    value = hn::IfThenElseZero(hn::Gt(load(tail.mask + to + j * channels), number(0.0)), value);
                }
                store(value, y + to + j * channels);
            });
        });
    });
}

// The same where only the maxima of 2x2 outputs are written. A NaN wins, as it does in max_pool.
void transform_pooled(const WinogradSizes& s, const WinogradBlock& block, std::int64_t place, const WinogradTail& tail,
                      float* y) {
    const Tile tile(s, block.first + place);
    const Pixels seen = block.seen[place];
    const std::int64_t channels = s.out_channels;
    const std::int64_t width = winograd_width(channels);
    const std::int64_t step = winograd_step(width, block.size);
    const float* const from = block.m + place * width;
    const std::int64_t height = s.out[0] / 2, breadth = s.out[1] / 2;
    const std::int64_t offset = ((tile.image * height + tile.row / 2) * breadth + tile.column / 2) * channels;
    const std::int64_t rows = std::min<std::int64_t>(2, height - tile.row / 2);
    const std::int64_t columns_here = std::min<std::int64_t>(2, breadth - tile.column / 2);
    for_vectors(channels, [=, &tail](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
        V t[24], row[4], next[4];
        outputs_of(from + c, step, t);
        const V shift = tail.bias != nullptr ? load(tail.bias + c) : number(0.0);
        const V low = number(tail.clamp.low), high = number(tail.clamp.high);
        unrolled<2>([&](auto i) HWY_ATTR {
            if (i >= rows) return;
            output_row(t, 2 * i, seen, row);
            output_row(t, 2 * i + 1, seen, next);
            unrolled<2>([&](auto j) HWY_ATTR {
                if (j >= columns_here) return;
                const std::int64_t to = offset + (i * breadth + j) * channels + c;
                const V window[4]{row[2 * j], row[2 * j + 1], next[2 * j], next[2 * j + 1]};
                if (tail.places == nullptr) {
                    const V value = larger(larger(window[0], window[1]), larger(window[2], window[3]));
                    store(clamped(hn::Add(value, shift), low, high), y + to);
                    return;
                }
                V best = clamped(hn::Add(window[0], shift), low, high);
                auto winner = hn::Zero(Ints());
                unrolled<3>([&](auto k) HWY_ATTR {
                    const V value = clamped(hn::Add(window[k + 1], shift), low, high);
                    const auto stays = stays_maximum(best, value);
                    best = hn::IfThenElse(stays, best, value);
                    winner = hn::IfThenElse(hn::RebindMask(Ints(), stays), winner,
                                            hn::Set(Ints(), static_cast<std::int32_t>(k + 1)));
                });
                if (y != nullptr) store(best, y + to);
                store(winner, tail.places + to);
            });
        });
    });
}

void transform(const WinogradSizes& s, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
               const WinogradImage& x) {
    for (std::int64_t place = begin; place < end; ++place) {
        block.seen[place] = transform_input(s, Tile(s, block.first + place), place, block.size, x, block.v);
    }
}

// m = v u for some of the 36 matrices. A transformed kernel that is larger than the second cache is asked for ahead of
// the products that read it.
template <bool asks_ahead>
void multiply_matrices(const WinogradSizes& s, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
                       const float* u) {
    const Floats d;
    const std::int64_t inner = s.in_channels;
    const std::int64_t width = winograd_width(s.out_channels);
    const std::int64_t kernel_step = winograd_kernel_step(inner, s.out_channels);
    const std::int64_t panel = inner * product_columns();
    const std::int64_t products = (block.count + product_rows - 1) / product_rows;
    for (std::int64_t p = begin; p < end; ++p) {
        const float* const a = block.v + p * winograd_step(inner, block.size);
        float* const c = block.m + p * winograd_step(width, block.size);
        for (std::int64_t column = 0; column < width; column += product_columns()) {
            const float* const b = u + p * kernel_step + column * inner;
            const Ahead ahead = Ahead::share(b + panel, panel, inner, products);
            // The last rows of a block that is not full hold what was there before; nobody reads their products.
            for (std::int64_t row = 0; row < block.count; row += product_rows) {
                const float* const a_rows = a + row * inner;
                float* const c_rows = c + row * width + column;
                product<product_rows, asks_ahead>(
                    1, inner, &a_rows, inner, b,
                    [=](std::int64_t i, V left, V right) HWY_ATTR {
                        hn::StoreU(left, d, c_rows + i * width);
                        hn::StoreU(right, d, c_rows + i * width + lanes());
                    },
                    ahead.after(row / product_rows * inner));
            }
        }
    }
}

void multiply(const WinogradSizes& s, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
              const float* u) {
    constexpr std::int64_t large_kernel = 1 << 19;  // floats
    const bool is_large = winograd_kernel_floats(s.in_channels, s.out_channels) >= large_kernel;
    (is_large ? multiply_matrices<true> : multiply_matrices<false>)(s, block, begin, end, u);
}

void finish(const WinogradSizes& s, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
            const WinogradTail& tail, float* y) {
    const auto one = tail.pools ? transform_pooled : transform_output;
    for (std::int64_t place = begin; place < end; ++place) one(s, block, place, tail, y);
}

void forward(const WinogradSizes& s, std::int64_t first, std::int64_t last, const WinogradImage& x, const float* u,
             const WinogradTail& tail, float* y, float* v, float* m) {
    std::array<Pixels, winograd_block> seen;
    for (std::int64_t begin = first; begin < last; begin += winograd_block) {
        const WinogradBlock block{
            .first = begin, .count = std::min(winograd_block, last - begin), .v = v, .m = m, .seen = seen.data()};
        transform(s, block, 0, block.count, x);
        multiply(s, block, 0, 36, u);
        finish(s, block, 0, block.count, tail, y);
    }
}

void weight_sums(const WinogradSizes& s, std::int64_t first, std::int64_t last, const float* x, const WinogradImage& dy,
                 float* du, float* db, float* v, float* z) {
    constexpr int some_rows = product_rows == 12 ? 8 : 4;  // what channel counts are multiples of
    const std::int64_t inner = s.in_channels;
    const std::int64_t width = winograd_width(s.out_channels);
    const std::int64_t kernel_step = winograd_kernel_step(inner, s.out_channels);
    for (std::int64_t begin = first; begin < last; begin += winograd_block) {
        const std::int64_t count = std::min(winograd_block, last - begin);
        for (std::int64_t i = 0; i < count; ++i) {
            const Tile tile(s, begin + i);
            transform_input(s, tile, i, winograd_block, {x}, v);
            transform_upstream(s, tile, i, dy, z);
        }
        for (std::int64_t p = 0; p < 36; ++p) {
            const float* const a = v + p * winograd_step(inner);
            const float* const b = z + p * winograd_step(width);
            float* const c = du + p * kernel_step;
            for (std::int64_t column = 0; column < width; column += product_columns()) {
                std::int64_t row = 0;
                for (; row + some_rows <= inner; row += some_rows) {
                    outer_product<some_rows>(count, a + row, inner, b + column, width, c + row * width + column, width);
                }
                for (; row < inner; ++row) {
                    outer_product<1>(count, a + row, inner, b + column, width, c + row * width + column, width);
                }
            }
        }
        if (db != nullptr) {
            // The product of the two all-ones rows of A is the sum of the tile.
            const float* const sums = z + 7 * winograd_step(width);
            for_vectors(s.out_channels, [=](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
                V sum = number(0.0);
                for (std::int64_t i = 0; i < count; ++i) sum = hn::Add(sum, load(sums + i * width + c));
                store(hn::Add(load(db + c), sum), db + c);
            });
        }
    }
}

// One input channel's weights: w[tap] holds `count` vectors' lanes of output channels.
HWY_INLINE void transform_weights(const V* g, V* u) {
    V t[18];
    for (int j = 0; j < 3; ++j) kernel_transform(g + j, 3, t + j, 3);
    for (int i = 0; i < 6; ++i) kernel_transform(t + 3 * i, 1, u + 6 * i, 1);
}

void kernel(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first, std::int64_t last, const float* w,
            float* u) {
    const Floats d;
    const std::int64_t width = winograd_width(out_channels);
    const std::int64_t step = winograd_kernel_step(in_channels, out_channels);
    for (std::int64_t k = first; k < last; ++k) {
        for_vectors(out_channels, [=](std::int64_t n, const auto& load, const auto&) HWY_ATTR {
            V g[9], t[36];
            for (int tap = 0; tap < 9; ++tap) g[tap] = load(w + (tap * in_channels + k) * out_channels + n);
            transform_weights(g, t);
            float* const to = u + n / product_columns() * product_columns() * in_channels + k * product_columns() +
                              n % product_columns();
            for (int p = 0; p < 36; ++p) hn::StoreU(t[p], d, to + p * step);
        });
        // Lanes of the padding that no vector above has reached.
        for (std::int64_t n = (out_channels + lanes() - 1) / lanes() * lanes(); n < width; n += lanes()) {
            float* const to = u + n / product_columns() * product_columns() * in_channels + k * product_columns() +
                              n % product_columns();
            for (int p = 0; p < 36; ++p) hn::StoreU(number(0.0), d, to + p * step);
        }
    }
}

void turned_kernel(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first, std::int64_t last,
                   const float* w, float* u) {
    const Floats d;
    const std::int64_t width = winograd_width(out_channels);
    const std::int64_t step = winograd_kernel_step(in_channels, out_channels);
    HWY_ALIGN float gathered[hn::MaxLanes(d)];
    for (std::int64_t k = first; k < last; ++k) {
        for (std::int64_t n = 0; n < width; n += lanes()) {
            V g[9], t[36];
            for (int tap = 0; tap < 9; ++tap) {
                const float* const from = w + (8 - tap) * in_channels * out_channels + k;
                for (std::int64_t lane = 0; lane < lanes(); ++lane) {
                    gathered[lane] = n + lane < out_channels ? from[(n + lane) * in_channels] : 0.0F;
                }
                g[tap] = hn::Load(d, gathered);
            }
            transform_weights(g, t);
            float* const to = u + n / product_columns() * product_columns() * in_channels + k * product_columns() +
                              n % product_columns();
            for (int p = 0; p < 36; ++p) hn::StoreU(t[p], d, to + p * step);
        }
    }
}

void weight_gradient(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first, std::int64_t last,
                     const float* du, float* dw) {
    const Floats d;
    const std::int64_t width = winograd_width(out_channels);
    const std::int64_t step = winograd_kernel_step(in_channels, out_channels);
    for (std::int64_t k = first; k < last; ++k) {
        for_vectors(out_channels, [=](std::int64_t n, const auto&, const auto& store) HWY_ATTR {
            V u[36], t[18], row[3];
            for (int p = 0; p < 36; ++p) u[p] = hn::LoadU(d, du + p * step + k * width + n);
            for (int j = 0; j < 6; ++j) kernel_gradient_transform(u + j, 6, t + j, 6);
            for (int i = 0; i < 3; ++i) {
                kernel_gradient_transform(t + 6 * i, 1, row, 1);
                for (int j = 0; j < 3; ++j) store(row[j], dw + ((3 * i + j) * in_channels + k) * out_channels + n);
            }
        });
    }
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(columns);
HWY_EXPORT(kernel);
HWY_EXPORT(turned_kernel);
HWY_EXPORT(forward);
HWY_EXPORT(transform);
HWY_EXPORT(multiply);
HWY_EXPORT(finish);
HWY_EXPORT(weight_sums);
HWY_EXPORT(weight_gradient);
HWY_EXPORT(fuses);

bool winograd_fuses() { return HWY_DYNAMIC_DISPATCH(fuses)(); }

std::int64_t winograd_columns() { return HWY_DYNAMIC_DISPATCH(columns)(); }

void winograd_kernel(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first, std::int64_t last,
                     const float* w, float* u) {
    HWY_DYNAMIC_DISPATCH(kernel)(in_channels, out_channels, first, last, w, u);
}
void winograd_turned_kernel(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first, std::int64_t last,
                            const float* w, float* u) {
    HWY_DYNAMIC_DISPATCH(turned_kernel)(in_channels, out_channels, first, last, w, u);
}
void winograd_forward(const WinogradSizes& sizes, std::int64_t first, std::int64_t last, const WinogradImage& x,
                      const float* u, const WinogradTail& tail, float* y, float* v, float* m) {
    HWY_DYNAMIC_DISPATCH(forward)(sizes, first, last, x, u, tail, y, v, m);
}
void winograd_transform(const WinogradSizes& sizes, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
                        const WinogradImage& x) {
    HWY_DYNAMIC_DISPATCH(transform)(sizes, block, begin, end, x);
}
void winograd_multiply(const WinogradSizes& sizes, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
                       const float* u) {
    HWY_DYNAMIC_DISPATCH(multiply)(sizes, block, begin, end, u);
}
void winograd_finish(const WinogradSizes& sizes, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
                     const WinogradTail& tail, float* y) {
    HWY_DYNAMIC_DISPATCH(finish)(sizes, block, begin, end, tail, y);
}
void winograd_weight_sums(const WinogradSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                          const WinogradImage& dy, float* du, float* db, float* v, float* z) {
    HWY_DYNAMIC_DISPATCH(weight_sums)(sizes, first, last, x, dy, du, db, v, z);
}
void winograd_weight_gradient(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first,
                              std::int64_t last, const float* du, float* dw) {
    HWY_DYNAMIC_DISPATCH(weight_gradient)(in_channels, out_channels, first, last, du, dw);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
