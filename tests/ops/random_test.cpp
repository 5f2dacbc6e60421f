// Dropout: how much is kept, its scale, noise_shape, and that a mask is the same where it has to be and differs
// elsewhere.
#include "ops/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.hpp"
#include "ops/reduction.hpp"
#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

Tensor seed_of(std::int64_t seed, std::int64_t step) {
    return Tensor::from<std::int64_t>({2}, std::vector<std::int64_t>{seed, step});
}

std::vector<double> ones(std::size_t count) { return std::vector<double>(count, 1.0); }

// Dropout of ones: 0 where dropped, 1 / (1 - rate) where kept.
std::vector<double> mask(const Shape& shape, double rate, std::uint32_t stream, std::int64_t seed, std::int64_t step) {
    const Tensor x = doubles(shape, ones(static_cast<std::size_t>(shape.elements())));
    return run_values(Dropout(rate, shape, stream), {x, seed_of(seed, step)});
}

TEST(Dropout, SaysWhatItCannotTake) {
    const TensorSpec seed = i64({2});
    expect_refusal(Dropout(0.5, {4, 5}, 0), {f32({4, 6}), seed},
                   "a noise_shape of (4, 5) does not fit an input of shape (4, 6)");
    expect_refusal(Dropout(0.5, {6}, 0), {f32({4, 6}), seed}, "a noise_shape of (6,)");
    expect_refusal(Dropout(0.5, {4, 6}, 0), {f32({4, 6}), i32({2})}, "the seed is int32; int64 is wanted");
    expect_refusal(Dropout(0.5, {4, 6}, 0), {f32({4, 6}), i64({3})}, "the seed has shape (3,); (2,) is wanted");
    EXPECT_THROW(Dropout(1.5, {4, 6}, 0).outputs(std::vector{f32({4, 6}), seed}), ValueError);
    EXPECT_THROW(Dropout(std::nan(""), {4, 6}, 0).outputs(std::vector{f32({4, 6}), seed}), ValueError);
}

TEST(Dropout, KeepsItsShareAndTheMean) {
    for (const double rate : {0.1, 0.3, 0.5, 0.9}) {
        const auto y = mask({100, 1000}, rate, 3, 42, 7);
        const auto dropped = static_cast<double>(std::ranges::count(y, 0.0)) / 1e5;
        EXPECT_NEAR(dropped, rate, 4 * std::sqrt(rate * (1 - rate) / 1e5));
        EXPECT_NEAR(std::accumulate(y.begin(), y.end(), 0.0) / 1e5, 1, 0.05);
        for (const double value : y) EXPECT_TRUE(value == 0 || value == 1 / (1 - rate));
    }
}

TEST(Dropout, KeepsAllOrNothingAtTheEnds) {
    EXPECT_EQ(mask({10}, 0, 0, 1, 1), ones(10));
    EXPECT_EQ(mask({10}, 1, 0, 1, 1), std::vector<double>(10, 0.0));
}

TEST(Dropout, DependsOnSeedStepAndStreamOnly) {
    const Shape shape{4, 50};
    const auto first = mask(shape, 0.5, 1, 42, 7);
    EXPECT_EQ(mask(shape, 0.5, 1, 42, 7), first);
    EXPECT_NE(mask(shape, 0.5, 2, 42, 7), first);
    EXPECT_NE(mask(shape, 0.5, 1, 43, 7), first);
    EXPECT_NE(mask(shape, 0.5, 1, 42, 8), first);
}

TEST(Dropout, TakesItsNoiseWordForWordFromPhilox) {
    const double rate = 0.4;
    const auto y = mask({23}, rate, 5, 42, 7);
    const Philox philox(42, std::uint64_t{5} << 32 | 7);
    for (std::uint64_t i = 0; i < 23; ++i) {
        const bool kept = static_cast<double>(to_unit(philox.block(i / 4)[i % 4])) >= rate;
        EXPECT_EQ(y[i] != 0, kept) << i;
    }
}

TEST(Dropout, SharesADrawAlongTheOnesOfNoiseShape) {
    const Tensor x = doubles({2, 3, 8}, ones(48));
    const auto y = run_values(Dropout(0.5, {2, 1, 8}, 0), {x, seed_of(3, 0)});
    const auto noise = mask({2, 1, 8}, 0.5, 0, 3, 0);
    for (std::size_t n = 0; n < 2; ++n) {
        for (std::size_t h = 0; h < 3; ++h) {
            for (std::size_t c = 0; c < 8; ++c) EXPECT_EQ(y[(n * 3 + h) * 8 + c], noise[n * 8 + c]);
        }
    }
}

TEST(Dropout, GivesFloatsTheMaskOfDoubles) {
    const Tensor x = doubles({64}, ones(64));
    const Dropout op(0.3, {64}, 9);
    const auto floats = run_values(op, {x.cast(DType::float32), seed_of(1, 2)});
    const auto exact = run_values(op, {x, seed_of(1, 2)});
    for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(floats[i] == 0, exact[i] == 0);
}

TEST(Dropout, UsesTheSameMaskBackward) {
    graph::Graph graph;
    const Value x = graph.placeholder("x", f64({8, 9}));
    const Value seed = graph.placeholder("seed", i64({2}));
    const Value y = dropout(graph, x, seed, 0.4, {8, 9}, 6);
    const Value target = reduce_all(graph, Reduction::sum, y);
    const Value dx = graph::differentiate(graph, target, std::vector{x})[0];
    graph.set_outputs({y, dx});
    graph::Execution execution(graph::Executable::make(graph, engine::reference()));
    execution.feed("x", doubles({8, 9}, ones(72)));
    execution.feed("seed", seed_of(5, 5));
    execution.run();
    EXPECT_EQ(values_of(execution.output(0)), values_of(execution.output(1)));
}

TEST(Dropout, AgreesWithCentralDifferences) {
    const auto build = [](Builder& b, const std::vector<Value>& v) {
        return dropout(b, v[0], v[1], 0.3, {4, 1, 5}, 2);
    };
    check_gradient(build, {random_doubles({4, 3, 5}, 1), seed_of(1, 1)});
}

TEST(Dropout, PrintsEveryAttribute) {
    EXPECT_EQ(Dropout(0.3, {4, 1}, 7).attributes(), "rate=0.3 noise_shape=(4, 1) stream=7");
}

}  // namespace
}  // namespace markhor::ops
