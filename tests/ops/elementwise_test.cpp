// Functions of one and of two elements: formulas, kinks, extremes, broadcasting, gradients.
#include "ops/elementwise.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "cases_dense.hpp"
#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> results_of(const Op& op, const std::vector<double>& x) {
    return run_values(op, {doubles({static_cast<std::int64_t>(x.size())}, x)});
}

// The gradient of a kind at x for an upstream gradient of 1.
std::vector<double> slope(UnaryKind kind, const std::vector<double>& x, double a = 0, double b = 0, double c = 0) {
    const Shape shape{static_cast<std::int64_t>(x.size())};
    const UnaryGradient op(kind, a, b, c);
    const Tensor reference = op.uses_output()
                                 ? run_op(Unary(kind, a, b, c), {doubles(shape, x)}, engine::reference())[0]
                                 : doubles(shape, x);
    return run_values(op, {doubles(shape, std::vector<double>(x.size(), 1.0)), reference});
}

TEST(Unary, KeepsShapeAndTakesOnlyFloats) {
    EXPECT_EQ(output_shape(Unary(UnaryKind::tanh), {f32({2, 3})}), (Shape{2, 3}));
    EXPECT_EQ(output_shape(Unary(UnaryKind::tanh), {f64({})}), Shape{});
    expect_refusal(Unary(UnaryKind::tanh), {u8({2, 3})}, "takes float32 or float64; uint8 came");
    expect_refusal(UnaryGradient(UnaryKind::tanh), {f32({2, 3}), f32({2})},
                   "the output has shape (2,); (2, 3) is wanted");
    expect_refusal(UnaryGradient(UnaryKind::silu), {f32({2, 3}), f32({2})},
                   "the input has shape (2,); (2, 3) is wanted");
}

TEST(Unary, HasTheFormulasOfKerasActivations) {
    // Worked out apart from this code, in double, from the formulas that keras.activations documents.
    const std::vector<double> x{-2.5, -0.5, 0, 1, 4};
    const auto expect = [&](UnaryKind kind, double a, const std::vector<double>& wanted) {
        expect_near(results_of(Unary(kind, a), x), wanted, 1e-6);
    };
    expect(UnaryKind::sigmoid, 0, {0.07585818, 0.37754067, 0.5, 0.73105858, 0.98201379});
    expect(UnaryKind::softplus, 0, {0.07888973, 0.47407698, 0.69314718, 1.31326169, 4.01814993});
    expect(UnaryKind::log_sigmoid, 0, {-2.57888973, -0.97407698, -0.69314718, -0.31326169, -0.01814993});
    expect(UnaryKind::softsign, 0, {-2.5 / 3.5, -0.5 / 1.5, 0, 0.5, 0.8});
    expect(UnaryKind::elu, 1, {-0.917915, -0.39346934, 0, 1, 4});
    expect(UnaryKind::elu, 0.5, {-0.4589575, -0.19673467, 0, 1, 4});
    expect(UnaryKind::selu, 0, {-1.61378575, -0.69175818, 0, 1.05070098, 4.20280392});
    expect(UnaryKind::gelu, 0, {-0.01552416, -0.15426877, 0, 0.84134475, 3.99987332});
    expect(UnaryKind::gelu, 1, {-0.01508427, -0.15428599, 0, 0.84119199, 3.99992975});
    expect(UnaryKind::silu, 0, {-0.18964545, -0.18877033, 0, 0.73105858, 3.92805516});
    expect(UnaryKind::hard_sigmoid, 0, {0.5 / 6, 2.5 / 6, 0.5, 4.0 / 6, 1});
    expect(UnaryKind::mish, 0, {-0.1968162, -0.22074377, 0, 0.86509839, 3.99741281});
}

