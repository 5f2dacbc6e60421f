// What the kernels of bfloat16 share. A family's kernels for ops::InBfloat16 are made from the op inside, with the
// specs as they are; null, where there is none, makes the engine go by float32.
#pragma once

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/simd/bfloat16.hpp"

namespace markhor::cpu {

/// The dtype of a kernel's type of values, float or BFloat16.
template <class T>
inline constexpr DType stored_as = DType::bfloat16;
template <>
inline constexpr DType stored_as<float> = DType::float32;

inline bool is_bfloat16(const ops::TensorSpec& spec) { return spec.dtype == DType::bfloat16; }
inline bool all_bfloat16(Specs specs) { return std::ranges::all_of(specs, is_bfloat16); }

/// Values converted, spread over threads.
void widen_all(std::int64_t count, const BFloat16* from, float* to);
void round_all(std::int64_t count, const float* from, BFloat16* to);

/// Calls body(count, float inputs, float result) for pieces of arrays of bfloat16 that are walked side by side: what a
/// float32 kernel does to arrays, with the conversions in cache.
template <std::size_t inputs, class Body>
void by_pieces(std::int64_t count, const std::array<const BFloat16*, inputs>& from, BFloat16* to, const Body& body) {
    constexpr std::int64_t piece = 2048;
    parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
        alignas(64) std::array<std::array<float, piece>, inputs> values;
        for (std::int64_t at = begin; at < end; at += piece) {
            const std::int64_t now = std::min(piece, end - at);
            std::array<const float*, inputs> wide{};
            for (std::size_t i = 0; i < inputs; ++i) {
                widen(now, from[i] + at, values[i].data());
                wide[i] = values[i].data();
            }
            body(now, wide, values[0].data());
            round(now, values[0].data(), to + at);
        }
    });
}

}  // namespace markhor::cpu
