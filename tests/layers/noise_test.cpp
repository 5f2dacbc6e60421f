// Layers that draw in training: how often, how much, what is shared, and that inference and rate 0 change nothing.
// Each on both engines; seeds are fixed, and a tolerance is six deviations of what is counted.
#include <algorithm>
#include <cmath>
#include <markhor/initializers.hpp>
#include <markhor/layers.hpp>

#include "engine/engines.hpp"
#include "layers/support.hpp"

namespace markhor::layers::test {
namespace {

constexpr std::int64_t rows = 200;
constexpr std::int64_t columns = 100;
constexpr double count = rows * columns;

struct Moments {
    double mean = 0;
    double deviation = 0;
};

Moments moments(const std::vector<float>& values) {
    Moments of;
    for (const float value : values) of.mean += static_cast<double>(value);
    of.mean /= static_cast<double>(values.size());
    for (const float value : values) of.deviation += std::pow(static_cast<double>(value) - of.mean, 2);
    of.deviation = std::sqrt(of.deviation / static_cast<double>(values.size()));
    return of;
}

Tensor ones() { return Tensor::full({rows, columns}, 1.0F); }
Tensor normal() { return initializers::RandomNormal({.stddev = 1})({rows, columns}, 9); }

template <class Check>
void on_both_engines(const Check& check) {
    for (const graph::Engine* engine : {&engine::reference(), &engine::cpu()}) {
        SCOPED_TRACE(engine->name());
        check(*engine);
    }
}

std::vector<float> trained(const Layer& layer, const Tensor& x, const graph::Engine& engine, std::int64_t step = 0) {
    return values_of(run_layer(layer, {x}, engine, true, {}, 1, step).y);
}

TEST(NoiseTest, DropoutDropsItsRateAndScalesTheRest) {
    on_both_engines([](const graph::Engine& engine) {
        for (const double rate : {0.1, 0.5, 0.8}) {
            const std::vector<float> y = trained(Dropout(rate), ones(), engine);
            const auto dropped = static_cast<double>(std::ranges::count(y, 0.0F));
            EXPECT_NEAR(dropped / count, rate, 6 * std::sqrt(rate * (1 - rate) / count));
            for (const float value : y) {
                if (value == 0) continue;
                ASSERT_FLOAT_EQ(value, static_cast<float>(1 / (1 - rate)));
            }
        }
    });
}

TEST(NoiseTest, DropoutSharesItsDrawAlongNoiseShape) {
    on_both_engines([](const graph::Engine& engine) {
        const std::vector<float> y = trained(Dropout(0.5, {.noise_shape = {None, 1}}), ones(), engine);
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t column = 1; column < columns; ++column)
                ASSERT_EQ(y[row * columns + column], y[row * columns]) << row;
        }
        EXPECT_GT(std::ranges::count(y, 0.0F), 0);
        EXPECT_LT(std::ranges::count(y, 0.0F), count);
    });
}

TEST(NoiseTest, SpatialDropoutDropsWholeMaps) {
    on_both_engines([](const graph::Engine& engine) {
        const std::vector<float> y = trained(SpatialDropout2D(0.25), Tensor::full({40, 3, 4, 50}, 1.0F), engine);
        double dropped = 0;
        for (std::size_t image = 0; image < 40; ++image) {
            for (std::size_t channel = 0; channel < 50; ++channel) {
                const float first = y[image * 600 + channel];
                dropped += first == 0 ? 1 : 0;
                for (std::size_t place = 1; place < 12; ++place)
                    ASSERT_EQ(y[image * 600 + place * 50 + channel], first) << image << " " << channel;
            }
        }
        EXPECT_NEAR(dropped / 2000, 0.25, 6 * std::sqrt(0.25 * 0.75 / 2000));
    });
}

TEST(NoiseTest, GaussianNoiseHasItsDeviation) {
    on_both_engines([](const graph::Engine& engine) {
        const Moments y = moments(trained(GaussianNoise(0.3), ones(), engine));
        EXPECT_NEAR(y.mean, 1, 6 * 0.3 / std::sqrt(count));
        EXPECT_NEAR(y.deviation, 0.3, 6 * 0.3 / std::sqrt(2 * count));
    });
}

TEST(NoiseTest, GaussianDropoutMultipliesByNumbersAboutOne) {
    on_both_engines([](const graph::Engine& engine) {
        const double deviation = std::sqrt(0.2 / 0.8);
        const Moments y = moments(trained(GaussianDropout(0.2), Tensor::full({rows, columns}, 3.0F), engine));
        EXPECT_NEAR(y.mean, 3, 6 * 3 * deviation / std::sqrt(count));
        EXPECT_NEAR(y.deviation, 3 * deviation, 6 * 3 * deviation / std::sqrt(2 * count));
    });
}

TEST(NoiseTest, AlphaDropoutKeepsMeanAndVariance) {
    on_both_engines([](const graph::Engine& engine) {
        const Tensor x = normal();
        const Moments before = moments(values_of(x));
        const std::vector<float> y = trained(AlphaDropout(0.3), x, engine);
        const Moments after = moments(y);
        EXPECT_NEAR(after.mean, before.mean, 6 / std::sqrt(count));
        EXPECT_NEAR(after.deviation, before.deviation, 0.03);
        // The dropped are all at one value, selu's lower limit transformed.
        std::vector<float> sorted = y;
        std::ranges::sort(sorted);
        const auto most = std::ranges::count(y, sorted[static_cast<std::size_t>(0.15 * count)]);
        EXPECT_NEAR(static_cast<double>(most) / count, 0.3, 6 * std::sqrt(0.3 * 0.7 / count));
    });
}

TEST(NoiseTest, InferenceAndRateZeroChangeNothing) {
    on_both_engines([](const graph::Engine& engine) {
        const Tensor x = normal();
        for (const Layer& layer : std::vector<Layer>{Dropout(0.5), GaussianNoise(0.5), GaussianDropout(0.5),
                                                     AlphaDropout(0.5), Dropout(0.0), GaussianNoise(0.0)}) {
            EXPECT_EQ(values_of(run_layer(layer, {x}, engine, false).y), values_of(x)) << layer.class_name();
        }
        for (const Layer& layer :
             std::vector<Layer>{Dropout(0.0), GaussianNoise(0.0), GaussianDropout(0.0), AlphaDropout(0.0)}) {
            EXPECT_EQ(trained(layer, x, engine), values_of(x)) << layer.class_name();
        }
    });
}

TEST(NoiseTest, StepsDifferAndSeedsRepeat) {
    on_both_engines([](const graph::Engine& engine) {
        const Layer layer = Dropout(0.5, {.seed = 4});
        EXPECT_EQ(trained(layer, ones(), engine, 3), trained(layer, ones(), engine, 3));
        EXPECT_NE(trained(layer, ones(), engine, 3), trained(layer, ones(), engine, 4));
    });
}

}  // namespace
}  // namespace markhor::layers::test
