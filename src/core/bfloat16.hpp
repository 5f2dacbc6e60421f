// bfloat16, the upper half of a float32: a type that values are stored in, not computed in.
#pragma once

#include <bit>
#include <cstdint>

namespace markhor {

/// Rounds to nearest, ties to even; what is too large becomes infinite; NaNs stay NaNs.
class BFloat16 {
public:
    BFloat16() = default;
    template <class T>
    explicit BFloat16(T value) noexcept : bits_(rounded(static_cast<float>(value))) {}
    template <class T>
    explicit operator T() const noexcept {
        return static_cast<T>(std::bit_cast<float>(static_cast<std::uint32_t>(bits_) << 16U));
    }
    std::uint16_t bits() const noexcept { return bits_; }

private:
    static std::uint16_t rounded(float value) noexcept {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        const std::uint32_t even = bits >> 16U & 1U;
        // A NaN's upper half may be that of an infinity: its quiet bit makes it a NaN again.
        const bool is_nan = (bits & 0x7fffffffU) > 0x7f800000U;
        return static_cast<std::uint16_t>(is_nan ? bits >> 16U | 0x40U : (bits + 0x7fffU + even) >> 16U);
    }

    std::uint16_t bits_;
};

}  // namespace markhor
