// Pooling, for each instruction set.
#include "engine/cpu/simd/pooling.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/pooling.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

// The taps of a window at one position of an axis that see real elements: [begin, end), the first of them at `first`.
struct Taps {
    Taps(const ops::Window& w, std::size_t axis, std::int64_t in, std::int64_t position) : step(w.dilation[axis]) {
        const std::int64_t start = position * w.stride[axis] - w.pad_before[axis];
        begin = start >= 0 ? 0 : (-start + step - 1) / step;
        end = std::min(w.size[axis], start >= in ? 0 : (in - 1 - start) / step + 1);
        first = start + begin * step;
    }
    std::int64_t count() const { return end - begin; }

    std::int64_t step, begin, end, first;
};

// One window: its taps along each axis, and calls for each of them in row-major order.
struct Place {
    Place(const PoolingSizes& s, std::int64_t n, std::int64_t d, std::int64_t h, std::int64_t w)
        : sizes(s),
          image(n * s.in[0] * s.in[1] * s.in[2]),
          depth(s.window, 0, s.in[0], d),
          height(s.window, 1, s.in[1], h),
          width(s.window, 2, s.in[2], w) {}

    // Calls f(element of the pixel's first channel, the tap's number).
    template <class F>
    HWY_INLINE void for_taps(const F& f) const {
        const ops::Spatial& in = sizes.in;
        const ops::Spatial& size = sizes.window.size;
        for (std::int64_t kd = 0; kd < depth.count(); ++kd) {
            for (std::int64_t kh = 0; kh < height.count(); ++kh) {
                const std::int64_t row =
                    image + ((depth.first + kd * depth.step) * in[1] + height.first + kh * height.step) * in[2];
                std::int64_t name = ((depth.begin + kd) * size[1] + height.begin + kh) * size[2] + width.begin;
                std::int64_t at = (row + width.first) * sizes.channels;
                for (std::int64_t kw = 0; kw < width.count(); ++kw, ++name, at += width.step * sizes.channels)
                    f(at, name);
            }
        }
    }
    float share() const { return 1.0F / static_cast<float>(depth.count() * height.count() * width.count()); }

    const PoolingSizes& sizes;
    std::int64_t image;
    Taps depth, height, width;
};

// Calls f(place, element of the output pixel's first channel) for the output pixels of rows.
template <class F>
HWY_INLINE void for_rows(const PoolingSizes& s, std::int64_t first, std::int64_t last, const F& f) {
    for (std::int64_t row = first; row < last; ++row) {
        const std::int64_t h = row % s.out[1];
        const std::int64_t d = row / s.out[1] % s.out[0];
        const std::int64_t n = row / s.out[1] / s.out[0];
        for (std::int64_t w = 0; w < s.out[2]; ++w) f(Place(s, n, d, h, w), (row * s.out[2] + w) * s.channels);
    }
}

// Clears the input under each strip and calls f(place, element of the output pixel's first channel) for its windows.
template <class T, class F>
HWY_INLINE void for_strips(const PoolingSizes& s, std::int64_t first, std::int64_t last, T* dx, const F& f) {
    const int axis = s.strip_axis();
    const std::int64_t pixels = s.in[0] * s.in[1] * s.in[2];
    const std::int64_t rows = s.out[0] * s.out[1];
    if (axis < 0) {
        std::fill(dx + first * pixels * s.channels, dx + last * pixels * s.channels, T(0.0F));
        for_rows(s, first * rows, last * rows, f);
        return;
    }
    const auto a = static_cast<std::size_t>(axis);
    const std::int64_t positions = s.out[a];
    const std::int64_t slice = pixels / s.in[a] * s.channels;  // of an image; axes before the strip's are 1
    const auto edge = [&](std::int64_t position) {
        if (position == 0) return std::int64_t{0};
        if (position == positions) return s.in[a];
        return std::clamp<std::int64_t>(position * s.window.stride[a] - s.window.pad_before[a], 0, s.in[a]);
    };
    for (std::int64_t strip = first; strip < last; ++strip) {
        const std::int64_t n = strip / positions;
        const std::int64_t position = strip % positions;
        T* const image = dx + n * pixels * s.channels;
        std::fill(image + edge(position) * slice, image + edge(position + 1) * slice, T(0.0F));
        const std::int64_t strip_rows = rows / positions;
        for_rows(s, n * rows + position * strip_rows, n * rows + (position + 1) * strip_rows, f);
    }
}

template <class T>
HWY_INLINE void max_pool_of(const PoolingSizes& s, std::int64_t first, std::int64_t last, const T* x, T* y,
                            std::uint8_t* index) {
    const Ints di;
    for_rows(s, first, last, [=, &s](const Place& place, std::int64_t at) HWY_ATTR {
        for_vectors(s.channels, [=, &place](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
            V best = number(0.0);
            auto winner = hn::Zero(di);
            bool is_first = true;
            place.for_taps([&](std::int64_t from, std::int64_t name) HWY_ATTR {
                const V value = load(x + from + c);
                const auto number_of_tap = hn::Set(di, static_cast<std::int32_t>(name));
                if (is_first) {
                    best = value;
                    winner = number_of_tap;
                    is_first = false;
                    return;
                }
                const auto stays = stays_maximum(best, value);
                best = hn::IfThenElse(stays, best, value);
                winner = hn::IfThenElse(hn::RebindMask(di, stays), winner, number_of_tap);
            });
            if (y != nullptr) store(best, y + at + c);
            if (index != nullptr) store(winner, index + at + c);
        });
    });
}

