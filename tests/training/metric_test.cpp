// What all metrics share: names, counting, weights, errors; and the meters of a run.
#include "training/metric.hpp"

#include "training/meters.hpp"
#include "training/support.hpp"

namespace markhor::training::test {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

const Tensor scores = floats({3, 3}, {0.5F, 0.3F, 0.2F, 0.1F, 0.1F, 0.8F, 0.4F, 0.4F, 0.2F});

TEST(Metric, HasKerassNames) {
    EXPECT_EQ(Metric("mse").name(), "mse");
    EXPECT_EQ(Metric("mse").base()->class_name(), "MeanSquaredError");
    EXPECT_EQ(metrics::MeanSquaredError().name(), "mean_squared_error");
    EXPECT_EQ(Metric("acc").base(), nullptr);
    EXPECT_EQ(resolve_accuracy("acc", {4}, {4, 3})->class_name(), "SparseCategoricalAccuracy");
    EXPECT_EQ(resolve_accuracy("acc", {4, 1}, {4, 3})->class_name(), "SparseCategoricalAccuracy");
    EXPECT_EQ(resolve_accuracy("acc", {4, 3}, {4, 3})->class_name(), "CategoricalAccuracy");
    EXPECT_EQ(resolve_accuracy("acc", {4}, {4, 1})->class_name(), "BinaryAccuracy");
    EXPECT_THAT(error_of([] { Metric("crossentropy"); }), HasSubstr("there is no metric named \"crossentropy\""));
}

TEST(Metric, CountsUntilReset) {
    Metric accuracy("accuracy");
    EXPECT_EQ(accuracy.result(), 0);
    accuracy.update_state(labels({3}, {0, 2, 1}), scores);  // of equal scores the first is the answer: class 0
    EXPECT_DOUBLE_EQ(accuracy.result(), 2.0 / 3);
    accuracy.update_state(labels({3}, {0, 2, 0}), scores);
    EXPECT_DOUBLE_EQ(accuracy.result(), 5.0 / 6);
    accuracy.reset_state();
    EXPECT_EQ(accuracy.result(), 0);
}

TEST(Metric, WeighsSamples) {
    Metric accuracy = metrics::SparseCategoricalAccuracy();
    accuracy.update_state(labels({3}, {0, 2, 1}), scores, floats({3}, {1, 1, 2}));
    EXPECT_DOUBLE_EQ(accuracy.result(), 0.5);
    EXPECT_THAT(
        error_of([&] {
            accuracy.update_state(labels({3}, {0, 2, 1}), scores, floats({2}, {1, 1}));
        }),
        HasSubstr("sparse_categorical_accuracy: sample weights of shape (2,) came for predictions of shape (3, 3)"));
}

TEST(Metric, SaysWhichShapesDoNotFit) {
    Metric accuracy = metrics::CategoricalAccuracy();
    EXPECT_THAT(error_of([&] {
                    accuracy.update_state(labels({3}, {0, 1, 2}), scores);
                }),
                HasSubstr("categorical_accuracy got targets of shape (3,) for predictions of shape (3, 3)"));
    Metric squares("mse");
    EXPECT_THAT(error_of([&] {
                    squares.update_state(floats({2, 3}, std::vector<float>(6)), scores);
                }),
                HasSubstr("mean_squared_error got targets of shape (2, 3)"));
}

TEST(Meters, WeighTheLossByExamplesAndTellEqualNamesApart) {
    Meters meters({"accuracy", "accuracy", metrics::SparseTopKCategoricalAccuracy({.k = 2})}, {3}, {3, 3},
                  {"accuracy"});
    const Tensor weights = floats({3}, {1, 1, 2});
    meters.update(1, 3, labels({3}, {0, 2, 1}), scores, &weights);
    meters.update(4, 1, labels({1}, {0}), floats({1, 3}, {1, 0, 0}));
    EXPECT_THAT(meters.logs(),
                UnorderedElementsAre(Pair("loss", 1.75), Pair("accuracy", 0.75), Pair("accuracy_1", 0.75),
                                     Pair("sparse_top_k_categorical_accuracy", 1.0), Pair("weighted_accuracy", 0.6)));
}

}  // namespace
}  // namespace markhor::training::test