TEST(Unary, HasTheFormulasOfItsName) {
    EXPECT_EQ(results_of(Unary(UnaryKind::square), {-3, 2}), (std::vector<double>{9, 4}));
    EXPECT_EQ(results_of(Unary(UnaryKind::absolute), {-3, 2}), (std::vector<double>{3, 2}));
    EXPECT_EQ(results_of(Unary(UnaryKind::negate), {-3, 2}), (std::vector<double>{3, -2}));
    EXPECT_EQ(results_of(Unary(UnaryKind::reciprocal), {-4, 2}), (std::vector<double>{-0.25, 0.5}));
    EXPECT_EQ(results_of(Unary(UnaryKind::sqrt), {9, 2.25}), (std::vector<double>{3, 1.5}));
    EXPECT_EQ(results_of(Unary(UnaryKind::scale, 2, -1), {-3, 2}), (std::vector<double>{-7, 3}));
    EXPECT_EQ(results_of(Unary(UnaryKind::clip, -1, 2), {-3, 0.5, 7}), (std::vector<double>{-1, 0.5, 2}));
    expect_near(results_of(Unary(UnaryKind::log), {1, std::exp(2.0)}), {0, 2});
    expect_near(results_of(Unary(UnaryKind::exponential), {0, 1}), {1, std::exp(1.0)});
    expect_near(results_of(Unary(UnaryKind::tanh), {0, 0.5}), {0, std::tanh(0.5)});
}

TEST(Unary, ReluHasMaximumSlopeAndThreshold) {
    EXPECT_EQ(results_of(Unary(UnaryKind::relu, infinity), {-2, 0, 3}), (std::vector<double>{0, 0, 3}));
    EXPECT_EQ(results_of(Unary(UnaryKind::relu, 6), {-2, 3, 6, 7}), (std::vector<double>{0, 3, 6, 6}));
    expect_near(results_of(Unary(UnaryKind::relu, infinity, 0.1), {-2, 3}), {-0.2, 3});
    expect_near(results_of(Unary(UnaryKind::relu, 2, 0.2, 0.5), {-1, 0.25, 0.5, 1, 2, 5}), {-0.3, -0.05, 0, 1, 2, 2});
    EXPECT_EQ(results_of(Unary(UnaryKind::relu, infinity, 0, 1), {0.5, 1, 2}), (std::vector<double>{0, 0, 2}));
    EXPECT_EQ(results_of(Unary(UnaryKind::relu, infinity), {-infinity, infinity}), (std::vector<double>{0, infinity}));
}

TEST(Unary, DoesNotOverflow) {
    const std::vector<double> extremes{-1000, 1000};
    EXPECT_EQ(results_of(Unary(UnaryKind::sigmoid), extremes), (std::vector<double>{0, 1}));
    EXPECT_EQ(results_of(Unary(UnaryKind::softplus), extremes), (std::vector<double>{0, 1000}));
    EXPECT_EQ(results_of(Unary(UnaryKind::log_sigmoid), extremes), (std::vector<double>{-1000, 0}));
    EXPECT_EQ(results_of(Unary(UnaryKind::mish), extremes), (std::vector<double>{0, 1000}));
    EXPECT_EQ(results_of(Unary(UnaryKind::silu), extremes), (std::vector<double>{0, 1000}));
    EXPECT_EQ(results_of(Unary(UnaryKind::elu, 1), extremes), (std::vector<double>{-1, 1000}));
    for (const UnaryKind kind : {UnaryKind::sigmoid, UnaryKind::softplus, UnaryKind::log_sigmoid, UnaryKind::mish,
                                 UnaryKind::silu, UnaryKind::elu, UnaryKind::selu, UnaryKind::gelu, UnaryKind::tanh}) {
        for (const double value : slope(kind, extremes, 1)) EXPECT_TRUE(std::isfinite(value)) << Unary(kind).name();
    }
}

