// Tiles, for the one instruction set that has them.
#include "engine/cpu/simd/tiles.hpp"

#include "engine/cpu/isa.hpp"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <hwy/base.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"  // of GCC 12, about its own intrinsics
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
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
    static const bool has = allows(Isa::amx) && ask_for_tiles();
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

// Tile registers in use for as long as this lives.
class Tiles {
public:
    explicit Tiles(const Configuration& configuration) {
        finish_stores();
        _tile_loadconfig(&configuration);
    }
    ~Tiles() { _tile_release(); }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;
};

// Registers 0 to 3 are sums, 4 and 5 rows of `pairs` pairs, 6 and 7 so many rows of 16 pairs.
Configuration configuration_of_product(std::int64_t pairs) {
    Configuration configuration;
    for (std::size_t i = 0; i < 8; ++i) {
        configuration.row_bytes[i] = static_cast<std::uint16_t>(i == 4 || i == 5 ? pairs * 4 : 64);
        configuration.rows[i] = static_cast<std::uint8_t>(i >= 6 ? pairs : 16);
    }
    return configuration;
}

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

__m512 widened(const BFloat16* narrow) {
    const __m256i values = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(narrow));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16));
}

// Which of 32 values are numbers above 0.
__mmask32 above_zero(const BFloat16* values) {
    const __m512i one = _mm512_set1_epi16(1), infinity = _mm512_set1_epi16(0x7f80);
    return _mm512_cmplt_epu16_mask(_mm512_sub_epi16(_mm512_loadu_si512(values), one), infinity);
}

// Of 32 values those whose maximum was at this place, else 0.
__m512i unpooled(const BFloat16* dy, const std::uint8_t* places, int place) {
    const __m256i winners = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(places));
    const __mmask32 wins = _mm256_cmpeq_epi8_mask(winners, _mm256_set1_epi8(static_cast<char>(place)));
    return _mm512_maskz_mov_epi16(wins, _mm512_loadu_si512(dy));
}

}  // namespace

void tile_product(const TileProduct& p, const TileOperands& on) {
    const Configuration configuration = configuration_of_product(p.pairs);
    const Tiles tiles(configuration);
    alignas(64) std::array<float, 32 * 32> sums;
    const __m512 low = _mm512_set1_ps(p.clamp.low);
    const __m512 high = _mm512_set1_ps(p.clamp.high);
    const std::int64_t panel = p.steps() * p.pairs * 64;
    const BFloat16* weights = on.weights + on.first_column / 32 * panel;
    const std::int64_t last_column = on.last_column < 0 ? p.columns : on.last_column;
    for (std::int64_t column = on.first_column; column < last_column; column += 32, weights += panel) {
        const __m512 bias_0 = on.bias != nullptr ? _mm512_loadu_ps(on.bias + column) : _mm512_setzero_ps();
        const __m512 bias_1 = on.bias != nullptr ? _mm512_loadu_ps(on.bias + column + 16) : _mm512_setzero_ps();
        for (std::size_t tile = 0; tile < static_cast<std::size_t>(on.tiles); tile += 2) {
            multiply(p, on.x + p.starts[tile], on.x + p.starts[tile + 1], weights, sums.data());
            const std::int32_t* const places = &p.places[tile * 16];
            for (std::int64_t row = 0; row < 32; ++row) {
                if (places[row] < 0 || places[row] >= on.limit) continue;
                const std::int64_t at = places[row] * p.columns + column;
                __m512 sum_0 = _mm512_add_ps(_mm512_load_ps(&sums[static_cast<std::size_t>(row * 32)]), bias_0);
                __m512 sum_1 = _mm512_add_ps(_mm512_load_ps(&sums[static_cast<std::size_t>(row * 32 + 16)]), bias_1);
                if (on.added != nullptr) {
                    sum_0 = _mm512_add_ps(sum_0, widened(on.added + at));
                    sum_1 = _mm512_add_ps(sum_1, widened(on.added + at + 16));
                }
                const __m512bh rounded = _mm512_cvtne2ps_pbh(clamped(sum_1, low, high), clamped(sum_0, low, high));
                __m512i result = reinterpret_cast<const __m512i&>(rounded);
                if (on.mask != nullptr) result = _mm512_maskz_mov_epi16(above_zero(on.mask + at), result);
                if (p.streams) {
                    _mm512_stream_si512(reinterpret_cast<__m512i*>(on.y + at), result);
                } else {
                    _mm512_storeu_si512(on.y + at, result);
                }
            }
        }
    }
    if (p.streams) _mm_sfence();
}

