// Models of several inputs and outputs, trained from Keras's initial weights on Keras's batches: the same losses,
// metrics and weights, whichever way compile() and fit() are told of the outputs. tests/golden/training/outputs.json
// comes from conformance/record_outputs.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>

#include "data/npz.hpp"
#include "formats/compile_config.hpp"
#include "formats/config.hpp"
#include "support/error_of.hpp"
#include "support/paths.hpp"

namespace markhor {
namespace {

using namespace layers;
using nlohmann::json;
using testing::HasSubstr;

const std::string golden = markhor::test::golden("training/outputs");

struct Recorded {
    json manifest = json::parse(std::ifstream(golden + ".json"));
    std::map<std::string, Tensor> arrays = data::read_npz(golden + ".npz");

    std::vector<Tensor> all(const std::string& prefix) const {
        std::vector<Tensor> found;
        for (int i = 0; arrays.contains(prefix + std::to_string(i)); ++i)
            found.push_back(arrays.at(prefix + std::to_string(i)));
        return found;
    }
};

const Recorded& recorded() {
    static const Recorded the_recorded;
    return the_recorded;
}

/// These arrays, as a list or by name in another order.
Tensors given(const std::vector<std::string>& names, bool by_name, std::int64_t begin = 0, std::int64_t end = -1) {
    const std::map<std::string, Tensor>& arrays = recorded().arrays;
    const auto part = [&](const std::string& array) {
        const Tensor& whole = arrays.at(array);
        return end < 0 ? whole : whole.slice(begin, end);
    };
    std::vector<Tensor> list;
    std::map<std::string, Tensor> dict;  // alphabetic: "age" before "kind"
    for (const std::string& name : names) {
        list.push_back(part(name));
        dict.emplace(name.substr(0, name.find('_')), part(name));
    }
    return by_name ? Tensors(dict) : Tensors(list);
}

void expect_figures(const Logs& came, const json& wanted, const std::string& what) {
    std::vector<std::string> names;
    for (const auto& [name, value] : came) names.push_back(name);
    std::vector<std::string> wanted_names;
    for (const auto& [name, value] : wanted.items()) wanted_names.push_back(name);
    ASSERT_EQ(names, wanted_names) << what;
    for (const auto& [name, value] : wanted.items()) {
        EXPECT_NEAR(came.at(name), value.get<double>(), 1e-4 * std::max(1.0, std::abs(value.get<double>())))
            << what << ": " << name;
    }
}

void expect_weights(const Model& model, const std::string& prefix) {
    const std::vector<Tensor> wanted = recorded().all(prefix);
    const std::vector<Tensor> came = model.get_weights();
    ASSERT_EQ(came.size(), wanted.size());
    for (std::size_t w = 0; w < came.size(); ++w) {
        for (std::size_t i = 0; i < came[w].data<float>().size(); ++i)
            ASSERT_NEAR(came[w].data<float>()[i], wanted[w].data<float>()[i], 1e-4) << prefix << w << " element " << i;
    }
}

class SeveralOutputs : public testing::TestWithParam<std::size_t> {};

TEST_P(SeveralOutputs, TrainAsInKeras) {
    const json& manifest = recorded().manifest;
    const json& run = manifest["runs"][GetParam()];
    const std::string name = run["name"];
    SCOPED_TRACE(name);
    const bool for_all = name == "for_all";
    const bool by_name = run["form"] == "dict";
    clear_session();
    Model model = formats::model_from_config(manifest[for_all ? "for_all_model" : "model"]);
    model.set_weights(recorded().all(for_all ? "for_all_initial." : "initial."));
    model.compile(*formats::read_compile_config(run["compile_config"], "run"));

    const std::vector<std::string> inputs = {"image", "numbers"};
    const std::vector<std::string> targets = {"kind", for_all ? "more" : "age"};
    std::vector<std::string> weights;
    if (run["weights"] == "both") weights = {"kind_weight", "age_weight"};
    if (run["weights"] == "one") weights = {"kind_weight"};
    const std::int64_t batch = manifest["batch"];
    for (std::size_t step = 0; step < run["steps"].size(); ++step) {
        const std::int64_t begin = static_cast<std::int64_t>(step) * batch % 48;
        const Logs logs = model.train_on_batch(given(inputs, by_name, begin, begin + batch),
                                               given(targets, by_name, begin, begin + batch),
                                               {.sample_weight = given(weights, by_name, begin, begin + batch)});
        expect_figures(logs, run["steps"][step], "step " + std::to_string(step));
    }
    expect_weights(model, name + ".stepped.");

    const Dataset data(given(inputs, by_name), given(targets, by_name));
    const History history = model.fit(data, {.batch_size = batch,
                                             .epochs = 2,
                                             .verbose = 0,
                                             .validation_data = data,
                                             .shuffle = false,
                                             .sample_weight = given(weights, by_name)});
    for (std::size_t epoch = 0; epoch < 2; ++epoch) {
        Logs logs;
        json wanted;
        for (const auto& [key, values] : history.history) logs[key] = values[epoch];
        for (const auto& [key, values] : run["history"].items()) wanted[key] = values[epoch];
        expect_figures(logs, wanted, "epoch " + std::to_string(epoch));
    }
    expect_weights(model, name + ".fitted.");
    expect_figures(model.evaluate(data, {.batch_size = 20, .verbose = 0, .sample_weight = given(weights, by_name)}),
                   run["evaluated"], "evaluate");
    const std::vector<Tensor> predicted = model.predict_outputs(given(inputs, by_name), {.batch_size = 20});
    ASSERT_EQ(predicted.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        const Tensor& wanted = recorded().arrays.at(name + ".predicted." + std::to_string(i));
        ASSERT_EQ(predicted[i].shape(), wanted.shape());
        for (std::size_t k = 0; k < wanted.data<float>().size(); ++k)
            ASSERT_NEAR(predicted[i].data<float>()[k], wanted.data<float>()[k], 1e-4);
    }
}

TEST_P(SeveralOutputs, AreWrittenAsKerasWritesThem) {
    json wanted = recorded().manifest["runs"][GetParam()]["compile_config"];
    json came = formats::compile_config(*formats::read_compile_config(wanted, "run"));
    // A list of one metric and the metric alone are the same to Keras.
    for (json* config : {&wanted, &came}) config->erase("optimizer");
    EXPECT_EQ(came, wanted);
}

INSTANTIATE_TEST_SUITE_P(Recorded, SeveralOutputs, testing::Range<std::size_t>(0, 5));

Model two_by_two() {
    clear_session();
    const SymbolicTensor a = Input({2}, {.name = "a"});
    const SymbolicTensor b = Input({3}, {.name = "b"});
    const SymbolicTensor both = Concatenate()({a, b});
    return Model({.inputs = {a, b}, .outputs = {Dense(1, {.name = "left"})(both), Dense(1, {.name = "right"})(both)}});
}

TEST(SeveralOutputsOptions, BracesOfEachKindSayWhatTheyLookLike) {
    Model model = two_by_two();
    const Tensor a = Tensor::full({4, 2}, 1);
    const Tensor b = Tensor::full({4, 3}, 1);
    const Tensor y = Tensor::full({4, 1}, 2);
    model.compile({.optimizer = "sgd", .loss = {"mse", "mae"}, .loss_weights = {1.0, 0.5}, .metrics = {"mae", "mse"}});
    const Logs in_order = model.evaluate({a, b}, {y, y}, {.verbose = 0});
    EXPECT_TRUE(in_order.contains("left_mae") && in_order.contains("right_mse"));
    EXPECT_NEAR(in_order.at("loss"), in_order.at("left_loss") + in_order.at("right_loss") / 2, 1e-6);
    model.compile({.optimizer = "sgd",
                   .loss = {{"right", "mae"}, {"left", "mse"}},
                   .loss_weights = {{"right", 0.5}},
                   .metrics = {{"left", {"mae"}}, {"right", {"mse", "mae"}}}});
    const Logs by_name = model.evaluate({{"b", b}, {"a", a}}, {{"right", y}, {"left", y}}, {.verbose = 0});
    EXPECT_EQ(by_name.at("loss"), in_order.at("loss"));
    EXPECT_EQ(by_name.at("right_mse"), in_order.at("right_mse"));
    EXPECT_EQ(model.predict({a, b}).shape(), Shape({4, 1}));
    model.compile({.optimizer = "sgd", .loss = {{"left", "mse"}, {"right", std::nullopt}}});
    EXPECT_EQ(model.evaluate({a, b}, {{"left", y}}, {.verbose = 0}).size(), 1U);
}

TEST(SeveralOutputsOptions, AreSlicedShuffledAndCachedTogether) {
    std::vector<float> numbers(20);
    for (std::size_t i = 0; i < 20; ++i) numbers[i] = static_cast<float>(i);
    const auto column = [&](float offset) {
        std::vector<float> moved = numbers;
        for (float& value : moved) value += offset;
        return Tensor::from({20, 1}, moved);
    };
    const Dataset data =
        Dataset({column(0), column(100)}, {column(200), column(300)}).slice(5, 20).shuffle(3).cache().rescaled(1, 0);
    for (const Batch& batch : data.batches({.batch_size = 4, .shuffle = true})) {
        for (std::size_t i = 0; i < batch.items.size(); ++i) {
            const float first = batch.x.data<float>()[i];
            EXPECT_GE(first, 5);
            EXPECT_EQ(batch.input(1).data<float>()[i], first + 100);
            EXPECT_EQ(batch.target(0).data<float>()[i], first + 200);
            EXPECT_EQ(batch.target(1).data<float>()[i], first + 300);
        }
    }
}

TEST(SeveralOutputsOptions, WhatDoesNotFitIsNamed) {
    Model model = two_by_two();
    const Tensor a = Tensor::full({4, 2}, 1);
    const Tensor b = Tensor::full({4, 3}, 1);
    const Tensor y = Tensor::full({4, 1}, 2);
    const auto compiled = [&](const CompileOptions& options) {
        model.compile(options);
        return test::error_of([&] { model.fit({a, b}, {y, y}, {.verbose = 0}); });
    };
    EXPECT_EQ(compiled({.loss = {"mse", "mse", "mse"}}),
              "functional: fit(): 3 losses came; 2 are wanted, for 'left', 'right'");
    EXPECT_EQ(compiled({.loss = {{"left", "mse"}, {"rigth", "mse"}}}),
              "functional: fit(): losses came for 'rigth'; the model has 'left', 'right'");
    EXPECT_THAT(compiled({.loss = {{"left", "mse"}}}), HasSubstr("none for output 'right'"));
    EXPECT_THAT(compiled({.loss = "mse", .loss_weights = {1.0}}), HasSubstr("1 loss_weights came; 2 are wanted"));
    EXPECT_THAT(compiled({.loss = "mse", .metrics = {"mae", "mae", "mae"}}), HasSubstr("3 metrics came; 2 are wanted"));
    EXPECT_THAT(compiled({.loss = {std::nullopt, std::nullopt}}), HasSubstr("no output has a loss"));
    model.compile({.loss = "mse"});
    const std::vector<Tensor> before = model.get_weights();
    EXPECT_THAT(test::error_of([&] { model.fit(a, {y, y}); }), HasSubstr("1 inputs came; 2 are wanted, for 'a', 'b'"));
    EXPECT_THAT(test::error_of([&] { model.fit({a, b}, y); }), HasSubstr("1 targets came; 2 are wanted"));
    EXPECT_THAT(test::error_of([&] { model.fit({b, a}, {y, y}); }), HasSubstr("the input 'a' is (None, 2)"));
    EXPECT_THAT(test::error_of([&] {
                    model.fit({a, b}, {{"left", y}});
                }),
                HasSubstr("no target came for the output 'right'"));
    EXPECT_THAT(test::error_of([&] { model.fit({a, b}, {y, Tensor::full({3, 1}, 1)}); }), HasSubstr("y[1] has 3"));
    EXPECT_THAT(test::error_of([&] {
                    model.fit({a, b}, {y, y}, {.class_weight = {{0, 2.0}}});
                }),
                HasSubstr("class_weight came for a model of 2 outputs"));
    EXPECT_THAT(test::error_of([&] { model.predict({a, Tensor::full({3, 3}, 1)}); }), HasSubstr("4 and of 3 examples"));
    for (std::size_t w = 0; w < before.size(); ++w) {
        EXPECT_TRUE(std::ranges::equal(before[w].data<float>(), model.get_weights()[w].data<float>()));
    }
}

}  // namespace
}  // namespace markhor