TEST(Unary, LetsNaNThroughButWhereKerasAsksWhatIsAbove) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const UnaryCase& u : unary_functions()) {
        const double result = results_of(Unary(u.kind, u.a, u.b, u.c), {nan})[0];
        const bool asks = u.kind == UnaryKind::hard_shrink || u.kind == UnaryKind::soft_shrink ||
                          u.kind == UnaryKind::threshold || (u.kind == UnaryKind::relu && u.b == 0 && u.c != 0);
        EXPECT_EQ(std::isnan(result), !asks) << Unary(u.kind).name();
        if (asks) {
            EXPECT_EQ(result, u.kind == UnaryKind::threshold ? u.b : 0) << Unary(u.kind).name();
        }
    }
}

TEST(UnaryGradient, IsKerasAtTheKinks) {
    EXPECT_EQ(slope(UnaryKind::relu, {-1, 0, 1}, infinity), (std::vector<double>{0, 0, 1}));
    EXPECT_EQ(slope(UnaryKind::relu, {-1, 0, 1, 6, 7}, 6), (std::vector<double>{0, 0, 1, 0, 0}));
    EXPECT_EQ(slope(UnaryKind::relu, {-1, 0, 1}, infinity, 0.2), (std::vector<double>{0.2, 0.2, 1}));
    expect_near(slope(UnaryKind::hard_sigmoid, {-3, 0, 3}), {0, 1.0 / 6, 0});
    EXPECT_EQ(slope(UnaryKind::elu, {0}, 1), (std::vector<double>{1}));
    expect_near(slope(UnaryKind::selu, {0}), {1.0507009873554805});
    EXPECT_EQ(slope(UnaryKind::absolute, {-2, 0, 2}), (std::vector<double>{-1, 0, 1}));
    EXPECT_EQ(slope(UnaryKind::clip, {-2, -1, 0, 2, 3}, -1, 2), (std::vector<double>{0, 1, 1, 1, 0}));
    EXPECT_EQ(slope(UnaryKind::celu, {0, 1}, 1), (std::vector<double>{2, 1}));
    EXPECT_EQ(slope(UnaryKind::hard_silu, {-3, 0, 3}), (std::vector<double>{0, 0.5, 1}));
    EXPECT_EQ(slope(UnaryKind::hard_shrink, {-1, -0.5, 0.5, 1}, 0.5), (std::vector<double>{1, 0, 0, 1}));
    EXPECT_EQ(slope(UnaryKind::soft_shrink, {-1, -0.5, 0.5, 1}, 0.5), (std::vector<double>{1, 0, 0, 1}));
    EXPECT_EQ(slope(UnaryKind::sparse_plus, {-1, 0, 1}), (std::vector<double>{0, 0.5, 1}));
    EXPECT_EQ(slope(UnaryKind::sparse_sigmoid, {-1, 0, 1}), (std::vector<double>{0, 0.5, 0}));
    EXPECT_EQ(slope(UnaryKind::threshold, {0, 0.5, 1}, 0.5, -1), (std::vector<double>{0, 0, 1}));
}

TEST(UnaryGradient, AgreesWithCentralDifferences) {
    for (const UnaryCase& u : unary_functions()) {
        SCOPED_TRACE(describe(Unary(u.kind, u.a, u.b, u.c), {}));
        const auto build = [&](Builder& b, const std::vector<Value>& v) {
            return unary(b, u.kind, v[0], u.a, u.b, u.c);
        };
        check_gradient(build, {random_doubles({3, 17}, 4, u.range)});
    }
}

TEST(UnaryGradient, TakesTheOutputOnlyWhereThatIsEnough) {
    EXPECT_TRUE(UnaryGradient(UnaryKind::relu, infinity).uses_output());
    EXPECT_FALSE(UnaryGradient(UnaryKind::relu, 6).uses_output());
    EXPECT_FALSE(UnaryGradient(UnaryKind::relu, infinity, 0.3).uses_output());
    EXPECT_TRUE(UnaryGradient(UnaryKind::sqrt).uses_output());
    EXPECT_FALSE(UnaryGradient(UnaryKind::silu).uses_output());
}