void pool_positive(std::int64_t rows, std::int64_t columns, std::int64_t channels, std::int64_t pitch,
                   const BFloat16* x, BFloat16* y, std::uint8_t* places) {
    for (std::int64_t row = 0; row < rows; ++row) {
        const BFloat16* above = x + 2 * row * pitch * channels;
        const BFloat16* below = above + pitch * channels;
        for (std::int64_t column = 0; column < columns; ++column, above += 2 * channels, below += 2 * channels) {
            for (std::int64_t c = 0; c < channels; c += 32, y += 32) {
                // Such numbers are ordered as their bits are, and what is not a number is above them with either sign.
                const __m512i values[4] = {_mm512_loadu_si512(above + c), _mm512_loadu_si512(above + channels + c),
                                           _mm512_loadu_si512(below + c), _mm512_loadu_si512(below + channels + c)};
                const __m512i largest =
                    _mm512_max_epu16(_mm512_max_epu16(values[0], values[1]), _mm512_max_epu16(values[2], values[3]));
                _mm512_storeu_si512(y, largest);
                if (places == nullptr) continue;
                __m256i place = _mm256_set1_epi8(3);
                for (int i = 2; i >= 0; --i) {
                    place = _mm256_mask_mov_epi8(place, _mm512_cmpeq_epi16_mask(values[i], largest),
                                                 _mm256_set1_epi8(static_cast<char>(i)));
                }
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(places), place);
                places += 32;
            }
        }
    }
}

void unpool_row(int row, std::int64_t columns, std::int64_t channels, const BFloat16* dy, const std::uint8_t* places,
                BFloat16* to) {
    for (std::int64_t column = 0; column < columns; ++column, to += 2 * channels) {
        for (std::int64_t c = 0; c < channels; c += 32, dy += 32, places += 32) {
            _mm512_storeu_si512(to + c, unpooled(dy, places, 2 * row));
            _mm512_storeu_si512(to + channels + c, unpooled(dy, places, 2 * row + 1));
        }
    }
}