template <class T>
HWY_INLINE void average_pool_of(const PoolingSizes& s, std::int64_t first, std::int64_t last, const T* x, T* y) {
    for_rows(s, first, last, [=, &s](const Place& place, std::int64_t at) HWY_ATTR {
        const V share = number(place.share());
        for_vectors(s.channels, [=, &place](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
            V sum = number(0.0);
            place.for_taps([&](std::int64_t from, std::int64_t) HWY_ATTR { sum = hn::Add(sum, load(x + from + c)); });
            store(hn::Mul(sum, share), y + at + c);
        });
    });
}

template <class T>
HWY_INLINE void max_pool_gradient_of(const PoolingSizes& s, std::int64_t first, std::int64_t last, const T* dy,
                                     const std::uint8_t* index, T* dx) {
    const Ints di;
    const Floats d;
    for_strips(s, first, last, dx, [=, &s](const Place& place, std::int64_t at) HWY_ATTR {
        for_vectors(s.channels, [=, &place](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
            const V upstream = load(dy + at + c);
            const auto winner = load(index + at + c);
            place.for_taps([&](std::int64_t to, std::int64_t name) HWY_ATTR {
                const auto wins = hn::RebindMask(d, hn::Eq(winner, hn::Set(di, static_cast<std::int32_t>(name))));
                T* const target = dx + to + c;
                store(hn::Add(load(target), hn::IfThenElseZero(wins, upstream)), target);
            });
        });
    });
}

template <class T>
HWY_INLINE void average_pool_gradient_of(const PoolingSizes& s, std::int64_t first, std::int64_t last, const T* dy,
                                         T* dx) {
    for_strips(s, first, last, dx, [=, &s](const Place& place, std::int64_t at) HWY_ATTR {
        const V share = number(place.share());
        for_vectors(s.channels, [=, &place](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
            const V upstream = hn::Mul(load(dy + at + c), share);
            place.for_taps([&](std::int64_t to, std::int64_t)
                               HWY_ATTR { store(hn::Add(load(dx + to + c), upstream), dx + to + c); });
        });
    });
}

void max_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const float* x, float* y,
              std::uint8_t* index) {
    max_pool_of(sizes, first_row, last_row, x, y, index);
}
void max_pool_bf16(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const BFloat16* x,
                   BFloat16* y, std::uint8_t* index) {
    max_pool_of(sizes, first_row, last_row, x, y, index);
}
void average_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const float* x, float* y) {
    average_pool_of(sizes, first_row, last_row, x, y);
}
void average_pool_bf16(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const BFloat16* x,
                       BFloat16* y) {
    average_pool_of(sizes, first_row, last_row, x, y);
}
void max_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip, const float* dy,
                       const std::uint8_t* index, float* dx) {
    max_pool_gradient_of(sizes, first_strip, last_strip, dy, index, dx);
}
void max_pool_gradient_bf16(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                            const BFloat16* dy, const std::uint8_t* index, BFloat16* dx) {
    max_pool_gradient_of(sizes, first_strip, last_strip, dy, index, dx);
}
void average_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                           const float* dy, float* dx) {
    average_pool_gradient_of(sizes, first_strip, last_strip, dy, dx);
}
void average_pool_gradient_bf16(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                                const BFloat16* dy, BFloat16* dx) {
    average_pool_gradient_of(sizes, first_strip, last_strip, dy, dx);
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(max_pool);
HWY_EXPORT(max_pool_bf16);
HWY_EXPORT(average_pool);
HWY_EXPORT(average_pool_bf16);
HWY_EXPORT(max_pool_gradient);
HWY_EXPORT(max_pool_gradient_bf16);
HWY_EXPORT(average_pool_gradient);
HWY_EXPORT(average_pool_gradient_bf16);

void max_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const float* x, float* y,
              std::uint8_t* index) {
    HWY_DYNAMIC_DISPATCH(max_pool)(sizes, first_row, last_row, x, y, index);
}
void max_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const BFloat16* x, BFloat16* y,
              std::uint8_t* index) {
    HWY_DYNAMIC_DISPATCH(max_pool_bf16)(sizes, first_row, last_row, x, y, index);
}
void average_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const float* x, float* y) {
    HWY_DYNAMIC_DISPATCH(average_pool)(sizes, first_row, last_row, x, y);
}
void average_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const BFloat16* x,
                  BFloat16* y) {
    HWY_DYNAMIC_DISPATCH(average_pool_bf16)(sizes, first_row, last_row, x, y);
}
void max_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip, const float* dy,
                       const std::uint8_t* index, float* dx) {
    HWY_DYNAMIC_DISPATCH(max_pool_gradient)(sizes, first_strip, last_strip, dy, index, dx);
}
void max_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip, const BFloat16* dy,
                       const std::uint8_t* index, BFloat16* dx) {
    HWY_DYNAMIC_DISPATCH(max_pool_gradient_bf16)(sizes, first_strip, last_strip, dy, index, dx);
}
void average_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                           const float* dy, float* dx) {
    HWY_DYNAMIC_DISPATCH(average_pool_gradient)(sizes, first_strip, last_strip, dy, dx);
}
void average_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                           const BFloat16* dy, BFloat16* dx) {
    HWY_DYNAMIC_DISPATCH(average_pool_gradient_bf16)(sizes, first_strip, last_strip, dy, dx);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
