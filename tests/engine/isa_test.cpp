// MARKHOR_MAX_ISA: its names, and that no kernel goes beyond the one it gives. scripts/check-isa.sh runs these and all
// other tests of kernels with each that the machine has.
#include "engine/cpu/isa.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/simd/targets.hpp"
#include "engine/cpu/simd/tiles.hpp"
#include "engine/engines.hpp"
#include "ops/cases.hpp"
// Highway's own headers come after targets.hpp.
#include <hwy/targets.h>

namespace markhor::engine {
namespace {

using cpu::Isa;

TEST(MaxIsa, HasNamesInEitherCase) {
    EXPECT_EQ(cpu::isa_named("sse4"), Isa::sse4);
    EXPECT_EQ(cpu::isa_named("AVX2"), Isa::avx2);
    EXPECT_EQ(cpu::isa_named("Avx512"), Isa::avx512);
    EXPECT_EQ(cpu::isa_named("avx512_BF16"), Isa::avx512_bf16);
    EXPECT_EQ(cpu::isa_named("amx"), Isa::amx);
    for (const char* other : {"", "sse", "avx", "avx51", "avx512_", "avx512_bf16 ", "none"}) {
        EXPECT_EQ(cpu::isa_named(other), std::nullopt) << other;
    }
}

TEST(MaxIsa, CapsEveryKernel) {
    EXPECT_TRUE(cpu::allows(Isa::sse4));
    if (!cpu::allows(Isa::amx)) {
        EXPECT_FALSE(cpu::has_tiles());
    }
    if (!cpu::allows(Isa::avx512_bf16)) {
        EXPECT_FALSE(cpu::has_bfloat16_products());
    }
#if HWY_ARCH_X86
    const std::int64_t targets = hwy::SupportedTargets();
    hwy::GetChosenTarget()
        .DeInit();  // or kernels would be chosen without the cap from here on: SupportedTargets() does
    if (!cpu::allows(Isa::avx512)) {
        EXPECT_EQ(targets & (HWY_AVX2 - 1), 0);
    }
    if (!cpu::allows(Isa::avx2)) {
        EXPECT_EQ(targets & (HWY_SSE4 - 1), 0);
    }
#endif
    for (const ops::test::OpCase& c : ops::test::all_op_cases()) {
        const std::string algorithm(cpu().kernel(*c.op, c.inputs, c.op->outputs(c.inputs))->algorithm());
        if (!cpu::allows(Isa::avx512)) {
            EXPECT_EQ(algorithm.find("avx512"), std::string::npos) << algorithm;
        }
        if (!cpu::allows(Isa::avx2)) {
            EXPECT_EQ(algorithm.find("avx"), std::string::npos) << algorithm;
        }
        EXPECT_EQ(algorithm.find("dw:sse41"), std::string::npos) << c.name;
    }
}

}  // namespace
}  // namespace markhor::engine
