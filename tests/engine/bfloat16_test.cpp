// Values in bfloat16: rounding is exact, and every case of every op that reads and writes it computes on the cpu engine
// what the reference engine computes, but for the last rounding.
#include "engine/in_bfloat16.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "engine/cpu/simd/bfloat16.hpp"
#include "engine/engines.hpp"
#include "engine/support.hpp"
#include "ops/cases.hpp"
#include "ops/convolution.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::engine {
namespace {

using namespace ops::test;

std::uint16_t bits_of(float value) { return BFloat16(value).bits(); }
float value_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }

TEST(BFloat16, RoundsToNearestAndTiesToEven) {
    EXPECT_EQ(bits_of(1.0F), 0x3f80);
    EXPECT_EQ(bits_of(value_of(0x3f808000)), 0x3f80);  // a tie: the even one is below
    EXPECT_EQ(bits_of(value_of(0x3f808001)), 0x3f81);
    EXPECT_EQ(bits_of(value_of(0x3f818000)), 0x3f82);  // a tie: the even one is above
    EXPECT_EQ(bits_of(value_of(0xbf817fff)), 0xbf81);
    EXPECT_EQ(bits_of(-0.0F), 0x8000);
    EXPECT_EQ(bits_of(std::numeric_limits<float>::max()), 0x7f80);                // infinite
    EXPECT_EQ(bits_of(value_of(0x7f7f7fff)), 0x7f7f);                             // the largest that is not
    EXPECT_EQ(bits_of(value_of(0x00008001)), 0x0001);                             // the smallest
    EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(value_of(0x7f800001)))));  // its upper half is an infinity's
}

TEST(BFloat16, TensorsAreCastToItAndBack) {
    const Tensor tensor = Tensor::from<float>({3}, {1.0F, 3.14159F, -257.0F});
    const Tensor narrow = tensor.cast(DType::bfloat16);
    EXPECT_EQ(narrow.bytes(), 6U);
    EXPECT_EQ(name_of(narrow.dtype()), "bfloat16");
    const Tensor back = narrow.cast(DType::float32);
    EXPECT_EQ(back.data<float>()[1], 3.140625F);
    EXPECT_EQ(back.data<float>()[2], -256.0F);
    EXPECT_EQ(narrow.cast(DType::int32).data<std::int32_t>()[2], -256);
}

TEST(BFloat16, VectorsConvertAsSingleValuesDo) {
    std::vector<float> values;
    for (std::uint32_t upper = 0; upper < 0x10000; ++upper) {
        for (const std::uint32_t lower : {0x0000U, 0x7fffU, 0x8000U, 0x8001U})
            values.push_back(value_of(upper << 16U | lower));
    }
    for (const std::size_t count : {values.size(), std::size_t{1}, std::size_t{13}}) {  // whole vectors, and parts
        std::vector<BFloat16> narrow(count);
        std::vector<float> wide(count);
        cpu::round(static_cast<std::int64_t>(count), values.data(), narrow.data());
        cpu::widen(static_cast<std::int64_t>(count), narrow.data(), wide.data());
        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(narrow[i].bits(), bits_of(values[i])) << std::bit_cast<std::uint32_t>(values[i]);
            ASSERT_EQ(std::bit_cast<std::uint32_t>(wide[i]), std::uint32_t{narrow[i].bits()} << 16U);
        }
    }
}

// Biases, scales and statistics are of one axis, and stay float32 in graphs; `all`: not even they.
void compare_engines(bool all) {
    int cases = 0;
    for (const OpCase& c : all_op_cases()) {
        if (c.op->is_view() || ops::as<ops::Cast>(*c.op) != nullptr ||
            c.op->outputs(c.inputs)[0].dtype != DType::float32)
            continue;
        std::vector<Tensor> inputs = draw_inputs(c);
        bool narrowed = false;
        for (Tensor& input : inputs) {
            if (input.dtype() != DType::float32 || (!all && input.shape().rank() < 2)) continue;
            input = input.cast(DType::bfloat16);
            narrowed = true;
        }
        if (!narrowed) continue;
        const bool rounds = ops::as<ops::ConvolutionWeightGradient>(*c.op) == nullptr;
        const ops::InBfloat16 op(c.op, rounds ? 1 : 0);
        SCOPED_TRACE(c.name);
        const auto expected = run_op(op, inputs, reference());
        const auto outputs = run_op(op, inputs, cpu());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_EQ(outputs[i].dtype(), expected[i].dtype());
            // bfloat16's numbers are up to 2^-7 of their value apart, and a sum that two engines order differently may
            // fall to either side of the middle.
            const double tolerance = expected[i].dtype() == DType::bfloat16 ? 1.0 / 128 : 1e-5;
            EXPECT_LE(difference(outputs[i], expected[i]), tolerance) << "output " << i;
        }
        ++cases;
    }
    EXPECT_GT(cases, 50);
}

TEST(BFloat16, TheCpuEngineAgreesWithTheReferenceEngine) { compare_engines(false); }
TEST(BFloat16, AlsoWhereBiasesAreBfloat16) { compare_engines(true); }

TEST(BFloat16, AnOpReadsAndRoundsWhatItsSpecsSay) {
    const ops::InBfloat16 op(std::make_shared<ops::Binary>(ops::BinaryKind::add), 1);
    const auto specs = op.outputs(std::vector<ops::TensorSpec>{{DType::bfloat16, {2, 3}}, {DType::float32, {3}}});
    EXPECT_EQ(specs, (std::vector<ops::TensorSpec>{{DType::bfloat16, {2, 3}}}));
    // 6 of bfloat16 in and out, 3 of float32.
    EXPECT_EQ(op.cost(std::vector<ops::TensorSpec>{{DType::bfloat16, {2, 3}}, {DType::float32, {3}}}, specs).bytes, 36);
    const Tensor x = Tensor::from<float>({2}, {1.0F, 2.0F}).cast(DType::bfloat16);
    const Tensor y = Tensor::from<float>({2}, {0.00390625F, 0.01171875F});
    for (const graph::Engine* engine : {&reference(), &cpu()}) {
        const Tensor sum = run_op(op, {x, y}, *engine)[0].cast(DType::float32);
        EXPECT_EQ(sum.data<float>()[0], 1.0F);       // 1 + 2^-8 is a tie
        EXPECT_EQ(sum.data<float>()[1], 2.015625F);  // 2 + 3 * 2^-8 goes up
    }
}

}  // namespace
}  // namespace markhor::engine
