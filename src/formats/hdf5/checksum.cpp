#include "formats/hdf5/checksum.hpp"

#include <array>
#include <bit>

namespace markhor::formats::h5 {
namespace {

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr bool compares = false;
#else
constexpr bool compares = true;
#endif

struct Lookup3State {
    std::uint32_t a;
    std::uint32_t b;
    std::uint32_t c;

    void mix() {
        a = (a - c) ^ std::rotl(c, 4);
        c += b;
        b = (b - a) ^ std::rotl(a, 6);
        a += c;
        c = (c - b) ^ std::rotl(b, 8);
        b += a;
        a = (a - c) ^ std::rotl(c, 16);
        c += b;
        b = (b - a) ^ std::rotl(a, 19);
        a += c;
        c = (c - b) ^ std::rotl(b, 4);
        b += a;
    }

    void finish() {
        c = (c ^ b) - std::rotl(b, 14);
        a = (a ^ c) - std::rotl(c, 11);
        b = (b ^ a) - std::rotl(a, 25);
        c = (c ^ b) - std::rotl(b, 16);
        a = (a ^ c) - std::rotl(c, 4);
        b = (b ^ a) - std::rotl(a, 14);
        c = (c ^ b) - std::rotl(b, 24);
    }
};

}  // namespace

std::uint32_t lookup3(std::span<const std::byte> bytes) noexcept {
    const std::uint32_t start = 0xdeadbeefU + static_cast<std::uint32_t>(bytes.size());
    Lookup3State state = {start, start, start};
    if (bytes.empty()) return state.c;
    const auto add = [&](std::span<const std::byte> part) {
        std::array<std::uint32_t, 3> words = {};
        for (std::size_t i = 0; i < part.size(); ++i)
            words[i / 4] += std::to_integer<std::uint32_t>(part[i]) << (8 * (i % 4));
        state.a += words[0];
        state.b += words[1];
        state.c += words[2];
    };
    while (bytes.size() > 12) {
        add(bytes.first(12));
        state.mix();
        bytes = bytes.subspan(12);
    }
    add(bytes);
    state.finish();
    return state.c;
}

std::uint32_t fletcher32(std::span<const std::byte> bytes) noexcept {
    const auto folded = [](std::uint32_t sum) { return (sum & 0xffffU) + (sum >> 16); };
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        const auto second = i + 1 < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + 1]) : 0U;
        low = folded(low + (std::to_integer<std::uint32_t>(bytes[i]) << 8 | second));
        high = folded(high + low);
    }
    return folded(high) << 16 | folded(low);
}

void check_checksum(std::span<const std::byte> bytes, std::uint64_t address, const std::string& where) {
    if (!compares) return;
    if (bytes.size() < 4) fail_at(where, address, "it ends before its checksum");
    Cursor stored(bytes.last(4), address + bytes.size() - 4, {}, where);
    if (stored.u32() != lookup3(bytes.first(bytes.size() - 4))) fail_at(where, address, "its checksum is another");
}

}  // namespace markhor::formats::h5
