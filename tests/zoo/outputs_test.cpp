// What each network computes against real Keras with equal weights (tests/golden/zoo/outputs.json, recorded by
// conformance/record_zoo_outputs.py; the weights come from a rule): logits, softmax, and statistics of maps on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <markhor/applications.hpp>
#include <nlohmann/json.hpp>

#include "formats/verify.hpp"
#include "layers/pending_weights.hpp"
#include "model/model_base.hpp"
#include "support/paths.hpp"
#include "zoo/rule.hpp"

namespace markhor::applications {
namespace {

using nlohmann::json;

constexpr double tolerance = 1e-4;  // of the largest value that Keras has

const json& recorded_outputs() {
    static const json networks = [] {
        std::ifstream file(markhor::test::golden("zoo/outputs.json"));
        return json::parse(file);
    }();
    return networks;
}

std::vector<std::string> recorded_names() {
    std::vector<std::string> names;
    for (const auto& [name, expected] : recorded_outputs().items()) names.push_back(name);
    return names;
}

Model network(const std::string& name, std::int64_t side, const std::string& classifier_activation) {
    clear_session();
    const PendingWeights scope(std::numeric_limits<std::size_t>::max());
    return make_network(
        name, {.input_shape = {side, side, 3}, .classes = 10, .classifier_activation = classifier_activation});
}

/// The network with these layers' outputs behind its own.
Model with_maps(const Model& model, const json& maps) {
    std::vector<SymbolicTensor> outputs = model.outputs();
    for (const json& map : maps) {
        for (const auto& call : model.model_base()->calls()) {
            if (call->layer->name() == map["layer"]) outputs.emplace_back(call, 0);
        }
    }
    return Model({.inputs = model.inputs(), .outputs = outputs});
}

double largest_error(const Tensor& came, const json& wanted) {
    const auto values = came.data<float>();
    if (values.size() != wanted.size()) return INFINITY;
    double largest = 0;
    double scale = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double value = wanted[i].get<double>();
        const double difference = std::abs(static_cast<double>(values[i]) - value);
        largest = std::isfinite(difference) ? std::max(largest, difference) : INFINITY;
        scale = std::max(scale, std::abs(value));
    }
    return largest / scale;
}

void expect_statistics(const Tensor& map, const json& wanted) {
    double sum = 0;
    double squares = 0;
    for (const float value : map.data<float>()) {
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
    }
    const auto count = static_cast<double>(map.size());
    const double square = wanted["square"][0].get<double>();
    EXPECT_NEAR(sum / count, wanted["mean"][0].get<double>(), tolerance * std::sqrt(square)) << wanted["layer"];
    EXPECT_NEAR(squares / count, square, tolerance * square) << wanted["layer"];
}

class ZooOutputs : public testing::TestWithParam<std::string> {};

TEST_P(ZooOutputs, AreKerassWithEqualWeights) {
    const json& expected = recorded_outputs().at(GetParam());
    const auto side = expected["side"].get<std::int64_t>();
    const Tensor x = test::input_by_rule(side, expected["pixels"].get<bool>());

    Model linear = network(GetParam(), side, "linear");
    test::set_weights_by_rule(linear, expected["gain"].get<double>());
    const std::vector<Tensor> outputs = formats::outputs_of(with_maps(linear, expected["maps"]), {x});
    ASSERT_EQ(outputs.size(), 1 + expected["maps"].size());
    for (std::size_t i = 1; i < outputs.size(); ++i) expect_statistics(outputs[i], expected["maps"][i - 1]);
    const double logits_error = largest_error(outputs[0], expected["logits"]);
    EXPECT_LE(logits_error, tolerance) << "logits";

    Model classifier = network(GetParam(), side, "softmax");
    classifier.set_weights(linear.get_weights());
    const double softmax_error = largest_error(formats::outputs_of(classifier, {x})[0], expected["softmax"]);
    EXPECT_LE(softmax_error, tolerance) << "softmax";
    RecordProperty("logits_error", std::to_string(logits_error));
    RecordProperty("softmax_error", std::to_string(softmax_error));
}

INSTANTIATE_TEST_SUITE_P(Networks, ZooOutputs, testing::ValuesIn(recorded_names()),
                         [](const auto& network) { return network.param; });

}  // namespace
}  // namespace markhor::applications
