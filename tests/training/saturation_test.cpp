// Cross-entropy of saturated outputs: exact where the loss finds the logits behind softmax or sigmoid, clipped where a
// reshape lies between, as in Keras. The figures are real Keras's.
#include <markhor/layers.hpp>
#include <markhor/model.hpp>

#include "graph/graph.hpp"
#include "ops/elementwise.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"
#include "training/support.hpp"

namespace markhor::training::test {
namespace {

using namespace layers;

Sequential network(const std::string& head, std::int64_t units) {
    Sequential model({Input({1})});
    const bool in_dense = head.starts_with("Dense(");
    const std::string activation = head.find("softmax") != std::string::npos ? "softmax" : "sigmoid";
    model.add(Dense(units, {.activation = in_dense ? activation : "linear"}));
    if (head.find("Activation(") != std::string::npos) model.add(Activation(activation));
    if (head.find("Softmax layer") != std::string::npos) model.add(Softmax());
    if (head.find("Reshape") != std::string::npos) model.add(Reshape({units}));
    return model;
}

Loss loss_of(const nlohmann::json& test, bool from_logits) {
    if (test["loss"] == "BinaryCrossentropy") return losses::BinaryCrossentropy({.from_logits = from_logits});
    if (test["loss"] == "CategoricalCrossentropy") return losses::CategoricalCrossentropy({.from_logits = from_logits});
    return losses::SparseCategoricalCrossentropy({.from_logits = from_logits});
}

Tensor targets_of(const nlohmann::json& test) {
    const auto y = test["y"].get<std::vector<std::int32_t>>();
    const auto count = static_cast<std::int64_t>(y.size());
    if (test["loss"] == "SparseCategoricalCrossentropy") return labels({count}, y);
    if (test["loss"] == "BinaryCrossentropy") return floats({count, 1}, {y.begin(), y.end()});
    std::vector<float> one_hot;
    for (const std::int32_t label : y)
        one_hot.insert(one_hot.end(), {label == 0 ? 1.0F : 0.0F, label == 1 ? 1.0F : 0.0F});
    return floats({count, 2}, one_hot);
}

std::vector<float> flattened(const nlohmann::json& numbers) {
    std::vector<float> values;
    for (const nlohmann::json& number : numbers.flatten()) values.push_back(number.get<float>());
    return values;
}

void expect_near(const Tensor& came, const nlohmann::json& wanted) {
    EXPECT_THAT(came.data<float>(), testing::Pointwise(testing::FloatNear(2e-5F), flattened(wanted)));
}

TEST(Saturation, IsKerass) {
    int cases = 0;
    for (const nlohmann::json& test : golden_json("training/saturation.json")) {
        SCOPED_TRACE(test["head"].get<std::string>() + " " + test["loss"].get<std::string>());
        const std::vector<float> kernel = flattened(test["kernel"]);
        const auto units = static_cast<std::int64_t>(kernel.size());
        Sequential model = network(test["head"], units);
        model.set_weights({floats({1, units}, kernel), floats({units}, test["bias"])});
        const Loss loss = loss_of(test, test["head"].get<std::string>().find("from_logits") != std::string::npos);
        model.compile({.optimizer = optimizers::SGD({.learning_rate = test["lr"].get<double>()}), .loss = loss});
        const auto x_values = test["x"].get<std::vector<float>>();
        const Tensor x = floats({static_cast<std::int64_t>(x_values.size()), 1}, x_values);
        const Tensor y = targets_of(test);

        const double tolerance = 1e-6 * test["evaluate"].get<double>();
        EXPECT_NEAR(model.evaluate(x, y, {.verbose = 0}).at("loss"), test["evaluate"], tolerance);
        EXPECT_NEAR(number(loss(y, model.predict(x))), test["on_predictions"], tolerance);
        EXPECT_NEAR(model.train_on_batch(x, y).at("loss"), test["train_on_batch"], tolerance);
        expect_near(model.get_weights()[0], test["kernel_after"]);
        expect_near(model.get_weights()[1], test["bias_after"]);
        ++cases;
    }
    EXPECT_EQ(cases, 13);
}

struct Chain {
    graph::Graph graph;
    graph::Value logits = graph.placeholder("logits", {DType::float32, {2, 3, 4}});
};

TEST(RecoverLogits, LooksThroughTheActivationAlone) {
    Chain chain;
    graph::Graph& g = chain.graph;
    const graph::Value softmax = ops::softmax(g, chain.logits);
    EXPECT_EQ(recover_logits(g, softmax), chain.logits);
    EXPECT_EQ(recover_logits(g, ops::unary(g, ops::UnaryKind::sigmoid, chain.logits)), chain.logits);
    EXPECT_FALSE(recover_logits(g, chain.logits));
    EXPECT_FALSE(recover_logits(g, ops::log_softmax(g, chain.logits)));
    EXPECT_FALSE(recover_logits(g, ops::reshape(g, softmax, {2, 3, 4})));
    EXPECT_FALSE(recover_logits(g, ops::unary(g, ops::UnaryKind::scale, softmax, 1)));
}

TEST(RecoverLogits, FindsThoseOfASoftmaxAlongAnotherAxis) {
    Chain chain;
    graph::Graph& g = chain.graph;
    const std::vector<int> swapped = {0, 2, 1};
    const graph::Value softmax = ops::softmax(g, ops::transpose(g, chain.logits, swapped));
    EXPECT_EQ(recover_logits(g, ops::transpose(g, softmax, swapped)), chain.logits);
    EXPECT_FALSE(recover_logits(g, ops::transpose(g, softmax, {1, 0, 2})));
}

}  // namespace
}  // namespace markhor::training::test
