// Philox blocks side by side, one a lane, for each instruction set.
#include "engine/cpu/simd/random.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/random.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using Words = hn::ScalableTag<std::uint32_t>;
using W = hn::Vec<Words>;

// The upper 32 bits of each product of 32 bits by 32 bits.
W high_product(W a, W b) {
#if HWY_TARGET == HWY_SCALAR  // one lane, which has no wider kind
    const std::uint64_t product = std::uint64_t{hn::GetLane(a)} * hn::GetLane(b);
    return hn::Set(Words(), static_cast<std::uint32_t>(product >> 32));
#else
    const hn::RepartitionToWide<Words> wide;
    const Words narrow;
    const auto even = hn::ShiftRight<32>(hn::MulEven(a, b));
    const auto up = [&](W v) HWY_ATTR { return hn::BitCast(narrow, hn::ShiftRight<32>(hn::BitCast(wide, v))); };
    const auto odd = hn::MulEven(up(a), up(b));
    return hn::OddEven(hn::BitCast(narrow, odd), hn::BitCast(narrow, even));
#endif
}

// Words 4 index … of a stream, one block a lane, interleaved as they follow each other.
void draw_words(const Draw& draw, std::uint64_t index, std::uint32_t* words) {
    const Words d;
    HWY_ALIGN std::uint32_t low[hn::MaxLanes(d)];
    HWY_ALIGN std::uint32_t high[hn::MaxLanes(d)];
    for (std::size_t lane = 0; lane < hn::Lanes(d); ++lane) {
        low[lane] = static_cast<std::uint32_t>(index + lane);
        high[lane] = static_cast<std::uint32_t>((index + lane) >> 32);
    }
    W c0 = hn::Load(d, low);
    W c1 = hn::Load(d, high);
    W c2 = hn::Set(d, static_cast<std::uint32_t>(draw.stream));
    W c3 = hn::Set(d, static_cast<std::uint32_t>(draw.stream >> 32));
    auto k0 = static_cast<std::uint32_t>(draw.key);
    auto k1 = static_cast<std::uint32_t>(draw.key >> 32);
    const W m0 = hn::Set(d, 0xD2511F53U);
    const W m1 = hn::Set(d, 0xCD9E8D57U);
    for (int round = 0; round < 10; ++round) {
        const W high0 = high_product(c0, m0);
        const W high1 = high_product(c2, m1);
        const W next1 = hn::Mul(c2, m1);
        const W next3 = hn::Mul(c0, m0);
        c0 = hn::Xor(hn::Xor(high1, c1), hn::Set(d, k0));
        c2 = hn::Xor(hn::Xor(high0, c3), hn::Set(d, k1));
        c1 = next1;
        c3 = next3;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    hn::StoreInterleaved4(c0, c1, c2, c3, d, words);
}

// Calls use(i, count, mask) for each vector of elements, `mask` telling which stay.
template <class Use>
HWY_INLINE void for_drawn(const Draw& draw, std::int64_t first, std::int64_t n, const Use& use) {
    const Words d;
    const hn::RebindToSigned<Words> integers;
    const Floats floats;
    const std::int64_t width = lanes();
    const auto threshold = hn::Set(integers, draw.threshold);
    HWY_ALIGN std::uint32_t words[4 * hn::MaxLanes(d)];
    for (std::int64_t begin = 0; begin < n; begin += 4 * width) {
        draw_words(draw, static_cast<std::uint64_t>(first + begin) / 4, words);
        const std::int64_t end = std::min(n, begin + 4 * width);
        for (std::int64_t i = begin; i < end; i += width) {
            const auto bits = hn::BitCast(integers, hn::ShiftRight<8>(hn::Load(d, words + (i - begin))));
            use(i, std::min(width, end - i), hn::Not(hn::RebindMask(floats, hn::Lt(bits, threshold))));
        }
    }
}

void dropout(const Draw& draw, std::int64_t first, std::int64_t n, float factor, const float* x, float* y) {
    const Floats d;
    const FloatVector scale = number(factor);
    const std::int64_t width = lanes();
    for_drawn(draw, first, n, [=](std::int64_t i, std::int64_t count, auto stays) HWY_ATTR {
        if (count == width) {
            hn::StoreU(hn::IfThenElseZero(stays, hn::Mul(hn::LoadU(d, x + i), scale)), d, y + i);
        } else {
            store_part(hn::IfThenElseZero(stays, hn::Mul(load_part(x + i, count), scale)), y + i, count);
        }
    });
}

void dropout_noise(const Draw& draw, std::int64_t first, std::int64_t n, float factor, float* noise) {
    const Floats d;
    const FloatVector scale = number(factor);
    const std::int64_t width = lanes();
    for_drawn(draw, first, n, [=](std::int64_t i, std::int64_t count, auto stays) HWY_ATTR {
        const FloatVector v = hn::IfThenElseZero(stays, scale);
        count == width ? hn::StoreU(v, d, noise + i) : store_part(v, noise + i, count);
    });
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(dropout);
HWY_EXPORT(dropout_noise);

void dropout(const Draw& draw, std::int64_t first, std::int64_t n, float factor, const float* x, float* y) {
    HWY_DYNAMIC_DISPATCH(dropout)(draw, first, n, factor, x, y);
}
void dropout_noise(const Draw& draw, std::int64_t first, std::int64_t n, float factor, float* noise) {
    HWY_DYNAMIC_DISPATCH(dropout_noise)(draw, first, n, factor, noise);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
