// Twenty steps of training from Keras's initial weights on Keras's batches: the same losses, weights and optimizer
// variables, for every optimizer and each of its arguments. tests/golden/training comes from
// conformance/collect_training.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>

#include "data/npz.hpp"
#include "formats/config.hpp"
#include "formats/fields_json.hpp"
#include "support/error_of.hpp"
#include "support/paths.hpp"
#include "training/loss.hpp"
#include "training/optimizer.hpp"

namespace markhor {
namespace {

using nlohmann::json;

const std::string trajectories_golden = markhor::test::golden("training/");

struct RecordedTrajectory {
    json manifest = json::parse(std::ifstream(trajectories_golden + "runs.json"));
    std::map<std::string, Tensor> arrays = data::read_npz(trajectories_golden + "arrays.npz");
    const Tensor& array(const json& number) const { return arrays.at(std::to_string(number.get<int>())); }
};

const RecordedTrajectory& recorded_trajectories() {
    static const RecordedTrajectory the_recorded;
    return the_recorded;
}

// Runs with regularizers and constraints, which layers do not take yet.
std::vector<std::string> run_ids() {
    std::vector<std::string> ids;
    for (const json& run : recorded_trajectories().manifest["runs"]) ids.push_back(run["id"]);
    return ids;
}

Optimizer optimizer_from(const json& serialized) {
    const std::shared_ptr<OptimizerBase> base = optimizer_registry().find(serialized["class_name"].get<std::string>());
    if (!base) throw ValueError("there is no " + serialized["class_name"].get<std::string>());
    formats::FieldReader reader(serialized["config"], "optimizer");
    base->describe(reader);
    base->finish_construction();
    return Optimizer(base);
}

Loss loss_from(const json& loss) {
    if (loss.is_string()) return Loss(loss.get<std::string>());
    const std::shared_ptr<LossBase> base = loss_registry().make(loss["class_name"].get<std::string>());
    formats::FieldReader reader(loss["config"], "loss");
    base->describe(reader);
    base->check();
    return Loss(std::shared_ptr<const LossBase>(base));
}

/// Compiled as the run was, with its initial weights.
Model model_of(const json& run) {
    const RecordedTrajectory& all = recorded_trajectories();
    clear_session();
    json config = all.manifest["models"][run["model"].get<std::size_t>()];
    // The regularizer of the first layer's kernel.
    if (run.contains("/options/reg"_json_pointer)) {
        config["/config/layers/1/config/kernel_regularizer"_json_pointer] = run["/options/reg"_json_pointer];
    }
    Model model = formats::model_from_config(config);
    std::vector<Tensor> initial;
    for (const json& number : run["initial"]) initial.push_back(all.array(number));
    model.set_weights(initial);
    if (run.value("/options/frozen"_json_pointer, false)) {
        Layer norm = model.get_layer("batch_normalization");
        norm.set_trainable(false);
    }
    Optimizer optimizer = optimizer_from(run["optimizer"]);
    if (run["id"] == "adamw_exclude") optimizer.exclude_from_weight_decay({"bias", "gamma", "beta"});
    if (run["id"] == "2_adamw_exclude_bias") optimizer.exclude_from_weight_decay({"bias", "gamma", "beta"});
    model.compile({.optimizer = optimizer, .loss = loss_from(run["loss"])});
    return model;
}

/// The step's part of an array whose first axis counts the steps.
Tensor step_of(const Tensor& all, std::int64_t step) {
    return all.slice(step, step + 1).reshaped(all.shape().without_batch());
}

/// One probability a class, which some runs gave their losses in place of the class numbers.
Tensor one_hot(const Tensor& labels, std::int64_t classes) {
    Tensor all = Tensor::zeros(Shape({labels.shape()[0], labels.shape()[1], classes}));
    for (std::size_t i = 0; i < labels.data<std::int32_t>().size(); ++i) {
        all.data<float>()[i * static_cast<std::size_t>(classes) +
                          static_cast<std::size_t>(labels.data<std::int32_t>()[i])] = 1;
    }
    return all;
}

void expect_near(const Tensor& came, const Tensor& wanted, double tolerance, const std::string& what) {
    ASSERT_EQ(came.shape(), wanted.shape()) << what;
    const Tensor a = came.cast(DType::float64);
    const Tensor b = wanted.cast(DType::float64);
    double worst = 0;
    double scale = 1;
    for (std::size_t i = 0; i < b.data<double>().size(); ++i) {
        worst = std::max(worst, std::abs(a.data<double>()[i] - b.data<double>()[i]));
        scale = std::max(scale, std::abs(b.data<double>()[i]));
    }
    EXPECT_LE(worst, tolerance * scale) << what;
}

class Trajectory : public testing::TestWithParam<std::string> {};

TEST_P(Trajectory, IsKerass) {
    const RecordedTrajectory& all = recorded_trajectories();
    const json run = *std::ranges::find(all.manifest["runs"], GetParam(),
                                        [](const json& one) { return one["id"].get<std::string>(); });
    Model model = model_of(run);
    const Tensor& x = all.array(run["x"]);
    const bool wants_one_hot = run["id"] == "sgd_label_smoothing" || run["id"] == "sgd_mse";
    const Tensor y = wants_one_hot ? one_hot(all.array(run["y"]), 3) : all.array(run["y"]);
    OnBatchOptions options;
    if (run.contains("class_weight")) {
        for (const auto& [number, weight] : run["class_weight"].items())
            options.class_weight[std::stoi(number)] = weight;
    }
    const std::vector<double> losses = run["losses"];
    for (std::size_t step = 0; step < losses.size(); ++step) {
        const auto index = static_cast<std::int64_t>(step);
        if (run.contains("sample_weight")) options.sample_weight = step_of(all.array(run["sample_weight"]), index);
        const double loss = model.train_on_batch(step_of(x, index), step_of(y, index), options).at("loss");
        ASSERT_NEAR(loss, losses[step], 1e-4 * std::max(1.0, std::abs(losses[step]))) << "at step " << step;
    }
    // In one run a sum comes so near to a relu's knee that its last bit, which changes with the number of threads,
    // decides about a gradient.
    const double tolerance = run["id"] == "sgd_class_weight" ? 3e-4 : 1e-4;
    const std::vector<VariablePtr> weights = model.weights();
    for (std::size_t i = 0; i < weights.size(); ++i) {
        expect_near(weights[i]->value, all.array(run["final"][i]), tolerance, weights[i]->path);
    }
    const std::vector<VariablePtr>& state = model.optimizer().base()->variables();
    ASSERT_EQ(state.size(), run["state"].size());
    for (std::size_t i = 0; i < state.size(); ++i) {
        EXPECT_EQ(state[i]->path, run["variables"][i]);
        expect_near(state[i]->value, all.array(run["state"][i]), 1e-4, state[i]->path);
    }
    const Logs after = model.evaluate(step_of(x, 0), step_of(y, 0), {.verbose = 0});
    EXPECT_NEAR(after.at("loss"), run["evaluate"].get<double>(), 1e-4 * std::max(1.0, run["evaluate"].get<double>()));
}

INSTANTIATE_TEST_SUITE_P(Keras, Trajectory, testing::ValuesIn(run_ids()),
                         [](const auto& tested) { return tested.param; });

Tensor first_rows(const Tensor& steps, std::int64_t begin, std::int64_t end) {
    const std::vector<std::int64_t>& dims = steps.shape().dims();
    std::vector<std::int64_t> flat(dims.begin() + 1, dims.end());
    flat[0] *= dims[0];
    return steps.reshaped(Shape(flat)).slice(begin, end);
}

TEST(Fit, HistoriesAreKerass) {
    const RecordedTrajectory& all = recorded_trajectories();
    const json base = all.manifest["runs"][0];
    const json weighted =
        *std::ranges::find_if(all.manifest["runs"], [](const json& run) { return run["id"] == "adam_sample_weight"; });
    int runs = 0;
    for (const json& fit : all.manifest["fits"]) {
        SCOPED_TRACE(fit["name"]);
        json run = base;
        if (const json& l2 = fit["regulariser_l2_first_conv"]; !l2.is_null()) {
            run["options"]["reg"] = {{"class_name", "L2"}, {"config", {{"l2", l2}}}};
        }
        Model model = model_of(run);
        CompileOptions compile{
            .optimizer = optimizer_from(fit["optimizer"]), .loss = loss_from(base["loss"]), .metrics = {"accuracy"}};
        const json& history = fit["history"];
        if (history.contains("weighted_accuracy")) compile.weighted_metrics = {"accuracy"};
        model.compile(compile);
        const json& args = fit["args"];
        FitOptions options{.batch_size = fit["batch_size"],
                           .epochs = fit["epochs"],
                           .verbose = 0,
                           .validation_split = args.value("validation_split", 0.0),
                           .shuffle = false};
        const Tensor& x = all.array(base["x"]);
        const Tensor& y = all.array(base["y"]);
        if (args.contains("validation_data"))
            options.validation_data = Dataset(first_rows(x, 60, 79), first_rows(y, 60, 79));
        if (args.contains("sample_weight"))
            options.sample_weight = first_rows(all.array(weighted["sample_weight"]), 0, 50);
        if (args.contains("class_weight")) options.class_weight = {{0, 1.0}, {1, 2.0}, {2, 0.5}};
        const History came = model.fit(first_rows(x, 0, 50), first_rows(y, 0, 50), options);
        EXPECT_EQ(came.history.size(), history.size());
        for (const auto& [name, values] : history.items()) {
            const auto found = came.history.find(name);
            ASSERT_NE(found, came.history.end()) << name;
            for (std::size_t epoch = 0; epoch < values.size(); ++epoch) {
                EXPECT_NEAR(found->second[epoch], values[epoch].get<double>(), 1e-4) << name << " of epoch " << epoch;
            }
        }
        const std::vector<VariablePtr> weights = model.weights();
        for (std::size_t i = 0; i < weights.size(); ++i) {
            expect_near(weights[i]->value, all.array(fit["final"][i]), 1e-4, weights[i]->path);
        }
        expect_near(model.predict(first_rows(x, 0, 50)), all.array(fit["predict"]), 1e-4, "predictions");
        const Logs after = model.evaluate(first_rows(x, 0, 50), first_rows(y, 0, 50), {.batch_size = 16, .verbose = 0});
        EXPECT_NEAR(after.at("loss"), fit["evaluate"]["loss"].get<double>(), 1e-4);
        ++runs;
    }
    EXPECT_EQ(runs, 5);
}

/// The config that an optimizer writes is the one it was read from.
TEST(OptimizerConfig, IsKerass) {
    for (const json& run : recorded_trajectories().manifest["runs"]) {
        json written = json::object();
        formats::FieldWriter writer(written);
        optimizer_from(run["optimizer"]).base()->describe(writer);
        for (const auto& [key, value] : run["optimizer"]["config"].items()) {
            EXPECT_EQ(written.value(key, json("missing")), value) << run["id"] << ": " << key;
        }
        EXPECT_EQ(written.size(), run["optimizer"]["config"].size()) << run["id"];
    }
}

TEST(Schedule, IsKerassAtEachStep) {
    const json schedules = json::parse(std::ifstream(trajectories_golden + "schedules.json"));
    ASSERT_GE(schedules.size(), 20U);
    for (const json& entry : schedules) {
        LearningRate rate = 0.0;
        const json config = {{"learning_rate", entry["schedule"]}};
        formats::FieldReader reader(config, "optimizer");
        reader.field("learning_rate", rate);
        for (std::size_t i = 0; i < entry["steps"].size(); ++i) {
            const double wanted = entry["values"][i];
            const double came = Schedule(rate.schedule())(entry["steps"][i].get<std::int64_t>());
            EXPECT_NEAR(came, wanted, 1e-8 + 4e-6 * std::abs(wanted))
                << entry["schedule"] << " at " << entry["steps"][i];
        }
        json written = json::object();
        formats::FieldWriter(written).field("learning_rate", rate);
        EXPECT_EQ(written["learning_rate"]["config"], entry["schedule"]["config"]);
    }
}

TEST(OptimizerArguments, AreChecked) {
    using namespace optimizers;
    EXPECT_EQ(test::error_of<ValueError>([] { SGD({.momentum = 1.5}); }),
              "SGD: momentum is 1.5; a number from 0 to 1 is wanted");
    EXPECT_EQ(test::error_of<ValueError>([] { Adam({.clipnorm = 1, .clipvalue = 1}); }),
              "Adam: more than one of clipnorm, clipvalue and global_clipnorm came; only one may be given");
    EXPECT_THAT(test::error_of<ValueError>([] { Adam({.gradient_accumulation_steps = 1}); }),
                testing::HasSubstr("at least 2 is wanted"));
    EXPECT_THAT(test::error_of<ValueError>([] { Adam({.use_ema = true, .ema_momentum = 2}); }),
                testing::HasSubstr("ema_momentum is 2;"));
    EXPECT_THAT(test::error_of<ValueError>([] { Lion({.beta_1 = 0}); }), testing::HasSubstr("Lion: beta_1 is 0;"));
    EXPECT_THAT(test::error_of<ValueError>([] { Optimizer("adamm"); }),
                testing::HasSubstr(
                    "there is no optimizer named \"adamm\"; known: adadelta, adafactor, adagrad, adam, adamw, adamax"));
    EXPECT_THAT(
        test::error_of<ValueError>([] { schedules::CosineDecay({.initial_learning_rate = 1, .decay_steps = 0}); }),
        testing::HasSubstr("CosineDecay: decay_steps is 0; at least 1"));
    EXPECT_THAT(test::error_of<ValueError>([] {
                    schedules::PiecewiseConstantDecay({.boundaries = {1, 2}, .values = {1}});
                }),
                testing::HasSubstr("one value more than boundaries is wanted"));
    Optimizer scheduled = SGD({.learning_rate = schedules::ExponentialDecay({.initial_learning_rate = 0.5})});
    EXPECT_EQ(scheduled.learning_rate(), 0.5);
    EXPECT_THAT(test::error_of<ValueError>([&] { scheduled.set_learning_rate(1); }),
                testing::HasSubstr("is a schedule's"));
    EXPECT_EQ(Optimizer("RMSprop").base()->class_name(), "RMSprop");
}

}  // namespace
}  // namespace markhor
