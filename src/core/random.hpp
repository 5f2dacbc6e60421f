// Random numbers that depend only on (seed, stream, position): Philox4x32-10 (Salmon et al., "Parallel random numbers:
// as easy as 1, 2, 3", 2011). Any thread can make any part of a stream, so results do not depend on how work is split.
#pragma once

#include <array>
#include <cstdint>

namespace markhor {

/// One counter-based generator: `key` selects the sequence, block(i) gives its i-th four 32-bit words.
class Philox {
public:
    constexpr Philox(std::uint64_t key, std::uint64_t stream) noexcept : key_(key), stream_(stream) {}

    constexpr std::array<std::uint32_t, 4> block(std::uint64_t index) const noexcept {
        std::array<std::uint32_t, 4> c{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                                       static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)};
        auto k0 = static_cast<std::uint32_t>(key_);
        auto k1 = static_cast<std::uint32_t>(key_ >> 32);
        for (int round = 0; round < 10; ++round) {
            const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * c[0];
            const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * c[2];
            c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
                 static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
            k0 += 0x9E3779B9U;
            k1 += 0xBB67AE85U;
        }
        return c;
    }

private:
    std::uint64_t key_;
    std::uint64_t stream_;
};

/// A word as a number in [0, 1), with 24 bits.
constexpr float to_unit(std::uint32_t word) noexcept { return static_cast<float>(word >> 8) * 0x1.0p-24F; }

/// A sequential reader of one Philox stream, usable as a standard random bit generator (shuffling, initializers).
class Random {
public:
    using result_type = std::uint32_t;
    explicit constexpr Random(std::uint64_t seed, std::uint64_t stream = 0) noexcept : philox_(seed, stream) {}
    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return 0xFFFFFFFFU; }
    constexpr result_type operator()() noexcept {
        if (used_ == 4) {
            words_ = philox_.block(index_++);
            used_ = 0;
        }
        return words_[static_cast<std::size_t>(used_++)];
    }
    /// A number in [0, 1) with 53 bits.
    constexpr double uniform() noexcept {
        const std::uint64_t high = (*this)();
        const std::uint64_t low = (*this)();
        return static_cast<double>((high << 32 | low) >> 11) * 0x1.0p-53;
    }
    /// An integer in [0, bound), bound at least 1, without modulo bias.
    constexpr std::uint64_t below(std::uint64_t bound) noexcept {
        const std::uint64_t limit = (~std::uint64_t{0} / bound) * bound;
        for (;;) {
            const std::uint64_t high = (*this)();
            const std::uint64_t low = (*this)();
            const std::uint64_t word = high << 32 | low;
            if (word < limit) return word % bound;
        }
    }

private:
    Philox philox_;
    std::uint64_t index_ = 0;
    std::array<std::uint32_t, 4> words_{};
    int used_ = 4;
};

}  // namespace markhor
