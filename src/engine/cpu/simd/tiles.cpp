// Tiles, for the one instruction set that has them.
#include "engine/cpu/simd/tiles.hpp"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <hwy/base.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // of GCC 12, about its own intrinsics
#endif

namespace markhor::cpu {
namespace {

bool ask_for_tiles() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) == 0 || (a >> 5U & 1U) == 0) return false;  // AVX512_BF16
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
    constexpr unsigned avx512 = 1U << 16U | 1U << 17U | 1U << 30U | 1U << 31U;  // F, DQ, BW, VL
    constexpr unsigned amx = 1U << 22U | 1U << 24U;                             // BF16, TILE
    if ((b & avx512) != avx512 || (d & amx) != amx) return false;
    constexpr long request_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

}  // namespace

bool has_tiles() {
    static const bool has = ask_for_tiles();
    return has;
}

}  // namespace markhor::cpu

HWY_PUSH_ATTRIBUTES("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,amx-tile,amx-bf16")
namespace markhor::cpu {
namespace {

// What each tile register holds, as LDTILECFG reads it.
struct alignas(64) Configuration {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::array<std::uint8_t, 14> reserved{};
    std::array<std::uint16_t, 16> row_bytes{};
    std::array<std::uint8_t, 16> rows{};
};

// The compiler does not know that tile instructions read memory.
void finish_stores() { std::atomic_signal_fence(std::memory_order_seq_cst); }

// For as long as this lives: registers 0 to 3 are sums, 4 and 5 rows of `pairs` pairs, 6 and 7 so many rows of 16
// pairs.
class Tiles {
public:
    explicit Tiles(std::int64_t pairs) {
        Configuration configuration;
        for (std::size_t i = 0; i < 8; ++i) {
            configuration.row_bytes[i] = static_cast<std::uint16_t>(i == 4 || i == 5 ? pairs * 4 : 64);
            configuration.rows[i] = static_cast<std::uint8_t>(i >= 6 ? pairs : 16);
        }
        finish_stores();
        _tile_loadconfig(&configuration);
    }
    ~Tiles() { _tile_release(); }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;
};

// 32 rows by 32 columns of sums.
void multiply(const TileProduct& p, const std::byte* first, const std::byte* second, const BFloat16* weights,
              float* sums) {
    const std::int64_t row_bytes = p.row_bytes;
    const std::int64_t tile = p.pairs * 32;
    finish_stores();
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (const std::int64_t offset : p.offsets) {
        _tile_loadd(6, weights, 64);
        _tile_loadd(4, first + offset, row_bytes);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, weights + tile, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, second + offset, row_bytes);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        weights += 2 * tile;
    }
    _tile_stored(0, sums, 128);
    _tile_stored(1, sums + 16, 128);
    _tile_stored(2, sums + 16 * 32, 128);
    _tile_stored(3, sums + 16 * 32 + 16, 128);
}

__m512 clamped(__m512 value, __m512 low, __m512 high) {
    // The second operand is the result where one is not a number.
    return _mm512_min_ps(high, _mm512_max_ps(low, value));
}

// Of numbers that are not negative: they are ordered as their bits are, and what is not a number is above them with
// either sign.
__m512i larger(const BFloat16* a, const BFloat16* b) {
    return _mm512_max_epu16(_mm512_loadu_si512(a), _mm512_loadu_si512(b));
}

__m512 widened(__m256i narrow) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(narrow), 16)); }

}  // namespace

void tile_product(const TileProduct& p, const std::byte* x, const BFloat16* weights, const float* bias,
                  const BFloat16* added, std::int32_t limit, BFloat16* y) {
    const Tiles tiles(p.pairs);
    alignas(64) std::array<float, 32 * 32> sums;
    const __m512 low = _mm512_set1_ps(p.clamp.low);
    const __m512 high = _mm512_set1_ps(p.clamp.high);
    for (std::int64_t column = 0; column < p.columns; column += 32) {
        const __m512 bias_0 = bias != nullptr ? _mm512_loadu_ps(bias + column) : _mm512_setzero_ps();
        const __m512 bias_1 = bias != nullptr ? _mm512_loadu_ps(bias + column + 16) : _mm512_setzero_ps();
        for (std::size_t tile = 0; tile < p.starts.size(); tile += 2) {
            multiply(p, x + p.starts[tile], x + p.starts[tile + 1], weights, sums.data());
            const std::int32_t* const places = &p.places[tile * 16];
            for (std::int64_t row = 0; row < 32; ++row) {
                if (places[row] < 0 || places[row] >= limit) continue;
                const std::int64_t at = places[row] * p.columns + column;
                __m512 sum_0 = _mm512_add_ps(_mm512_load_ps(&sums[static_cast<std::size_t>(row * 32)]), bias_0);
                __m512 sum_1 = _mm512_add_ps(_mm512_load_ps(&sums[static_cast<std::size_t>(row * 32 + 16)]), bias_1);
                if (added != nullptr) {
                    sum_0 =
                        _mm512_add_ps(sum_0, widened(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(added + at))));
                    sum_1 = _mm512_add_ps(
                        sum_1, widened(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(added + at + 16))));
                }
                const __m512bh rounded = _mm512_cvtne2ps_pbh(clamped(sum_1, low, high), clamped(sum_0, low, high));
                if (p.streams) {
                    _mm512_stream_si512(reinterpret_cast<__m512i*>(y + at), reinterpret_cast<const __m512i&>(rounded));
                } else {
                    _mm512_storeu_si512(y + at, reinterpret_cast<const __m512i&>(rounded));
                }
            }
        }
        weights += p.steps() * p.pairs * 64;
    }
    if (p.streams) _mm_sfence();
}

void pool_positive(std::int64_t rows, std::int64_t columns, std::int64_t channels, std::int64_t pitch,
                   const BFloat16* x, BFloat16* y) {
    for (std::int64_t row = 0; row < rows; ++row) {
        const BFloat16* above = x + 2 * row * pitch * channels;
        const BFloat16* below = above + pitch * channels;
        for (std::int64_t column = 0; column < columns; ++column, above += 2 * channels, below += 2 * channels) {
            for (std::int64_t c = 0; c < channels; c += 32, y += 32) {
                _mm512_storeu_si512(y, _mm512_max_epu16(larger(above + c, above + channels + c),
                                                        larger(below + c, below + channels + c)));
            }
        }
    }
}

}  // namespace markhor::cpu
HWY_POP_ATTRIBUTES

#else

namespace markhor::cpu {

bool has_tiles() { return false; }
void tile_product(const TileProduct& /*product*/, const std::byte* /*x*/, const BFloat16* /*weights*/,
                  const float* /*bias*/, const BFloat16* /*added*/, std::int32_t /*limit*/, BFloat16* /*y*/) {}
void pool_positive(std::int64_t /*rows*/, std::int64_t /*columns*/, std::int64_t /*channels*/, std::int64_t /*pitch*/,
                   const BFloat16* /*x*/, BFloat16* /*y*/) {}

}  // namespace markhor::cpu
#endif
