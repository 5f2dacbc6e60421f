// Comparisons and powers: values, shapes, gradients.
#include "ops/comparison.hpp"

#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

TEST(Compare, AnswersWithOneAndZero) {
    const Tensor x = doubles({3}, {1, 2, 3});
    const Tensor y = doubles({1}, {2});
    expect_near(run_values(Compare(Comparison::equal), {x, y}), {0, 1, 0});
    expect_near(run_values(Compare(Comparison::not_equal), {x, y}), {1, 0, 1});
    expect_near(run_values(Compare(Comparison::greater), {x, y}), {0, 0, 1});
    expect_near(run_values(Compare(Comparison::greater_equal), {x, y}), {0, 1, 1});
}

TEST(Compare, SaysWhatItCannotTake) {
    expect_refusal(Compare(Comparison::equal), {f32({2}), f32({3})}, "do not broadcast");
    expect_refusal(Compare(Comparison::equal), {i32({2}), i32({2})}, "int32 came");
}

TEST(Power, IsThePower) {
    expect_near(run_values(Power(2.5), {doubles({3}, {0, 1, 4})}), {0, 1, 32});
    expect_near(run_values(Power(2), {doubles({2}, {-3, 0})}), {9, 0});
    expect_refusal(Power(2), {i32({2})}, "int32 came");
}

TEST(Power, AgreesWithCentralDifferences) {
    const Tensor x = random_doubles({3, 4}, 5, {0.2, 2});
    for (const double exponent : {0.5, 1.0, 2.0, 2.5}) {
        check_gradient([&](Builder& b, const std::vector<Value>& v) { return power(b, v[0], exponent); }, {x});
    }
}

}  // namespace
}  // namespace markhor::ops