TEST(Unary, PrintsDifferentlyWhereItDiffers) {
    std::set<std::string> names, attributes, gradient_attributes;
    const auto functions = unary_functions();
    std::set<std::tuple<UnaryKind, double, double, double>> distinct;
    for (const UnaryCase& u : functions) {
        distinct.emplace(u.kind, u.a, u.b, u.c);
        attributes.insert(Unary(u.kind, u.a, u.b, u.c).attributes());
        gradient_attributes.insert(UnaryGradient(u.kind, u.a, u.b, u.c).attributes());
    }
    EXPECT_EQ(attributes.size(), distinct.size());
    EXPECT_EQ(gradient_attributes.size(), distinct.size());
    for (int kind = 0; kind <= static_cast<int>(UnaryKind::clip); ++kind) {
        names.emplace(Unary(static_cast<UnaryKind>(kind)).name());
        EXPECT_EQ(UnaryGradient(static_cast<UnaryKind>(kind)).name(),
                  std::string(Unary(static_cast<UnaryKind>(kind)).name()) + "_gradient");
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(UnaryKind::clip) + 1);
    EXPECT_EQ(Unary(UnaryKind::relu, 6).attributes(), "max_value=6 negative_slope=0 threshold=0");
    EXPECT_NE(Unary(UnaryKind::scale, 0.1).attributes(), Unary(UnaryKind::scale, 0.1 + 1e-17 + 2e-17).attributes());
}

TEST(Broadcast, FollowsNumPy) {
    EXPECT_EQ(broadcast({4, 5, 6}, {6}), (Shape{4, 5, 6}));
    EXPECT_EQ(broadcast({1, 6}, {5, 1}), (Shape{5, 6}));
    EXPECT_EQ(broadcast({}, {2, 3}), (Shape{2, 3}));
    EXPECT_EQ(broadcast({0, 3}, {1, 3}), (Shape{0, 3}));
    EXPECT_THAT(
        [] {
            broadcast({4, 5}, {3});
        },
        testing::ThrowsMessage<ShapeError>("shapes (4, 5) and (3,) do not broadcast: sizes 5 and 3 meet on axis 1"));
}

TEST(Binary, ComputesWithBroadcasting) {
    const Tensor x = doubles({2, 3}, {1, 2, 3, 4, 5, 6});
    const Tensor y = doubles({3}, {1, 4, 2});
    EXPECT_EQ(run_values(Binary(BinaryKind::add), {x, y}), (std::vector<double>{2, 6, 5, 5, 9, 8}));
    EXPECT_EQ(run_values(Binary(BinaryKind::subtract), {x, y}), (std::vector<double>{0, -2, 1, 3, 1, 4}));
    EXPECT_EQ(run_values(Binary(BinaryKind::multiply), {x, y}), (std::vector<double>{1, 8, 6, 4, 20, 12}));
    EXPECT_EQ(run_values(Binary(BinaryKind::divide), {x, y}), (std::vector<double>{1, 0.5, 1.5, 4, 1.25, 3}));
    EXPECT_EQ(run_values(Binary(BinaryKind::maximum), {x, y}), (std::vector<double>{1, 4, 3, 4, 5, 6}));
    EXPECT_EQ(run_values(Binary(BinaryKind::minimum), {x, y}), (std::vector<double>{1, 2, 2, 1, 4, 2}));
    EXPECT_EQ(run_values(Binary(BinaryKind::subtract), {doubles({2, 1}, {1, 2}), doubles({1, 2}, {10, 20})}),
              (std::vector<double>{-9, -19, -8, -18}));
}

