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

Shape shape_of(const nlohmann::json& sizes) { return Shape(sizes.get<std::vector<std::int64_t>>()); }

TEST(Metric, NamesResolveAsInKeras) {
    int cases = 0;
    for (const nlohmann::json& test : golden_json("training/metric_names.json")) {
        SCOPED_TRACE(test.dump());
        const auto requested = test["requested"].get<std::string>();
        ++cases;
        if (test.contains("error") && test["error"].get<std::string>().starts_with("ValueError")) {
            EXPECT_THROW(Metric{requested}, ValueError);
            continue;
        }
        // Keras's TensorFlow refuses these shapes.
        const bool refused = test.contains("error");
        const Shape targets = shape_of(test["y_true_shape"]);
        const Shape predictions = refused ? Shape{4, 3} : shape_of(test["y_pred_shape"]);
        const Metric metric(requested);
        const auto base = metric.base() ? metric.base() : resolve_accuracy(requested, targets, predictions);
        EXPECT_EQ(metric.name(), requested);
        if (refused) {
            EXPECT_THROW(base->check_shapes(targets, predictions), ShapeError);
            continue;
        }
        EXPECT_EQ(base->class_name(), test["resolved_class"].get<std::string>());
        base->check_shapes(targets, predictions);
        EXPECT_EQ(test["log_keys"], nlohmann::json({"loss", requested}));
    }
    EXPECT_EQ(cases, 48);
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

TEST(Metric, SaysWhatIsWrongWithItsArguments) {
    EXPECT_THAT(error_of([] { metrics::AUC({.num_thresholds = 1, .name = "auc"}); }),
                HasSubstr("auc: num_thresholds is 1; 2 to 1000000 are wanted"));
    EXPECT_THAT(error_of([] { metrics::AUC({.curve = "RUC"}); }),
                HasSubstr("curve is \"RUC\"; ROC, PR or PRGAIN is wanted"));
    EXPECT_THAT(error_of([] { metrics::Precision({.thresholds = {0.5, 1.5}}); }), HasSubstr("a threshold is 1.5"));
    EXPECT_THAT(error_of([] { metrics::Precision({.top_k = 0}); }), HasSubstr("top_k is 0; at least 1 is wanted"));
    EXPECT_THAT(error_of([] { metrics::PrecisionAtRecall(2); }), HasSubstr("recall is 2"));
    EXPECT_THAT(error_of([] { metrics::F1Score({.average = "mean"}); }), HasSubstr("f1_score: average is \"mean\""));
    EXPECT_THAT(error_of([] {
                    metrics::IoU(2, {0, 2});
                }),
                HasSubstr("a target class is 2; with 2 classes they are 0 to 1"));
    EXPECT_THAT(error_of([] { metrics::MeanIoU(0); }), HasSubstr("num_classes is 0"));
    EXPECT_THAT(error_of([] { metrics::TopKCategoricalAccuracy({.k = 0}); }),
                HasSubstr("k is 0; at least 1 is wanted"));
    EXPECT_THAT(error_of([] { metrics::R2Score({.class_aggregation = "sum"}); }),
                HasSubstr("class_aggregation is \"sum\""));
}

TEST(Metric, OfDecisionsSaysWhichShapesDoNotFit) {
    const Tensor bits = floats({2, 3}, {0, 1, 1, 0, 0, 1});
    Metric recall = metrics::Recall({.class_id = 3, .name = "recall"});
    EXPECT_THAT(error_of([&] { recall.update_state(bits, bits); }), HasSubstr("class_id = 3 is not among them"));
    Metric precision = metrics::Precision({.name = "precision"});
    EXPECT_THAT(
        error_of([&] {
            precision.update_state(labels({2}, {0, 1}), bits);
        }),
        HasSubstr("precision got targets of shape (2,) for predictions of shape (2, 3): one target a prediction"));
    EXPECT_THAT(error_of([&] {
                    precision.update_state(bits, bits, floats({4}, {1, 1, 1, 1}));
                }),
                HasSubstr("precision: sample weights of shape (4,) came"));
    EXPECT_EQ(precision.result(), 0);
    precision.update_state(bits, bits);
    EXPECT_EQ(precision.result(), 1);
}

TEST(Metric, ConfusionMatrixHasARowForEachTarget) {
    Metric matrix = metrics::ConfusionMatrix(3);
    EXPECT_EQ(matrix.results(), std::vector<double>(9, 0));
    matrix.update_state(labels({3}, {0, 2, 1}), scores);
    EXPECT_THAT(matrix.results(), testing::ElementsAre(1, 0, 0, 1, 0, 0, 0, 0, 1));
    matrix.update_state(labels({3}, {0, 2, 1}), scores, floats({3}, {0.5, 0, 0}));
    EXPECT_THAT(matrix.results(), testing::ElementsAre(1.5, 0, 0, 1, 0, 0, 0, 0, 1));
}

TEST(Metric, EachRunCountsByItself) {
    const Metric precision = metrics::Precision({.thresholds = {0.2, 0.7}});
    const auto run = precision.base()->fresh();
    run->update(labels({3}, {1, 0, 1}), floats({3}, {0.9F, 0.5F, 0.1F}));
    EXPECT_THAT(run->results(), testing::ElementsAre(0.5, 1));
    EXPECT_THAT(run->fresh()->results(), testing::ElementsAre(0, 0));
    EXPECT_THAT(precision.results(), testing::ElementsAre(0, 0));
}

/// A batch of the only output.
void update(Meters& meters, double loss, const Tensor& targets, const Tensor& predictions,
            const Tensor* weights = nullptr) {
    const std::vector<OutputFigures> outputs = {{0, &targets, &predictions, weights}};
    meters.update(loss, targets.shape()[0], outputs);
}

TEST(Meters, NumberTheFiguresOfOneMetric) {
    Meters meters({{.metrics = {metrics::Precision({.thresholds = {0.2, 0.7}, .name = "precision"})},
                    .targets = {3},
                    .predictions = {3}}});
    update(meters, 1, labels({3}, {1, 0, 1}), floats({3}, {0.9F, 0.5F, 0.1F}));
    EXPECT_THAT(meters.logs(),
                UnorderedElementsAre(Pair("loss", 1.0), Pair("precision[0]", 0.5), Pair("precision[1]", 1.0)));
}

// Keras's own figures: keras.metrics.Mean() and Sum() of the same values and weights.
TEST(ValueMetrics, AreMeansAndSumsOfSamples) {
    Metric mean = metrics::Mean();
    Metric sum = metrics::Sum("total");
    EXPECT_EQ(mean.name() + " " + sum.name(), "mean total");
    const Tensor values = floats({2, 3}, {1, 2, 3, 4, 5, 9});
    for (Metric* metric : {&mean, &sum}) metric->update_values(values);
    EXPECT_DOUBLE_EQ(mean.result(), 4);
    EXPECT_DOUBLE_EQ(sum.result(), 24);
    const Tensor weights = floats({2}, {1, 3});
    for (Metric* metric : {&mean, &sum}) metric->update_values(values, weights);
    EXPECT_DOUBLE_EQ(mean.result(), 28.0 / 6);
    EXPECT_DOUBLE_EQ(sum.result(), 24 + 60);
    for (Metric* metric : {&mean, &sum}) metric->reset_state();
    for (Metric* metric : {&mean, &sum}) metric->update_values(2.5);
    EXPECT_DOUBLE_EQ(mean.result() + sum.result(), 5);
    EXPECT_THROW(mean.update_values(values, floats({3}, {1, 1, 1})), ShapeError);
    EXPECT_THROW(sum.update_values(values, floats({3}, {1, 1, 1})), ShapeError);
    Metric accuracy = metrics::BinaryAccuracy();
    EXPECT_THROW(accuracy.update_values(1), ValueError);
    EXPECT_THROW(mean.update_state(values, values), ShapeError);
}

TEST(Meters, WeighTheLossByExamplesAndTellEqualNamesApart) {
    Meters meters({{.metrics = {"accuracy", "accuracy", metrics::SparseTopKCategoricalAccuracy({.k = 2})},
                    .weighted_metrics = {"accuracy"},
                    .targets = {3},
                    .predictions = {3, 3}}});
    const Tensor weights = floats({3}, {1, 1, 2});
    update(meters, 1, labels({3}, {0, 2, 1}), scores, &weights);
    update(meters, 4, labels({1}, {0}), floats({1, 3}, {1, 0, 0}));
    EXPECT_THAT(meters.logs(),
                UnorderedElementsAre(Pair("loss", 1.75), Pair("accuracy", 0.75), Pair("accuracy_1", 0.75),
                                     Pair("sparse_top_k_categorical_accuracy", 1.0), Pair("weighted_accuracy", 0.6)));
}

}  // namespace
}  // namespace markhor::training::test
