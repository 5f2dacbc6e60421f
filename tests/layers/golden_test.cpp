// Every recorded case of real Keras: the layer made from its config, on its input and weights, gives Keras's output,
// gradients and updated statistics, at inference and in training, on both engines. tests/golden/layers comes from
// conformance/collect_layers.py.
#include <algorithm>
#include <cmath>
#include <map>
#include <markhor/layers/preprocessing.hpp>
#include <nlohmann/json.hpp>

#include "data/npz.hpp"
#include "engine/engines.hpp"
#include "layers/support.hpp"
#include "support/paths.hpp"

namespace markhor::layers::test {
namespace {

using Arrays = std::map<std::string, Tensor>;

struct Case {
    nlohmann::json manifest;
    const Arrays* arrays = nullptr;

    std::string id() const { return manifest["id"]; }
    const Tensor* find(const std::string& key) const {
        const auto found = arrays->find(id() + "." + key);
        return found == arrays->end() ? nullptr : &found->second;
    }
    std::vector<Tensor> numbered(const std::string& prefix) const {
        std::vector<Tensor> all;
        while (const Tensor* next = find(prefix + std::to_string(all.size()))) all.push_back(*next);
        return all;
    }
};

double largest(const Tensor& values) {
    double scale = 0;
    const Tensor wide = values.cast(DType::float64);
    for (const double value : wide.data<double>()) {
        if (std::isfinite(value)) scale = std::max(scale, std::abs(value));
    }
    return scale;
}

/// The largest difference, as a multiple of what is allowed; infinite where one is finite and the other is not.
double excess(const Tensor& came, const Tensor& wanted, double allowed) {
    const Tensor a = came.cast(DType::float64);
    const Tensor b = wanted.cast(DType::float64);
    const auto x = a.data<double>();
    const auto y = b.data<double>();
    double worst = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
        const double difference = std::abs(x[i] - y[i]);
        worst = std::isfinite(difference) ? std::max(worst, difference / allowed) : INFINITY;
    }
    return worst;
}

/// `tolerance` is of the largest wanted value; `noise`, what float32 leaves of values that cancel.
void expect_close(const Tensor& came, const Tensor& wanted, double tolerance, const std::string& what,
                  double noise = 1e-7) {
    ASSERT_EQ(came.shape(), wanted.shape()) << what;
    EXPECT_LE(excess(came, wanted, tolerance * largest(wanted) + noise), 1)
        << what << ": difference as a multiple of the tolerance";
}

void check_mode(const Case& test, const Layer& layer, const graph::Engine& engine, const std::string& mode) {
    const Tensor* y = test.find(mode + ".y");
    if (!y) return;
    SCOPED_TRACE(test.id() + " " + mode + " on " + std::string(engine.name()));
    const bool training = mode == "train";
    // The variance of values around 1000 keeps few digits in float32.
    const double slack = test.id().ends_with("_largemean") ? 100 : 1;
    std::vector<Tensor> weights = test.numbered("w");
    if (const Tensor* data = test.find("infer.adapt_data")) {
        Normalization(layer).adapt(*data);
        weights = layer.get_weights();
        for (const auto& [i, statistic] : {std::pair(0, "infer.mean"), std::pair(1, "infer.variance")}) {
            const Tensor& wanted = *test.find(statistic);
            expect_close(weights[static_cast<std::size_t>(i)].reshaped(wanted.shape()), wanted, 1e-6, statistic);
        }
    }
    Layer(layer).set_weights(weights);
    const Tensor* upstream = test.find(mode + ".g");
    const double noise = upstream ? 2e-6 * largest(*upstream) : 0;
    const LayerRun run = run_layer(layer, test.numbered("x"), engine, training, upstream ? *upstream : Tensor());
    expect_close(run.y, *y, slack * 1e-5, "y");
    for (std::size_t i = 0; i < run.input_gradients.size(); ++i) {
        if (const Tensor* wanted = test.find(mode + ".gx" + std::to_string(i))) {
            expect_close(run.input_gradients[i], *wanted, slack * 1e-4, "gradient of input " + std::to_string(i),
                         noise);
        }
    }
    std::size_t trained = 0;
    const std::vector<VariablePtr> all = layer.weights();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Tensor* after = test.find(mode + ".w" + std::to_string(i) + "_after");
        expect_close(all[i]->value, after ? *after : weights[i], 1e-5, all[i]->path + " after the run");
        if (!layer.trainable() || !all[i]->trainable || !upstream) continue;
        const Tensor* wanted = test.find(mode + ".gw" + std::to_string(i));
        ASSERT_TRUE(wanted) << all[i]->path;
        expect_close(run.weight_gradients[trained++], *wanted, slack * 1e-4, "gradient of " + all[i]->path, noise);
    }
}

class LayerGolden : public testing::TestWithParam<std::string> {};

TEST_P(LayerGolden, IsKerass) {
    const std::string class_name = GetParam();
    const Arrays arrays = data::read_npz(markhor::test::golden("layers/") + class_name + ".npz");
    int cases = 0;
    for (const nlohmann::json& manifest : golden_json("layers/manifest.json")) {
        if (manifest["class_name"] != class_name) continue;
        const Case test{manifest, &arrays};
        SCOPED_TRACE(test.id() + " " + manifest["config"].dump());
        const Layer layer = layer_from(class_name, manifest["config"]);
        std::vector<SymbolicTensor> inputs;
        for (const Tensor& x : test.numbered("x"))
            inputs.push_back(Input(x.shape().without_batch(), {.batch_size = x.shape()[0]}));
        const Shape output = layer(inputs).shape();
        EXPECT_EQ(output, Shape(manifest["output_shape"].get<std::vector<std::int64_t>>()));
        for (const graph::Engine* engine : {&engine::reference(), &engine::cpu()}) {
            check_mode(test, layer, *engine, "infer");
            check_mode(test, layer, *engine, "train");
        }
        ++cases;
    }
    EXPECT_GT(cases, 0);
    RecordProperty("cases", cases);
}

std::vector<std::string> recorded_classes() {
    std::vector<std::string> names;
    for (const nlohmann::json& manifest : golden_json("layers/manifest.json")) names.push_back(manifest["class_name"]);
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(Keras, LayerGolden, testing::ValuesIn(recorded_classes()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace markhor::layers::test
