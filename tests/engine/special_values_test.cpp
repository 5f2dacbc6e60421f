// NaN and infinities through what kernels do besides their sums: epilogues in registers, swept over results or done by
// oneDNN, and pooling. Every way of computing a convolution and a product takes part.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "engine/engines.hpp"
#include "ops/cases_spatial.hpp"
#include "ops/convolution.hpp"
#include "ops/in_bfloat16.hpp"
#include "ops/matmul.hpp"
#include "ops/pooling.hpp"

namespace markhor::engine {
namespace {

using namespace ops::test;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
const std::vector<float> special{nan, infinity, -infinity, 1e38F, -1e38F, 88, -88, 6, -3, 0, 104, -104};
const std::vector<ops::Epilogue> epilogues{ops::Epilogue::none, ops::Epilogue::relu,      ops::Epilogue::relu6,
                                           ops::Epilogue::silu, ops::Epilogue::hard_silu, ops::Epilogue::sigmoid};

bool is_close(float came, float wanted, float tolerance) {
    if (std::isnan(wanted) || std::isnan(came)) return std::isnan(wanted) && std::isnan(came);
    if (std::isinf(wanted) || std::isinf(came)) return came == wanted;
    return std::abs(came - wanted) <= tolerance * std::max(1.0F, std::abs(wanted));
}

void expect_close(const Tensor& came, const Tensor& wanted, float tolerance, const std::string& what) {
    const Tensor a = came.cast(DType::float32), b = wanted.cast(DType::float32);
    int shown = 0;
    for (std::size_t i = 0; i < b.data<float>().size() && shown < 3; ++i) {
        const float x = a.data<float>()[i], y = b.data<float>()[i];
        if (is_close(x, y, tolerance)) continue;
        ADD_FAILURE() << what << ": element " << i << " is " << x << ", expected " << y;
        ++shown;
    }
}

// Each output channel has a bias of its own that is one of the special numbers: they meet the epilogue in every lane.
void compare(const ops::OpPtr& op, const std::vector<ops::TensorSpec>& specs) {
    const OpCase c = op_case(op, specs);
    std::vector<Tensor> inputs = draw_inputs(c);
    const auto bias = inputs[2].data<float>();
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = special[i % special.size()];
    const Tensor came = run_op(*op, inputs, cpu())[0];
    // 1e-5 of the scale of the sums, which an epilogue like relu6 cuts only afterwards.
    expect_close(came, run_op(*op, inputs, reference())[0], 1e-5F * 30, c.name);
    std::vector<Tensor> narrow = inputs;
    for (const std::size_t i : {0U, 1U}) narrow[i] = inputs[i].cast(DType::bfloat16);
    const ops::InBfloat16 rounded(op, 1);
    expect_close(run_op(rounded, narrow, cpu())[0], run_op(rounded, narrow, reference())[0], 1.0F / 32,
                 c.name + " in bfloat16");
}

struct Sizes {
    std::vector<std::int64_t> image;
    std::int64_t in, out, groups, window, stride;
};

// Winograd; pixel lanes and few channels; 1x1; depthwise of our own and oneDNN's; oneDNN's direct sums over one, two
// and three axes, in groups; channels that fill no vector.
const std::vector<Sizes> sizes{{{18, 18}, 32, 64, 1, 3, 1}, {{13, 11}, 48, 40, 1, 3, 1}, {{14, 13}, 1, 6, 1, 5, 1},
                               {{14, 13}, 3, 32, 1, 3, 2},  {{7, 7}, 40, 200, 1, 1, 1},  {{9, 8}, 24, 19, 1, 1, 2},
                               {{9, 9}, 32, 32, 32, 3, 1},  {{9, 9}, 19, 19, 19, 7, 1},  {{9, 8}, 16, 24, 1, 3, 2},
                               {{9, 8}, 17, 19, 1, 3, 2},   {{21}, 8, 20, 1, 4, 1},      {{5, 6, 5}, 4, 12, 1, 3, 1},
                               {{9, 8}, 24, 36, 3, 3, 1}};

TEST(SpecialValues, PassTheEpiloguesOfConvolutions) {
    for (const Sizes& s : sizes) {
        const ops::Window window = window_for(s.image, s.window, s.stride, 1, Padding::valid);
        const Shape image = image_shape(2, s.image, s.in);
        Shape kernel;
        for (std::size_t axis = 0; axis < s.image.size(); ++axis) kernel.push_back(s.window);
        kernel.push_back(s.in / s.groups);
        kernel.push_back(s.out);
        const std::vector<ops::TensorSpec> inputs{f32(image), f32(kernel), f32({s.out})};
        std::vector<ops::TensorSpec> added = inputs;
        added.push_back(f32(window.output(image, s.out)));
        for (const ops::Epilogue epilogue : epilogues) {
            const auto convolution = [&](const ops::ConvolutionTail& tail) {
                return std::make_shared<ops::Convolution>(window, s.groups, true, tail);
            };
            compare(convolution({.epilogue = epilogue}), inputs);
            compare(convolution({.adds = true, .epilogue = epilogue}), added);
            if (s.image.size() == 2) compare(convolution({.epilogue = epilogue, .pools = true}), inputs);
        }
    }
}

TEST(SpecialValues, PassTheEpiloguesOfProducts) {
    for (const auto& [rows, inner, columns] : std::vector<std::array<std::int64_t, 3>>{
             {1, 300, 128}, {5, 40, 36}, {33, 70, 37}, {200, 150, 100}, {3, 5, 7}}) {
        for (const ops::Epilogue epilogue : epilogues) {
            compare(std::make_shared<ops::MatMul>(false, false, true, epilogue),
                    {f32({rows, inner}), f32({inner, columns}), f32({columns})});
        }
    }
}

// One pixel is NaN. Windows that see it make NaN, whatever follows; those that do not, make numbers. Winograd's tiles
// may make more NaN around it.
TEST(SpecialValues, NaNInAnImageReachesTheWindowsThatSeeIt) {
    for (const Sizes& s : sizes) {
        const ops::Window window = window_for(s.image, s.window, s.stride, 1, Padding::valid);
        const Shape image = image_shape(1, s.image, s.in);
        Shape kernel;
        for (std::size_t axis = 0; axis < s.image.size(); ++axis) kernel.push_back(s.window);
        kernel.push_back(s.in / s.groups);
        kernel.push_back(s.out);
        for (const ops::Epilogue epilogue : epilogues) {
            for (const bool pools : {false, true}) {
                if (pools && s.image.size() != 2) continue;
                const auto op = std::make_shared<ops::Convolution>(
                    window, s.groups, false, ops::ConvolutionTail{.epilogue = epilogue, .pools = pools});
                const OpCase c = op_case(op, {f32(image), f32(kernel)});
                std::vector<Tensor> inputs = draw_inputs(c);
                const std::int64_t middle = inputs[0].size() / s.in / 2;  // a pixel
                std::fill_n(inputs[0].data<float>().begin() + middle * s.in, s.in, nan);
                const Tensor came = run_op(*op, inputs, cpu())[0];
                const Tensor wanted = run_op(*op, inputs, reference())[0];
                const std::string algorithm(cpu().kernel(*op, c.inputs, op->outputs(c.inputs))->algorithm());
                const bool spreads = algorithm.find("winograd") != std::string::npos;
                int wrong = 0, seen = 0;
                for (std::size_t i = 0; i < wanted.data<float>().size(); ++i) {
                    const bool is_nan = std::isnan(came.data<float>()[i]), sees = std::isnan(wanted.data<float>()[i]);
                    seen += sees ? 1 : 0;
                    wrong += sees && !is_nan ? 1 : 0;
                    wrong += !spreads && is_nan && !sees ? 1 : 0;
                }
                EXPECT_GT(seen, 0) << c.name;
                EXPECT_EQ(wrong, 0) << c.name << " by " << algorithm;
            }
        }
    }
}

TEST(SpecialValues, NaNIsTheMaximumOfItsWindowWhereverItLies) {
    for (const std::int64_t channels : {1, 8, 35}) {
        for (std::int64_t place = 0; place < 9; ++place) {
            const auto op = std::make_shared<ops::MaxPool>(window_for({3, 3}, 3, 1, 1, Padding::valid));
            std::vector<Tensor> inputs = draw_inputs(op_case(op, {f32({1, 3, 3, channels})}));
            for (std::int64_t later = place; later < 9; later += 3) {
                inputs[0].data<float>()[static_cast<std::size_t>(later * channels)] = nan;
            }
            for (const graph::Engine* engine : {&reference(), &cpu()}) {
                const std::vector<Tensor> outputs = run_op(*op, inputs, *engine);
                EXPECT_TRUE(std::isnan(outputs[0].data<float>()[0])) << place << " of " << channels;
                EXPECT_EQ(outputs[1].data<std::uint8_t>()[0], place) << "the first NaN's place";
            }
        }
    }
}

}  // namespace
}  // namespace markhor::engine
