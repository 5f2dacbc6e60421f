// Numbers that are none (NaN, infinity) and numbers of another kind, wherever an object of Keras's is given some.
#include <cmath>
#include <limits>
#include <markhor/callbacks.hpp>
#include <markhor/constraints.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layers.hpp>
#include <markhor/model.hpp>
#include <markhor/optimizers.hpp>
#include <markhor/regularizers.hpp>

#include "training/support.hpp"

namespace markhor::training::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(FiniteTest, ALearningRateThatIsNoNumberIsRefusedByEveryOptimizer) {
    for (const double rate : {nan, infinity, -infinity}) {
        const std::vector<std::pair<std::string, std::function<void()>>> makers = {
            {"SGD", [&] { optimizers::SGD({.learning_rate = rate}); }},
            {"Adam", [&] { optimizers::Adam({.learning_rate = rate}); }},
            {"AdamW", [&] { optimizers::AdamW({.learning_rate = rate}); }},
            {"RMSprop", [&] { optimizers::RMSprop({.learning_rate = rate}); }},
            {"Nadam", [&] { optimizers::Nadam({.learning_rate = rate}); }},
            {"Adagrad", [&] { optimizers::Adagrad({.learning_rate = rate}); }},
            {"Lion", [&] { optimizers::Lion({.learning_rate = rate}); }},
        };
        for (const auto& [name, make] : makers)
            EXPECT_THAT(error_of(make), AllOf(HasSubstr(name + ": learning_rate is "), HasSubstr("a finite number")));
    }
    Optimizer sgd("sgd");
    EXPECT_THAT(error_of([&] { sgd.set_learning_rate(nan); }), HasSubstr("SGD: learning_rate is nan"));
}

TEST(FiniteTest, OtherArgumentsAreRefusedByName) {
    using namespace optimizers::schedules;
    EXPECT_THAT(error_of([] { optimizers::Adam({.beta_1 = nan}); }), HasSubstr("Adam: beta_1 is nan"));
    EXPECT_THAT(error_of([] { optimizers::SGD({.clipnorm = nan}); }), HasSubstr("SGD: clipnorm is nan"));
    EXPECT_THAT(error_of([] { optimizers::SGD({.clipvalue = -1}); }), HasSubstr("SGD: clipvalue is -1"));
    EXPECT_THAT(error_of([] { CosineDecay({.initial_learning_rate = nan, .decay_steps = 10}); }),
                HasSubstr("CosineDecay: initial_learning_rate is nan"));
    EXPECT_THAT(error_of([] {
                    PiecewiseConstantDecay({.boundaries = {1}, .values = {1, infinity}});
                }),
                HasSubstr("values is inf"));
    EXPECT_THAT(error_of([] { (void)layers::Dropout{nan}; }), HasSubstr("rate is nan"));
    EXPECT_THAT(error_of([] { layers::BatchNormalization({.momentum = nan}); }), HasSubstr("momentum is nan"));
    EXPECT_THAT(error_of([] { initializers::RandomNormal({.mean = nan}); }), HasSubstr("mean is nan"));
    EXPECT_THAT(error_of([] { regularizers::L2(nan); }), HasSubstr("l2 is nan"));
    EXPECT_THAT(error_of([] { constraints::MaxNorm({.max_value = nan}); }), HasSubstr("max_value is nan"));
    EXPECT_THAT(error_of([] { losses::Huber({.delta = nan}); }), HasSubstr("delta is nan"));
    EXPECT_THAT(error_of([] { callbacks::EarlyStopping({.min_delta = nan}); }), HasSubstr("min_delta is nan"));
    EXPECT_THAT(error_of([] { callbacks::EarlyStopping({.patience = -1}); }), HasSubstr("patience is -1"));
    EXPECT_THAT(error_of([] { callbacks::ReduceLROnPlateau({.min_lr = nan}); }), HasSubstr("min_lr is nan"));
    EXPECT_THAT(error_of([] { set_random_seed(static_cast<std::uint64_t>(-1)); }), HasSubstr("the seed is -1"));
}

Model small_model() {
    set_random_seed(1);
    Sequential model({Input({2}), layers::Dense(2, {.activation = "softmax"})});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e30}), .loss = "sparse_categorical_crossentropy"});
    return model;
}

TEST(FiniteTest, ALabelBetweenTwoClassesIsRefused) {
    Model model = small_model();
    const Tensor x = Tensor::zeros({2, 2});
    EXPECT_THAT(error_of([&] {
                    model.fit(x, floats({2}, {0, 1.5F}), {.verbose = 0});
                }),
                AllOf(HasSubstr("example 1 has the label 1.5"), HasSubstr("whole numbers from 0 to 1")));
    EXPECT_THAT(error_of([&] { model.fit(x, floats({2}, {NAN, 1}), {.verbose = 0}); }), HasSubstr("the label nan"));
}

TEST(FiniteTest, ARunWhoseLastStepLeavesNoNumbersFails) {
    Model model = small_model();
    const Tensor x = floats({2, 2}, {1e30F, 1e30F, -1e30F, 2e30F});
    const auto fit = [&] {
        model.fit(x, labels({2}, {0, 1}),
                  {.verbose = 0, .callbacks = {callbacks::TerminateOnNaN({.raise_error = true, .find_layer = true})}});
    };
    EXPECT_THAT(markhor::test::error_of<Error>(fit), AllOf(HasSubstr("Batch 0"), HasSubstr("epoch 1, step 1")));
    Model other = small_model();
    EXPECT_NO_THROW(other.fit(x, labels({2}, {0, 1}), {.verbose = 0}));  // as Keras without the callback
}

}  // namespace
}  // namespace markhor::training::test
