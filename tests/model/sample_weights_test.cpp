// Sample weights of any shape, class weights, and steps: losses, metrics and refusals as recorded from Keras
// (conformance/record_sample_weights.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>

#include "data/npz.hpp"
#include "support/error_of.hpp"
#include "support/paths.hpp"

namespace markhor {
namespace {

using nlohmann::json;
using test::error_of;
using testing::HasSubstr;

const std::string folder = markhor::test::golden("sample_weights/");

const std::map<std::string, Tensor>& arrays() {
    static const std::map<std::string, Tensor> all = data::read_npz(folder + "arrays.npz");
    return all;
}

Tensors tensors(const json& names) {
    if (names.is_null()) return {};
    if (names.is_string()) return arrays().at(names);
    std::vector<Tensor> list;
    for (const json& name : names) list.push_back(arrays().at(name));
    return list;
}

OutputMetrics metrics(const json& names) {
    if (names.empty()) return {};
    std::vector<Metric> flat;
    std::vector<std::vector<Metric>> lists;
    for (const json& name : names) {
        if (name.is_string()) flat.emplace_back(name.get<std::string>());
        if (name.is_array()) lists.push_back({Metric(name.at(0).get<std::string>())});
    }
    return lists.empty() ? OutputMetrics(flat) : OutputMetrics(lists);
}

Losses losses(const json& names) {
    if (names.is_string()) return names.get<std::string>();
    std::vector<std::optional<Loss>> list;
    for (const json& name : names) list.emplace_back(Loss(name.get<std::string>()));
    return Losses(list);
}

Model compiled(const json& one) {
    Model model = load_model(folder + one.at("model").get<std::string>() + ".keras");
    LossWeights loss_weights;
    if (!one.at("loss_weights").is_null())
        loss_weights = LossWeights(one.at("loss_weights").get<std::vector<double>>());
    model.compile({.optimizer = optimizers::SGD(0.1),
                   .loss = losses(one.at("loss")),
                   .loss_weights = loss_weights,
                   .metrics = metrics(one.at("metrics")),
                   .weighted_metrics = metrics(one.at("weighted"))});
    return model;
}

FitOptions options_of(const json& one) {
    const json& fit = one.at("fit");
    FitOptions options{.batch_size = 4,
                       .epochs = fit.value("epochs", 2),
                       .verbose = 0,
                       .validation_split = fit.value("validation_split", 0.0),
                       .shuffle = false,
                       .sample_weight = tensors(one.at("weights")),
                       .initial_epoch = fit.value("initial_epoch", 0),
                       .steps_per_epoch = fit.value("steps_per_epoch", 0),
                       .validation_steps = fit.value("validation_steps", 0),
                       .validation_batch_size = fit.value("validation_batch_size", 0),
                       .validation_freq = fit.value("validation_freq", 1)};
    if (fit.contains("batch_size") && fit.at("batch_size").is_null()) options.batch_size = std::nullopt;
    if (!one.at("class_weight").is_null()) options.class_weight = {{1, 2.0}};
    return options;
}

void expect_near(double came, double wanted, const std::string& what) {
    EXPECT_NEAR(came, wanted, 1e-5 * std::max(1.0, std::abs(wanted))) << what;
}

TEST(SampleWeights, AndStepsDoWhatTheyDoInKeras) {
    const json recorded = json::parse(std::ifstream(folder + "cases.json"));
    int refused = 0;
    for (const json& one : recorded.at("cases")) {
        const std::string what = one.at("model").dump() + one.at("weights").dump() + one.at("loss").dump() +
                                 one.at("fit").dump() + one.at("class_weight").dump();
        Model model = compiled(one);
        const Tensors x = tensors(one.at("x"));
        const Tensors y = tensors(one.at("y"));
        if (one.contains("error")) {
            EXPECT_NE(error_of<ValueError>([&] { model.fit(x, y, options_of(one)); }), "no error") << what;
            ++refused;
            continue;
        }
        const History history = model.fit(x, y, options_of(one));
        ASSERT_EQ(history.history.size(), one.at("history").size()) << what;
        for (const auto& [name, values] : one.at("history").items()) {
            const auto found = history.history.find(name);
            ASSERT_NE(found, history.history.end()) << what << name;
            ASSERT_EQ(found->second.size(), values.size()) << what << name;
            for (std::size_t i = 0; i < values.size(); ++i) {
                expect_near(found->second[i], values[i], what + name + std::to_string(i));
            }
        }
        const Logs logs =
            model.evaluate(x, y, {.batch_size = 4, .verbose = 0, .sample_weight = tensors(one.at("weights"))});
        for (const auto& [name, values] : one.at("evaluate").items()) {
            expect_near(logs.at(name), values.at(0), what + "evaluate " + name);
        }
    }
    EXPECT_GE(refused, 5);
}

TEST(SampleWeights, OfOtherShapesAreRefusedWithBothShapes) {
    Model model = load_model(folder + "maps.keras");
    model.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy"});
    const Tensor& x = arrays().at("x_maps");
    const Tensor& y = arrays().at("y_classes");
    const auto fit = [&](const FitOptions& options) { return error_of<ValueError>([&] { model.fit(x, y, options); }); };
    EXPECT_THAT(fit({.sample_weight = Tensor::full({6, 3, 4}, 1)}),
                HasSubstr("got sample weights of shape (6, 3, 4) for losses of shape (6, 4, 4)"));
    EXPECT_THAT(fit({.sample_weight = Tensor::full({5, 4, 4}, 1)}), HasSubstr("expected (6, …)"));
    EXPECT_THAT(fit({.class_weight = {{1, 2.0}}}),
                HasSubstr("give each element the weight of its class by sample_weight"));
    EXPECT_THAT(fit({.class_weight = {{1, 2.0}}, .sample_weight = Tensor::full({6}, 1)}), HasSubstr("got both"));
}

TEST(Steps, EndEvaluationAndPredictionEarly) {
    const json steps = json::parse(std::ifstream(folder + "cases.json")).at("steps");
    Model model = load_model(folder + "vector.keras");
    model.compile({.optimizer = "sgd", .loss = "mse"});
    const Tensor& x = arrays().at("x_vector");
    const auto batch = [](const json& size) {
        return size.is_null() ? std::optional<std::int64_t>() : std::optional(size.get<std::int64_t>());
    };
    for (const json& one : steps.at("evaluate")) {
        const Logs logs =
            model.evaluate(x, arrays().at("y_vector"), {.batch_size = batch(one[1]), .verbose = 0, .steps = one[0]});
        expect_near(logs.at("loss"), one[2], one.dump());
    }
    for (const json& one : steps.at("predict")) {
        EXPECT_EQ(model.predict(x, {.batch_size = batch(one[1]), .steps = one[0]}).shape()[0],
                  one[2].get<std::int64_t>());
    }
    EXPECT_THAT(error_of([&] { model.predict(x, {.steps = -1}); }), HasSubstr("steps is -1"));
    EXPECT_THAT(error_of([&] { model.fit(x, arrays().at("y_vector"), {.steps_per_epoch = -2}); }),
                HasSubstr("steps_per_epoch is -2"));
}

}  // namespace
}  // namespace markhor