TEST(Binary, SaysWhatItCannotTake) {
    expect_refusal(Binary(BinaryKind::add), {f32({2, 3}), f32({2})}, "shapes (2, 3) and (2,) do not broadcast");
    expect_refusal(Binary(BinaryKind::add), {f32({2}), f64({2})}, "float32 and float64 came");
    expect_refusal(ExtremumGradient(BinaryKind::maximum, 0), {f32({2}), f32({2, 3}), f32({3})},
                   "the upstream gradient has shape (2,); (2, 3) is wanted");
}

TEST(Binary, AgreesWithCentralDifferencesForEveryBroadcast) {
    const std::vector<std::pair<Shape, Shape>> shapes{{{2, 3}, {2, 3}},    {{2, 3, 4}, {4}}, {{4}, {2, 3, 4}},
                                                      {{2, 1, 4}, {3, 1}}, {{2, 3}, {}},     {{1}, {5}}};
    for (const auto& [x, y] : shapes) {
        for (int kind = 0; kind <= static_cast<int>(BinaryKind::minimum); ++kind) {
            SCOPED_TRACE(x.str() + y.str() + std::to_string(kind));
            const auto build = [&](Builder& b, const std::vector<Value>& v) {
                return binary(b, static_cast<BinaryKind>(kind), v[0], v[1]);
            };
            check_gradient(build, {random_doubles(x, 1, {-2, 2}), random_doubles(y, 2, {0.5, 2})});
        }
    }
}

TEST(Binary, GivesTheGradientOfATieToTheFirst) {
    const Tensor dz = doubles({3}, {8, 8, 8});
    const Tensor x = doubles({3}, {1, 2, 3});
    const Tensor y = doubles({3}, {2, 2, 2});
    EXPECT_EQ(run_values(ExtremumGradient(BinaryKind::maximum, 0), {dz, x, y}), (std::vector<double>{0, 8, 8}));
    EXPECT_EQ(run_values(ExtremumGradient(BinaryKind::maximum, 1), {dz, x, y}), (std::vector<double>{8, 0, 0}));
    EXPECT_EQ(run_values(ExtremumGradient(BinaryKind::minimum, 0), {dz, x, y}), (std::vector<double>{8, 8, 0}));
}

TEST(Binary, PrintsDifferentlyWhereItDiffers) {
    std::set<std::string> texts;
    for (int kind = 0; kind <= static_cast<int>(BinaryKind::minimum); ++kind) {
        texts.insert(Binary(static_cast<BinaryKind>(kind)).attributes());
    }
    EXPECT_EQ(texts.size(), 6U);
    EXPECT_EQ(Binary(BinaryKind::divide).name(), "divide");
    EXPECT_NE(ExtremumGradient(BinaryKind::maximum, 0).attributes(),
              ExtremumGradient(BinaryKind::maximum, 1).attributes());
}

TEST(Elementwise, CostsAnOperationAnElement) {
    const std::vector<TensorSpec> one{f32({4, 5})};
    const std::vector<TensorSpec> two{f32({4, 5}), f32({5})};
    EXPECT_EQ(Unary(UnaryKind::tanh).cost(one, one).flops, 20);
    EXPECT_EQ(Unary(UnaryKind::tanh).cost(one, one).bytes, 160);
    EXPECT_EQ(Binary(BinaryKind::add).cost(two, one).flops, 20);
    EXPECT_EQ(Binary(BinaryKind::add).cost(two, one).bytes, 180);
}

TEST(SumTo, UndoesABroadcastAndNothingElse) {
    graph::Graph graph;
    const Value x = graph.placeholder("x", f64({2, 3, 4}));
    EXPECT_EQ(sum_to(graph, x, {2, 3, 4}), x);
    EXPECT_EQ(graph.spec(sum_to(graph, x, {3, 1})).shape, (Shape{3, 1}));
    EXPECT_EQ(graph.spec(sum_to(graph, x, {})).shape, Shape{});
    EXPECT_THROW(sum_to(graph, x, {5}), ShapeError);
}

}  // namespace
}  // namespace markhor::ops
