// What all metrics share, and their names.
#include "training/metric.hpp"

#include <vector>

#include "training/names.hpp"

namespace markhor {
namespace {

using Base = std::shared_ptr<MetricBase>;

const std::vector<Named<Base>>& known_metrics() {
    using namespace metrics;
    static const std::vector<Named<Base>> known = {
        // Which kind is only known with the shapes: resolve_accuracy.
        {{"accuracy", "acc", "Accuracy"}, [] { return Base(); }},
        {{"binary_accuracy", "BinaryAccuracy"}, [] { return BinaryAccuracy().base(); }},
        {{"categorical_accuracy", "CategoricalAccuracy"}, [] { return CategoricalAccuracy().base(); }},
        {{"sparse_categorical_accuracy", "SparseCategoricalAccuracy"},
         [] { return SparseCategoricalAccuracy().base(); }},
        {{"mean_squared_error", "MeanSquaredError", "mse", "MSE"}, [] { return MeanSquaredError().base(); }},
    };
    return known;
}

// `longer` has one axis of size 1 at its end that `shorter` lacks.
void match(Shape& longer, Shape& shorter) {
    if (longer.rank() != shorter.rank() + 1 || longer.back() != 1) return;
    if (shorter.rank() == 1) {
        shorter = Shape{shorter[0], 1};
    } else {
        longer = Shape(std::vector<std::int64_t>(longer.begin(), longer.end() - 1));
    }
}

}  // namespace

std::pair<Shape, Shape> same_rank(Shape targets, Shape predictions) {
    match(predictions, targets);
    match(targets, predictions);
    return {std::move(targets), std::move(predictions)};
}

Metric resolve_accuracy(const std::string& name, const Shape& targets, const Shape& predictions) {
    if (predictions.back() == 1) return Metric(name, metrics::BinaryAccuracy().base());
    if (targets.rank() < predictions.rank() || targets.back() == 1) {
        return Metric(name, metrics::SparseCategoricalAccuracy().base());
    }
    return Metric(name, metrics::CategoricalAccuracy().base());
}

Metric::Metric(const std::string& name) : name_(name), base_(make_named(known_metrics(), name, "metric")) {}
Metric::Metric(const char* name) : Metric(std::string(name)) {}

}  // namespace markhor
