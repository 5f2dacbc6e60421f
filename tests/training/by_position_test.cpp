// Options by position, in Keras's order: the same object as by name, for optimizers, schedules, losses, metrics and
// callbacks.
#include <gtest/gtest.h>

#include <markhor/markhor.hpp>
#include <type_traits>

#include "formats/compile_config.hpp"

namespace markhor {
namespace {

using namespace optimizers;
using namespace optimizers::schedules;

nlohmann::json config(const Optimizer& optimizer, const Loss& loss = "mse", const std::vector<Metric>& metrics = {}) {
    nlohmann::json all =
        formats::compile_config({.optimizer = optimizer, .loss = loss, .metrics = OutputMetrics(metrics)});
    all["optimizer"]["config"].erase("name");
    return all;
}

TEST(ByPosition, OptimizersAreThoseByName) {
    EXPECT_EQ(config(Adam(1e-4)), config(Adam({.learning_rate = 1e-4})));
    EXPECT_EQ(config(Adam(1e-4, 0.8, 0.99, 1e-6, true, 0.01, 1.0)), config(Adam({.learning_rate = 1e-4,
                                                                                 .beta_1 = 0.8,
                                                                                 .beta_2 = 0.99,
                                                                                 .epsilon = 1e-6,
                                                                                 .amsgrad = true,
                                                                                 .weight_decay = 0.01,
                                                                                 .clipnorm = 1.0})));
    EXPECT_EQ(config(SGD(1, 0, true)), config(SGD({.learning_rate = 1.0, .nesterov = true})));
    EXPECT_EQ(config(AdamW(1e-3, 0.1)), config(AdamW({.learning_rate = 1e-3, .weight_decay = 0.1})));
    EXPECT_EQ(config(AdamW(1e-3, std::nullopt, 0.5)),
              config(AdamW({.learning_rate = 1e-3, .weight_decay = std::nullopt, .beta_1 = 0.5})));
    EXPECT_EQ(config(RMSprop(0.1, 0.8)), config(RMSprop({.learning_rate = 0.1, .rho = 0.8})));
    EXPECT_EQ(config(Adam()), config(Adam({})));
    const AdamOptions options{.learning_rate = 0.5};
    EXPECT_EQ(config(Adam(options)), config(Adam(0.5)));
}

TEST(ByPosition, SchedulesAreThoseByName) {
    const auto of = [](const Schedule& schedule) { return config(SGD(schedule)); };
    EXPECT_EQ(of(CosineDecay(0.1, 100)), of(CosineDecay({.initial_learning_rate = 0.1, .decay_steps = 100})));
    EXPECT_EQ(of(ExponentialDecay(0.1, 1000, 0.96, true)),
              of(ExponentialDecay(
                  {.initial_learning_rate = 0.1, .decay_steps = 1000, .decay_rate = 0.96, .staircase = true})));
    EXPECT_EQ(of(PiecewiseConstantDecay({10, 20}, {1, 0.5, 0.1})),
              of(PiecewiseConstantDecay({.boundaries = {10, 20}, .values = {1, 0.5, 0.1}})));
    EXPECT_EQ(
        of(PolynomialDecay(0.1, 10, 0.01, 2)),
        of(PolynomialDecay({.initial_learning_rate = 0.1, .decay_steps = 10, .end_learning_rate = 0.01, .power = 2})));
    EXPECT_EQ(of(InverseTimeDecay(0.1, 2, 0.5)),
              of(InverseTimeDecay({.initial_learning_rate = 0.1, .decay_steps = 2, .decay_rate = 0.5})));
    EXPECT_DOUBLE_EQ(CosineDecayRestarts(0.1, 10)(10), 0.1);
}

TEST(ByPosition, LossesAndMetricsAreThoseByName) {
    namespace l = losses;
    namespace m = metrics;
    const auto loss = [](const Loss& each) { return config("sgd", each); };
    EXPECT_EQ(loss(l::SparseCategoricalCrossentropy(true, 255)),
              loss(l::SparseCategoricalCrossentropy({.from_logits = true, .ignore_class = 255})));
    EXPECT_EQ(loss(l::CategoricalCrossentropy(false, 0.1)), loss(l::CategoricalCrossentropy({.label_smoothing = 0.1})));
    EXPECT_EQ(loss(l::Huber(0.5)), loss(l::Huber({.delta = 0.5})));
    EXPECT_EQ(loss(l::MeanSquaredError("sum")), loss(l::MeanSquaredError({.reduction = "sum"})));
    const auto metric = [](const Metric& each) {
        nlohmann::json all = config("sgd", "mse", {each});
        all["metrics"][0]["config"].erase("name");  // numbered: precision, precision_1
        return all;
    };
    EXPECT_EQ(metric(m::TopKCategoricalAccuracy(3)), metric(m::TopKCategoricalAccuracy({.k = 3})));
    EXPECT_EQ(metric(m::Precision(0.7)), metric(m::Precision({.thresholds = 0.7})));
    EXPECT_EQ(metric(m::AUC(100, "PR")), metric(m::AUC({.num_thresholds = 100, .curve = "PR"})));
    EXPECT_EQ(metric(m::F1Score("macro")), metric(m::F1Score({.average = "macro"})));
}

TEST(ByPosition, WhatStandsForNothingThereIsNotTaken) {
    using callbacks::EarlyStoppingOptions;
    EXPECT_TRUE((detail::ByPosition<EarlyStoppingOptions, char[9], int, int>));
    EXPECT_FALSE((detail::ByPosition<EarlyStoppingOptions, char[9], int, double>));  // patience is whole
    EXPECT_FALSE((detail::ByPosition<AdamOptions, char[5]>));
    EXPECT_FALSE((detail::ByPosition<SGDOptions, double, double, int>));  // nesterov is a bool
    EXPECT_FALSE((detail::ByPosition<SGDOptions>));
    EXPECT_FALSE((detail::ByPosition<SGDOptions, SGDOptions>));
}

TEST(ByPosition, CallbacksRun) {
    Sequential model({Input({2}), layers::Dense(1)});
    model.compile({.optimizer = SGD(0.0), .loss = "mse"});
    const History history = model.fit(
        Tensor::full({4, 2}, 1), Tensor::full({4, 1}, 1),
        {.epochs = 9,
         .verbose = 0,
         .callbacks = {callbacks::EarlyStopping("loss", 0, 2), callbacks::ReduceLROnPlateau("loss", 0.5, 1)}});
    EXPECT_EQ(history.epoch.size(), 3U);
}

}  // namespace
}  // namespace markhor
