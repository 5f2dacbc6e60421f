// What all losses share: names, configs, reduction, sample weights, errors.
#include "training/loss.hpp"

#include "training/support.hpp"

namespace markhor::training::test {
namespace {

using testing::HasSubstr;

const Tensor targets = floats({2, 2}, {0, 1, 2, 3});
const Tensor predictions = floats({2, 2}, {0, 2, 0, 3});  // squared errors 0 1 / 4 0: 1/2 and 2 a sample

double reduced(const std::string& reduction, const Tensor& weights = {}) {
    return number(losses::MeanSquaredError({.reduction = reduction})(targets, predictions, weights));
}

TEST(Loss, HasKerassNames) {
    for (const char* name : {"mse", "MSE", "mean_squared_error", "MeanSquaredError"}) {
        const Loss loss(name);
        EXPECT_EQ(loss.base()->class_name(), "MeanSquaredError") << name;
        EXPECT_EQ(loss.identifier(), name);
    }
    EXPECT_EQ(losses::Huber().identifier(), "");
    EXPECT_EQ(losses::Huber().base()->name(), "huber_loss");
    EXPECT_THAT(error_of([] { Loss("hings"); }),
                HasSubstr("there is no loss named \"hings\"; known: BinaryCrossentropy"));
}

TEST(Loss, ReducesAsAsked) {
    EXPECT_DOUBLE_EQ(reduced("sum_over_batch_size"), 1.25);
    EXPECT_DOUBLE_EQ(reduced("mean"), 1.25);
    EXPECT_DOUBLE_EQ(reduced("mean_with_sample_weight"), 1.25);
    EXPECT_DOUBLE_EQ(reduced("sum"), 2.5);
    const Tensor apart = losses::MeanSquaredError({.reduction = "none"})(targets, predictions);
    EXPECT_THAT(apart.data<float>(), testing::ElementsAre(0.5F, 2.0F));
}

TEST(Loss, WeighsSamples) {
    const Tensor weights = floats({2}, {4, 1});
    EXPECT_DOUBLE_EQ(reduced("sum_over_batch_size", weights), 2);  // divided by the count of samples, not of weights
    EXPECT_FLOAT_EQ(static_cast<float>(reduced("mean_with_sample_weight", weights)), 0.8F);
    EXPECT_DOUBLE_EQ(reduced("sum", weights), 4);
    EXPECT_DOUBLE_EQ(reduced("mean_with_sample_weight", floats({2}, {0, 0})), 0);
    EXPECT_THAT(error_of([] {
                    reduced("sum", floats({3}, {1, 1, 1}));
                }),
                HasSubstr("mean_squared_error: got sample weights of shape (3,) for losses of shape (2,)"));
}

TEST(Loss, DescribesItsConfig) {
    const auto loss = made_from(loss_registry(), "SparseCategoricalCrossentropy",
                                {{"from_logits", true}, {"ignore_class", 7}, {"reduction", nullptr}, {"name", "mine"}});
    const nlohmann::json config = config_of(*loss);
    EXPECT_EQ(config,
              nlohmann::json::parse(R"({"name": "mine", "reduction": null, "from_logits": true, "ignore_class": 7})"));
}

TEST(Loss, SaysWhatIsWrongWithItsArguments) {
    EXPECT_THAT(error_of([] { losses::MeanSquaredError({.reduction = "average"}); }),
                HasSubstr("mean_squared_error: reduction is \"average\"; sum_over_batch_size, sum"));
    EXPECT_THAT(error_of([] { losses::BinaryCrossentropy({.label_smoothing = 1.5}); }),
                HasSubstr("binary_crossentropy: label_smoothing is 1.5"));
    EXPECT_THAT(error_of([] {
                    losses::MeanSquaredError()(floats({2, 3}, std::vector<float>(6)), predictions);
                }),
                HasSubstr("mean_squared_error got targets of shape (2, 3) for predictions of shape (2, 2)"));
    EXPECT_THAT(error_of([] {
                    losses::SparseCategoricalCrossentropy()(labels({2}, {0, 2}), predictions);
                }),
                HasSubstr("example 1 has the label 2; with 2 outputs labels are 0 to 1"));
}

TEST(Loss, CrossentropyIsTheKindThatFits) {
    const Tensor p = floats({2, 2}, {0.25, 0.75, 0.5, 0.5});
    const Loss automatic("crossentropy");
    EXPECT_EQ(number(automatic(labels({2}, {0, 1}), p)),
              number(Loss("sparse_categorical_crossentropy")(labels({2}, {0, 1}), p)));
    const Tensor dense = floats({2, 2}, {1, 0, 0, 1});
    EXPECT_EQ(number(automatic(dense, p)), number(Loss("categorical_crossentropy")(dense, p)));
    const Tensor one = floats({2, 1}, {0.25, 0.75});
    EXPECT_EQ(number(automatic(labels({2}, {0, 1}), one)),
              number(Loss("binary_crossentropy")(labels({2}, {0, 1}), one)));
}

}  // namespace
}  // namespace markhor::training::test
