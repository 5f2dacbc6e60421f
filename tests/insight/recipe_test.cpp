// Optimizers, schedules and class weights by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <markhor/error.hpp>
#include <markhor/recipe.hpp>

#include "support/error_of.hpp"

namespace markhor::insight {
namespace {

using markhor::test::error_of;
using testing::HasSubstr;

TEST(RecipeTest, EveryOptimizerOfKerasIsMadeByName) {
    for (const std::string& name : optimizer_names()) {
        EXPECT_FLOAT_EQ(static_cast<float>(make_optimizer({.optimizer = name}, 0.5, 10).learning_rate()), 0.5F) << name;
        EXPECT_EQ(default_learning_rate(name), name == "sgd" ? 0.01 : default_learning_rate(name)) << name;
    }
    EXPECT_EQ(default_learning_rate("adam"), 0.001);
    EXPECT_THAT(error_of<ValueError>([] { make_optimizer({.optimizer = "adamm"}, 1, 1); }),
                HasSubstr("there is no optimizer \"adamm\"; expected one of adam, adamw, sgd"));
    EXPECT_THAT(error_of<ValueError>([] { make_optimizer({}, -1, 1); }), HasSubstr("the learning rate is -1"));
}

TEST(RecipeTest, SchedulesSpanTheRun) {
    for (const std::string& name : schedule_names()) {
        const double first = make_optimizer({.optimizer = "sgd", .schedule = name}, 0.5, 100).learning_rate();
        EXPECT_NEAR(first, name == "warmup" ? 0.0 : 0.5, 1e-6) << name;
    }
    EXPECT_THAT(error_of<ValueError>([] { make_optimizer({.schedule = "cosin"}, 1, 1); }),
                HasSubstr("there is no schedule \"cosin\""));
}

TEST(RecipeTest, BalancedWeightsAreThoseOfScikitLearn) {
    const std::map<std::int64_t, double> weights = class_weights({.class_weight = "balanced"}, {30, 10});
    EXPECT_DOUBLE_EQ(weights.at(0), 40.0 / (2 * 30));
    EXPECT_DOUBLE_EQ(weights.at(1), 40.0 / (2 * 10));
    EXPECT_TRUE(class_weights({}, {30, 10}).empty());
    EXPECT_THAT(error_of<ValueError>([] {
                    class_weights({.class_weight = "balanced"}, {3, 0});
                }),
                HasSubstr("class 1 has no image"));
}

}  // namespace
}  // namespace markhor::insight
