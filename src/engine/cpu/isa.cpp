// MARKHOR_MAX_ISA is read once, as the library is loaded: Highway and oneDNN choose at their first kernel, for good.
#include "engine/cpu/isa.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <markhor/error.hpp>
#include <string>
#include <utility>

#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/simd/targets.hpp"
// Highway's own headers come after targets.hpp.
#include <hwy/targets.h>

namespace markhor::cpu {
namespace {

constexpr std::array<std::pair<std::string_view, Isa>, 5> names{{{"sse4", Isa::sse4},
                                                                 {"avx2", Isa::avx2},
                                                                 {"avx512", Isa::avx512},
                                                                 {"avx512_bf16", Isa::avx512_bf16},
                                                                 {"amx", Isa::amx}}};

// Unset and empty are alike: no cap.
std::string stated() {
    const char* const text = std::getenv("MARKHOR_MAX_ISA");
    return text != nullptr ? text : "";
}

Isa max_isa() {
    static const Isa isa = isa_named(stated()).value_or(Isa::amx);
    return isa;
}

// A better target of Highway's has a lower bit.
void cap_highway([[maybe_unused]] Isa isa) {
#if HWY_ARCH_X86
    if (isa == Isa::sse4) hwy::DisableTargets(HWY_SSE4 - 1);
    if (isa == Isa::avx2) hwy::DisableTargets(HWY_AVX2 - 1);
    if (isa == Isa::avx512) hwy::DisableTargets(HWY_AVX3 - 1);
#endif
}

const bool is_capped = [] {
    const Isa isa = max_isa();
    if (isa == Isa::amx) return false;
    cap_highway(isa);
    cap_dnnl(isa);
    return true;
}();

}  // namespace

std::optional<Isa> isa_named(std::string_view name) {
    const auto is_same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    for (const auto& [known, isa] : names) {
        if (std::ranges::equal(name, known, is_same)) return isa;
    }
    return std::nullopt;
}

bool allows(Isa isa) { return isa <= max_isa(); }

void check_max_isa() {
    const std::string text = stated();
    if (text.empty() || isa_named(text)) return;
    throw ValueError("the environment variable MARKHOR_MAX_ISA is \"" + text +
                     "\"; expected sse4, avx2, avx512, avx512_bf16 or amx");
}

}  // namespace markhor::cpu
