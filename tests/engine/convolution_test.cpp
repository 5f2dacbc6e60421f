// Which way the cpu engine computes a convolution, and that each way is exact enough.
#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <markhor/error.hpp>
#include <markhor/precision.hpp>

#include "engine/cpu/simd/winograd.hpp"
#include "engine/engines.hpp"
#include "ops/cases_spatial.hpp"

namespace markhor::engine {
namespace {

using namespace ops::test;

std::string algorithm_of(const OpCase& c) {
    return std::string(cpu().kernel(*c.op, c.inputs, c.op->outputs(c.inputs))->algorithm());
}

// The largest error, over the largest output.
double error_of(const OpCase& c, Range range) {
    OpCase wide = c;
    wide.ranges.assign(c.inputs.size(), range);
    const auto inputs = draw_inputs(wide);
    const Tensor result = run_op(*c.op, inputs, cpu())[0];
    const Tensor exact = run_op(*c.op, inputs, reference())[0];
    double worst = 0;
    double scale = 0;
    for (std::size_t i = 0; i < exact.data<float>().size(); ++i) {
        const auto wanted = static_cast<double>(exact.data<float>()[i]);
        worst = std::max(worst, std::abs(static_cast<double>(result.data<float>()[i]) - wanted));
        scale = std::max(scale, std::abs(wanted));
    }
    return worst / scale;
}

// A convolution and its gradients with 3x3 windows.
std::vector<OpCase> cases_of(std::int64_t batch, std::int64_t size, std::int64_t in_channels,
                             std::int64_t out_channels) {
    std::vector<OpCase> cases;
    add_convolutions(cases, batch, {size, size}, in_channels, out_channels, 1,
                     window_for({size, size}, 3, 1, 1, Padding::valid));
    return cases;
}

class Precision : public testing::Test {
protected:
    void TearDown() override { set_float32_matmul_precision("high"); }
};

TEST_F(Precision, HighIsWithin1e5OfTheScaleWithWinograd) {
    for (const OpCase& c : cases_of(2, 22, 64, 64)) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(algorithm_of(c).find("winograd") != std::string::npos, cpu::winograd_fuses());
        EXPECT_LT(error_of(c, {-1, 1}), 1e-5);
        EXPECT_LT(error_of(c, {0, 1}), 1e-5);  // as after a relu: nothing cancels
    }
}

TEST_F(Precision, WinogradOfZerosIsZeroBesideWhatIsNot) {
    constexpr std::int64_t size = 22, channels = 64, empty = 11, out = size - 2;
    const OpCase c = cases_of(2, size, channels, channels)[0];
    auto inputs = draw_inputs(c);
    const auto x = inputs[0].data<float>();
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (static_cast<std::int64_t>(i) / channels % size < empty) x[i] = 0;
    }
    const auto of_zeros = [&](std::size_t i) {
        return static_cast<std::int64_t>(i) / channels % out + 2 < empty;  // the window's last column
    };
    const Tensor result = run_op(*c.op, inputs, cpu())[0];
    for (std::size_t i = 0; i < result.data<float>().size(); ++i) {
        if (of_zeros(i)) {
            ASSERT_EQ(result.data<float>()[i], 0) << i;
        }
    }
    inputs[1].data<float>()[0] = std::numeric_limits<float>::quiet_NaN();
    const Tensor spoilt = run_op(*c.op, inputs, cpu())[0];
    EXPECT_TRUE(std::isnan(spoilt.data<float>()[0]));
}

TEST_F(Precision, HighestForbidsWinograd) {
    set_float32_matmul_precision("highest");
    EXPECT_EQ(float32_matmul_precision(), "highest");
    for (const OpCase& c : cases_of(2, 22, 64, 64)) EXPECT_EQ(algorithm_of(c).find("winograd"), std::string::npos);
}

TEST_F(Precision, RefusesOtherWords) {
    EXPECT_THROW(set_float32_matmul_precision("medium"), ValueError);
    EXPECT_EQ(float32_matmul_precision(), "high");
}

TEST(ConvolutionChoice, TakesNoWinogradForOneTileOfManyChannels) {
    for (const OpCase& c : cases_of(1, 6, 512, 512)) EXPECT_EQ(algorithm_of(c).find("winograd"), std::string::npos);
}

TEST(ConvolutionChoice, HasKernelsForPicturesOfFewChannels) {
    for (const std::int64_t channels : {1, 3}) {
        for (const OpCase& c : cases_of(4, 40, channels, 32)) {
            SCOPED_TRACE(c.name);
            if (c.op->name() == "convolution_input_gradient") continue;
            EXPECT_EQ(algorithm_of(c), "simd few channels");
            EXPECT_LT(error_of(c, {0, 1}), 1e-5);
        }
    }
}

}  // namespace
}  // namespace markhor::engine