namespace {

// Two products at once, each for some taps.
struct Sums {
    std::array<const BFloat16*, 2> a, b;
    const std::int64_t* shifts;
    std::int64_t pitch_bytes, steps;
    std::array<float*, 2> sums;
    std::int64_t tap;  // values of sums from one tap to the next
};

// Registers 0 to 5 are sums, 6 rows of a, 7 pairs of b.
template <int taps>
void accumulate(const Sums& s) {
    static_assert(taps >= 1 && taps <= 3);
    const BFloat16 *a_0 = s.a[0], *a_1 = s.a[1], *b_0 = s.b[0], *b_1 = s.b[1];
    const std::int64_t second = taps > 1 ? s.shifts[1] : 0;
    const std::int64_t third = taps > 2 ? s.shifts[2] : 0;
    const std::int64_t first = s.shifts[0];
    finish_stores();
    _tile_loadd(0, s.sums[0], 64);
    _tile_loadd(3, s.sums[1], 64);
    if constexpr (taps > 1) {
        _tile_loadd(1, s.sums[0] + s.tap, 64);
        _tile_loadd(4, s.sums[1] + s.tap, 64);
    }
    if constexpr (taps > 2) {
        _tile_loadd(2, s.sums[0] + 2 * s.tap, 64);
        _tile_loadd(5, s.sums[1] + 2 * s.tap, 64);
    }
    for (std::int64_t step = 0; step < s.steps; ++step) {
        _tile_loadd(7, b_0, 64);
        _tile_loadd(6, a_0 + first, s.pitch_bytes);
        _tile_dpbf16ps(0, 6, 7);
        if constexpr (taps > 1) {
            _tile_loadd(6, a_0 + second, s.pitch_bytes);
            _tile_dpbf16ps(1, 6, 7);
        }
        if constexpr (taps > 2) {
            _tile_loadd(6, a_0 + third, s.pitch_bytes);
            _tile_dpbf16ps(2, 6, 7);
        }
        _tile_loadd(7, b_1, 64);
        _tile_loadd(6, a_1 + first, s.pitch_bytes);
        _tile_dpbf16ps(3, 6, 7);
        if constexpr (taps > 1) {
            _tile_loadd(6, a_1 + second, s.pitch_bytes);
            _tile_dpbf16ps(4, 6, 7);
        }
        if constexpr (taps > 2) {
            _tile_loadd(6, a_1 + third, s.pitch_bytes);
            _tile_dpbf16ps(5, 6, 7);
        }
        a_0 += tile_depth;
        a_1 += tile_depth;
        b_0 += tile_rows * tile_depth;
        b_1 += tile_rows * tile_depth;
    }
    _tile_stored(0, s.sums[0], 64);
    _tile_stored(3, s.sums[1], 64);
    if constexpr (taps > 1) {
        _tile_stored(1, s.sums[0] + s.tap, 64);
        _tile_stored(4, s.sums[1] + s.tap, 64);
    }
    if constexpr (taps > 2) {
        _tile_stored(2, s.sums[0] + 2 * s.tap, 64);
        _tile_stored(5, s.sums[1] + 2 * s.tap, 64);
    }
}

// 16 x 16 values of 32 bits.
struct Square {
    __m512i& operator[](std::size_t row) { return rows[row]; }
    __m512i rows[16];  // NOLINT(modernize-avoid-c-arrays): std::array warns of the type's alignment
};

void transpose(Square& v) {
    Square t;
    for (std::size_t i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (std::size_t i = 0; i < 16; i += 4) {
        v[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        v[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        v[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        v[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    // v[4 * q + r] holds columns r, r + 4, r + 8, r + 12 of rows 4 * q to 4 * q + 3, a lane each.
    for (std::size_t r = 0; r < 4; ++r) {
        t[r] = _mm512_shuffle_i32x4(v[r], v[r + 4], 0x88);
        t[r + 4] = _mm512_shuffle_i32x4(v[r], v[r + 4], 0xdd);
        t[r + 8] = _mm512_shuffle_i32x4(v[r + 8], v[r + 12], 0x88);
        t[r + 12] = _mm512_shuffle_i32x4(v[r + 8], v[r + 12], 0xdd);
    }
    for (std::size_t r = 0; r < 4; ++r) {
        v[r] = _mm512_shuffle_i32x4(t[r], t[r + 8], 0x88);
        v[r + 8] = _mm512_shuffle_i32x4(t[r], t[r + 8], 0xdd);
        v[r + 4] = _mm512_shuffle_i32x4(t[r + 4], t[r + 12], 0x88);
        v[r + 12] = _mm512_shuffle_i32x4(t[r + 4], t[r + 12], 0xdd);
    }
}

// Which of 64 values make pairs of two vectors' lower halves; 16 more, of their upper halves.
__m512i pairs_of_lower() {
    alignas(64) std::array<std::uint16_t, 32> from{};
    for (std::size_t i = 0; i < 32; ++i) from[i] = static_cast<std::uint16_t>(i / 2 + i % 2 * 32);
    return _mm512_load_si512(from.data());
}

// 32 pixels of 32 channels.
void transpose_block(const BFloat16* x, std::int64_t channels, std::int64_t pitch, BFloat16* to, __m512i lower,
                     __m512i upper) {
    Square first, second;
    for (std::size_t pair = 0; pair < 16; ++pair) {
        const BFloat16* const pixel = x + static_cast<std::int64_t>(pair) * 2 * channels;
        const __m512i even = _mm512_loadu_si512(pixel);
        const __m512i odd = _mm512_loadu_si512(pixel + channels);
        first[pair] = _mm512_permutex2var_epi16(even, lower, odd);
        second[pair] = _mm512_permutex2var_epi16(even, upper, odd);
    }
    transpose(first);
    for (std::size_t c = 0; c < 16; ++c) _mm512_storeu_si512(to + static_cast<std::int64_t>(c) * pitch, first[c]);
    transpose(second);
    for (std::size_t c = 0; c < 16; ++c) _mm512_storeu_si512(to + static_cast<std::int64_t>(c + 16) * pitch, second[c]);
}

}  // namespace

void add_products(const TileSums& s, std::int64_t steps, const BFloat16* a, const BFloat16* b, float* sums) {
    Configuration configuration;
    for (std::size_t i = 0; i < 8; ++i) {
        configuration.row_bytes[i] = 64;
        configuration.rows[i] = static_cast<std::uint8_t>(i == 7 ? 16 : s.rows);
    }
    const Tiles tiles(configuration);
    const bool two_of_a = s.a_tiles % 2 == 0;
    const auto taps = static_cast<std::int64_t>(s.shifts.size());
    constexpr std::int64_t tile = tile_rows * tile_rows;
    Sums now{.a = {}, .b = {}, .shifts = nullptr, .pitch_bytes = s.a_pitch * 2, .steps = steps, .sums = {}, .tap = 0};
    now.tap = s.a_tiles * s.b_tiles * tile;
    for (std::int64_t at_a = 0; at_a < s.a_tiles; at_a += two_of_a ? 2 : 1) {
        for (std::int64_t tap = 0; tap < taps; tap += 3) {
            for (std::int64_t at_b = 0; at_b < s.b_tiles; at_b += two_of_a ? 1 : 2) {
                for (std::size_t i = 0; i < 2; ++i) {
                    const std::int64_t tile_a = at_a + (two_of_a ? static_cast<std::int64_t>(i) : 0);
                    const std::int64_t tile_b = at_b + (two_of_a ? 0 : static_cast<std::int64_t>(i));
                    now.a[i] = a + tile_a * s.rows * s.a_pitch;
                    now.b[i] = b + tile_b * s.b_pitch;
                    now.sums[i] = sums + tap * now.tap + (tile_a * s.b_tiles + tile_b) * tile;
                }
                now.shifts = &s.shifts[static_cast<std::size_t>(tap)];
                switch (std::min<std::int64_t>(taps - tap, 3)) {
                    case 1: accumulate<1>(now); break;
                    case 2: accumulate<2>(now); break;
                    default: accumulate<3>(now); break;
                }
            }
        }
    }
}

void pack_columns(const TileProduct& p, std::int64_t first, std::int64_t last, const BFloat16* matrix,
                  BFloat16* weights) {
    const __m512i lower = pairs_of_lower();
    const __m512i upper = _mm512_add_epi16(lower, _mm512_set1_epi16(16));
    for (std::int64_t column = first; column < last; column += 32) {
        BFloat16* to = weights + column / 32 * p.steps() * 2 * tile_rows * tile_depth;
        const BFloat16* row = matrix + column;
        for (std::int64_t step = 0; step < p.steps(); ++step, to += tile_rows * tile_depth) {
            for (std::int64_t pair = 0; pair < tile_rows; ++pair, row += 2 * p.columns, to += tile_depth) {
                const __m512i even = _mm512_loadu_si512(row);
                const __m512i odd = _mm512_loadu_si512(row + p.columns);
                _mm512_storeu_si512(to, _mm512_permutex2var_epi16(even, lower, odd));
                _mm512_storeu_si512(to + tile_rows * tile_depth, _mm512_permutex2var_epi16(even, upper, odd));
            }
        }
    }
}

void pad_channels(std::int64_t pixels, const BFloat16* from, BFloat16* to) {
    std::int64_t pixel = 0;
    const __m128i apart = _mm_setr_epi8(0, 1, 2, 3, 4, 5, -1, -1, 6, 7, 8, 9, 10, 11, -1, -1);
    for (; pixel + 3 <= pixels; pixel += 2, from += 6, to += 8) {  // reads 8 values
        const __m128i two = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_shuffle_epi8(two, apart));
    }
    for (; pixel < pixels; ++pixel, from += 3, to += 4) {
        std::copy_n(from, 3, to);
        to[3] = BFloat16(0.0F);
    }
}

void transpose_pixels(std::int64_t pixels, std::int64_t length, std::int64_t channels, const BFloat16* x,
                      std::int64_t pitch, BFloat16* to) {
    const __m512i lower = pairs_of_lower();
    const __m512i upper = _mm512_add_epi16(lower, _mm512_set1_epi16(16));
    alignas(64) std::array<BFloat16, 32 * 32> part;
    for (std::int64_t pixel = 0; pixel < length; pixel += 32) {
        const std::int64_t there = std::clamp<std::int64_t>(pixels - pixel, 0, 32);
        for (std::int64_t c = 0; c < channels; c += 32) {
            const BFloat16* from = x + pixel * channels + c;
            if (there < 32) {
                part.fill(BFloat16(0.0F));
                for (std::int64_t i = 0; i < there; ++i)
                    std::copy_n(from + i * channels, 32, &part[static_cast<std::size_t>(i * 32)]);
            }
            transpose_block(there < 32 ? part.data() : from, there < 32 ? 32 : channels, pitch, to + c * pitch + pixel,
                            lower, upper);
        }
    }
}

void pair_pixels(const GradientRows& rows, std::int64_t pitch, std::int64_t b_pitch, BFloat16* to, float* totals) {
    const __m512i lower = pairs_of_lower();
    const __m512i upper = _mm512_add_epi16(lower, _mm512_set1_epi16(16));
    const __m512i ones = _mm512_set1_epi16(0x3f80);  // of bfloat16
    const __m512bh one = reinterpret_cast<const __m512bh&>(ones);
    const std::int64_t channels = rows.channels;
    const std::int64_t pairs = rows.width / 2;  // whole ones
    for (std::int64_t c = 0; c < channels; c += 32) {
        BFloat16* first = to + c / 16 * b_pitch;
        BFloat16* second = first + b_pitch;
        __m512 total_0 = _mm512_loadu_ps(totals + c);
        __m512 total_1 = _mm512_loadu_ps(totals + c + 16);
        for (std::int64_t row = rows.first; row < rows.first + rows.count; ++row) {
            const bool pools = rows.places != nullptr;
            const bool has_any = !pools || row / 2 < rows.height / 2;
            const std::int64_t at = (pools ? row / 2 * pairs : row * rows.width) * channels + c;
            const int place = static_cast<int>(row % 2 * 2);
            for (std::int64_t pair = 0; pair < pitch / 2; ++pair, first += 32, second += 32) {
                __m512i even = _mm512_setzero_si512(), odd = even;
                if (pools) {
                    if (pair < pairs && has_any) {
                        even = unpooled(rows.dy + at + pair * channels, rows.places + at + pair * channels, place);
                        odd = unpooled(rows.dy + at + pair * channels, rows.places + at + pair * channels, place + 1);
                    }
                } else {
                    if (2 * pair < rows.width) even = _mm512_loadu_si512(rows.dy + at + 2 * pair * channels);
                    if (pair < pairs) odd = _mm512_loadu_si512(rows.dy + at + (2 * pair + 1) * channels);
                }
                const __m512i pairs_0 = _mm512_permutex2var_epi16(even, lower, odd);
                const __m512i pairs_1 = _mm512_permutex2var_epi16(even, upper, odd);
                _mm512_storeu_si512(first, pairs_0);
                _mm512_storeu_si512(second, pairs_1);
                total_0 = _mm512_dpbf16_ps(total_0, reinterpret_cast<const __m512bh&>(pairs_0), one);
                total_1 = _mm512_dpbf16_ps(total_1, reinterpret_cast<const __m512bh&>(pairs_1), one);
            }
        }
        _mm512_storeu_ps(totals + c, total_0);
        _mm512_storeu_ps(totals + c + 16, total_1);
    }
}

}  // namespace markhor::cpu
HWY_POP_ATTRIBUTES

#else

namespace markhor::cpu {

bool has_tiles() { return false; }
void tile_product(const TileProduct& /*product*/, const TileOperands& /*on*/) {}
void pack_columns(const TileProduct& /*product*/, std::int64_t /*first*/, std::int64_t /*last*/,
                  const BFloat16* /*matrix*/, BFloat16* /*weights*/) {}
void pad_channels(std::int64_t /*pixels*/, const BFloat16* /*from*/, BFloat16* /*to*/) {}
void pool_positive(std::int64_t /*rows*/, std::int64_t /*columns*/, std::int64_t /*channels*/, std::int64_t /*pitch*/,
                   const BFloat16* /*x*/, BFloat16* /*y*/, std::uint8_t* /*places*/) {}
void unpool_row(int /*row*/, std::int64_t /*columns*/, std::int64_t /*channels*/, const BFloat16* /*dy*/,
                const std::uint8_t* /*places*/, BFloat16* /*to*/) {}
void add_products(const TileSums& /*s*/, std::int64_t /*steps*/, const BFloat16* /*a*/, const BFloat16* /*b*/,
                  float* /*sums*/) {}
void transpose_pixels(std::int64_t /*pixels*/, std::int64_t /*length*/, std::int64_t /*channels*/,
                      const BFloat16* /*x*/, std::int64_t /*pitch*/, BFloat16* /*to*/) {}
void pair_pixels(const GradientRows& /*rows*/, std::int64_t /*pitch*/, std::int64_t /*b_pitch*/, BFloat16* /*to*/,
                 float* /*totals*/) {}

}  // namespace markhor::cpu
#endif
