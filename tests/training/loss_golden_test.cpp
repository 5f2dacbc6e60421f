// Every recorded case of real Keras: the loss made from its config gives Keras's value and gradient, on both engines.
// tests/golden/training comes from conformance/collect_losses.py.
#include <algorithm>
#include <cmath>
#include <map>

#include "data/npz.hpp"
#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "ops/reduction.hpp"
#include "support/paths.hpp"
#include "training/support.hpp"

namespace markhor::training::test {
namespace {

struct LossRun {
    Tensor value;
    Tensor gradient;  // of the sum of the value, for the predictions
};

LossRun run(const LossBase& loss, const Tensor& targets, const Tensor& predictions, const Tensor* weights,
            const graph::Engine& engine) {
    graph::Graph graph;
    const auto place = [&](const std::string& label, const Tensor& tensor) {
        return graph.placeholder(label, {tensor.dtype(), tensor.shape()});
    };
    const graph::Value target = place("target", targets);
    const graph::Value prediction = place("prediction", predictions);
    const graph::Value weight = weights ? place("weight", *weights) : graph::Value{};
    const graph::Value value = loss.lower(graph, target, prediction, weight);
    const Shape shape = graph.spec(value).shape;
    const graph::Value sum = shape.rank() == 0 ? value : ops::reduce_all(graph, ops::Reduction::sum, value);
    graph.set_outputs({value, graph::differentiate(graph, sum, std::array{prediction}).front()});
    graph::Execution execution(graph::Executable::make(std::move(graph), engine));
    execution.feed("target", targets);
    execution.feed("prediction", predictions);
    if (weights) execution.feed("weight", *weights);
    execution.run();
    return {execution.output(0).clone(), execution.output(1).clone()};
}

/// The largest difference in parts of the largest number wanted (of 1 where that is smaller, for `floor` 1).
double worst_difference(const Tensor& came, const Tensor& wanted, double floor) {
    const Tensor a = came.cast(DType::float64);
    const Tensor b = wanted.cast(DType::float64);
    if (a.size() != b.size()) return INFINITY;
    double scale = floor;
    double worst = 0;
    for (std::size_t i = 0; i < b.data<double>().size(); ++i) {
        scale = std::max(scale, std::abs(b.data<double>()[i]));
        const double difference = std::abs(a.data<double>()[i] - b.data<double>()[i]);
        worst = std::isfinite(difference) ? std::max(worst, difference) : INFINITY;
    }
    return worst / scale;
}

class LossGolden : public testing::TestWithParam<std::string> {};

TEST_P(LossGolden, IsKerass) {
    const std::map<std::string, Tensor> arrays = data::read_npz(markhor::test::golden("training/losses.npz"));
    double worst_value = 0;
    double worst_gradient = 0;
    int cases = 0;
    for (const nlohmann::json& test : golden_json("training/losses.json")) {
        if (test["loss"] != GetParam()) continue;
        SCOPED_TRACE(test.dump());
        const auto array = [&](const char* key) {
            return test.contains(key) ? &arrays.at(test[key].get<std::string>()) : nullptr;
        };
        const auto loss = made_from(loss_registry(), GetParam(), test["config"]);
        for (const graph::Engine* engine : {&engine::reference(), &engine::cpu()}) {
            SCOPED_TRACE(engine->name());
            const LossRun came = run(*loss, *array("y_true"), *array("y_pred"), array("sample_weight"), *engine);
            const double value = worst_difference(came.value, *array("value"), 1e-3);
            EXPECT_LE(value, 1e-6);
            worst_value = std::max(worst_value, value);
            if (!test.contains("grad")) continue;
            const double gradient = worst_difference(came.gradient, *array("grad"), 1e-3);
            EXPECT_LE(gradient, 1e-5);
            worst_gradient = std::max(worst_gradient, gradient);
        }
        ++cases;
    }
    EXPECT_GT(cases, 0);
    RecordProperty("cases", cases);
    RecordProperty("worst_value", std::to_string(worst_value));
    std::cout << GetParam() << ": " << cases << " cases, worst value " << worst_value << ", worst gradient "
              << worst_gradient << "\n";
}

std::vector<std::string> recorded_losses() {
    std::vector<std::string> names;
    for (const nlohmann::json& test : golden_json("training/losses.json")) names.push_back(test["loss"]);
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(Keras, LossGolden, testing::ValuesIn(recorded_losses()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace markhor::training::test
