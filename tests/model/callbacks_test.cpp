// Callbacks: Keras's decisions on recorded figures, files that resume or log a run, and a run that is killed again and
// again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <thread>

#include "core/random.hpp"
#include "support/files.hpp"
#include "support/paths.hpp"

namespace markhor {
namespace {

using namespace layers;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class CallbacksTest : public testing::Test {
protected:
    const test::TemporaryFolder folder;
};

Sequential one_weight(double learning_rate) {
    clear_session();
    Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "zeros"})});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = learning_rate}), .loss = "mse"});
    return model;
}

float& weight_of(const Model& model) { return model.weights()[0]->value.data<float>()[0]; }

TEST(Callbacks, DecideAsKerassOnTheSameFigures) {
    int cases = 0;
    for (const json& test : json::parse(std::ifstream(markhor::test::golden("training/callbacks.json")))) {
        const json& a = test["args"];
        const std::string mode = a.value("mode", "auto");
        Sequential model = one_weight(test.value("lr0", 0.1));
        const bool stops = test["callback"] == "EarlyStopping";
        callbacks::EarlyStoppingOptions early{.min_delta = a.value("min_delta", 0.0),
                                              .patience = a.value("patience", 0),
                                              .mode = mode,
                                              .restore_best_weights = a.value("restore_best_weights", false),
                                              .start_from_epoch = a.value("start_from_epoch", 0)};
        if (a.contains("baseline")) early.baseline = a["baseline"].get<double>();
        const CallbackPtr callback = stops ? callbacks::EarlyStopping(early)
                                           : callbacks::ReduceLROnPlateau({.factor = a.value("factor", 0.1),
                                                                           .patience = a.value("patience", 10),
                                                                           .mode = mode,
                                                                           .min_delta = a.value("min_delta", 1e-4),
                                                                           .cooldown = a.value("cooldown", 0),
                                                                           .min_lr = a.value("min_lr", 0.0)});
        model.set_stop_training(false);
        callback->on_train_begin(model);
        int stopped = -1;
        for (int epoch = 0; epoch < static_cast<int>(test["monitor"].size()) && stopped < 0; ++epoch) {
            weight_of(model) = static_cast<float>(epoch);
            Logs logs{{"val_loss", test["monitor"][static_cast<std::size_t>(epoch)].get<double>()}};
            callback->on_epoch_end(model, epoch, logs);
            if (!stops) {
                const double wanted = test["lr_after_epoch"][static_cast<std::size_t>(epoch)];
                EXPECT_NEAR(model.optimizer().learning_rate(), wanted, 1e-6 * wanted) << test << " epoch " << epoch;
            } else if (model.stop_training()) {
                stopped = epoch;
            }
        }
        callback->on_train_end(model, {});
        if (stops) {
            EXPECT_EQ(stopped, test["stopped_after_epoch"].get<int>()) << test;
            EXPECT_EQ(weight_of(model), test["kernel_after"].get<float>()) << test;
        }
        ++cases;
    }
    EXPECT_EQ(cases, 10);
}

Tensor ramp(std::int64_t count) {
    Tensor x({count, 4}, DType::float32);
    Random random(3);
    for (float& value : x.data<float>()) value = static_cast<float>(random.uniform() - 0.5);
    return x;
}

Sequential network() {
    clear_session();
    set_random_seed(11);
    Sequential model({Input({4}), Dense(6, {.activation = "relu"}), Dropout(0.3), BatchNormalization(), Dense(1)});
    model.compile({.optimizer = "adam", .loss = "mse"});
    return model;
}

std::vector<float> all_weights(const Model& model) {
    std::vector<float> values;
    for (const Tensor& weight : model.get_weights()) {
        values.insert(values.end(), weight.data<float>().begin(), weight.data<float>().end());
    }
    return values;
}

History train(Sequential& model, const std::vector<CallbackPtr>& callbacks, int epochs = 3) {
    const Tensor x = ramp(30);
    return model.fit(
        x, x.reshaped({120}).slice(0, 30).reshaped({30, 1}),
        {.batch_size = 8, .epochs = epochs, .verbose = 0, .validation_split = 0.2, .callbacks = callbacks});
}

TEST_F(CallbacksTest, ARestoredRunEndsWithTheSameWeightsBitForBit) {
    Sequential whole = network();
    train(whole, {});
    for (const std::int64_t stop_after : {1, 3, 4, 8}) {  // batches; an epoch has three
        const auto stop = [&](Model& model) {
            if (model.optimizer().iterations() == stop_after) throw Error("killed");
        };
        struct Kill final : Callback {
            explicit Kill(std::function<void(Model&)> action) : action(std::move(action)) {}
            void on_train_batch_end(Model& model, std::int64_t, const Logs&) override { action(model); }
            std::function<void(Model&)> action;
        };
        const auto backup = [&] { return callbacks::BackupAndRestore(folder / "backup", {.save_freq = 1}); };
        Sequential first = network();
        EXPECT_THROW(train(first, {backup(), std::make_shared<Kill>(stop)}), Error);
        Sequential second = network();
        set_random_seed(99);  // another process has other seeds
        train(second, {backup()});
        EXPECT_EQ(all_weights(second), all_weights(whole)) << "killed after " << stop_after;
        EXPECT_EQ(second.optimizer().iterations(), 9);
        EXPECT_FALSE(fs::exists(folder / "backup" / "training.backup"));
    }
}

TEST_F(CallbacksTest, ADamagedOrForeignBackupIsRefusedBeforeAnythingChanges) {
    const auto backup = [&] { return callbacks::BackupAndRestore(folder.path, {.delete_checkpoint = false}); };
    Sequential model = network();
    train(model, {backup()}, 1);
    const fs::path file = folder / "training.backup";
    const std::string good = test::read_text(file);
    const std::vector<float> before = all_weights(model);
    const auto error_with = [&](const std::string& bytes) -> std::string {
        std::ofstream(file, std::ios::binary) << bytes;
        try {
            train(model, {backup()}, 1);
        } catch (const FileError& error) {
            return error.what();
        }
        return "no error";
    };
    std::string flipped = good;
    flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
    EXPECT_THAT(error_with(flipped), HasSubstr("damaged"));
    EXPECT_THAT(error_with(good.substr(0, good.size() - 3)), HasSubstr("damaged"));
    EXPECT_THAT(error_with("hello"), HasSubstr("no backup of a training run"));
    EXPECT_EQ(all_weights(model), before);
    Sequential other = one_weight(0.1);
    std::ofstream(file, std::ios::binary) << good;
    EXPECT_THAT(
        [&] {
            try {
                other.fit(Tensor::zeros({2, 1}), Tensor::zeros({2, 1}), {.verbose = 0, .callbacks = {backup()}});
            } catch (const FileError& error) {
                return std::string(error.what());
            }
            return std::string();
        }(),
        HasSubstr("another model or optimizer"));
}

/// The run that the next test kills: this program again, with the folder in the environment.
TEST(KilledRun, DISABLED_Child) {
    const fs::path folder = std::getenv("MARKHOR_KILLED_RUN");
    Sequential model = network();
    train(model, {callbacks::BackupAndRestore(folder, {.save_freq = 1})}, 40);
    model.save_weights(folder / "end.weights.h5");
}

// MARKHOR_KILLS says how many runs are killed (default 3), each at one or more random moments until it gets through.
// Says how many of the kills fell into the writing of a checkpoint.
TEST_F(CallbacksTest, RunsKilledAtRandomMomentsEndWithTheSameWeights) {
    const char* const asked = std::getenv("MARKHOR_KILLS");
    const int runs = asked != nullptr ? std::atoi(asked) : 3;
    const auto run = [&](const fs::path& where, int milliseconds) {
        const pid_t child = fork();
        if (child == 0) {
            setenv("MARKHOR_KILLED_RUN", where.c_str(), 1);
            execl("/proc/self/exe", "model_test", "--gtest_filter=KilledRun.DISABLED_Child",
                  "--gtest_also_run_disabled_tests", "--gtest_brief=1", nullptr);
            _exit(127);
        }
        int status = 0;
        const auto moment = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
        while (milliseconds > 0 && waitpid(child, &status, WNOHANG) == 0) {
            if (std::chrono::steady_clock::now() >= moment) {
                kill(child, SIGKILL);
                milliseconds = 0;
            } else {
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        }
        if (milliseconds == 0) waitpid(child, &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    };
    const auto started = std::chrono::steady_clock::now();
    fs::create_directories(folder / "whole");
    ASSERT_TRUE(run(folder / "whole", 0));
    const auto whole_time =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    const auto weights = [&](const fs::path& file) {
        Sequential model = network();
        model.load_weights(file / "end.weights.h5");
        return all_weights(model);
    };
    const std::vector<float> wanted = weights(folder / "whole");
    std::mt19937 random(5);
    int killed = 0;
    int kills = 0;
    int half_written = 0;
    int equal = 0;
    while (killed < runs) {
        const fs::path where = folder / ("run" + std::to_string(kills));
        fs::create_directories(where);
        bool was_killed = false;
        while (!run(where, 1 + static_cast<int>(random() % static_cast<unsigned>(whole_time.count() + 1)))) {
            was_killed = true;
            ++kills;
            for (const auto& entry : fs::directory_iterator(where)) {
                if (entry.path().extension() != ".tmp") continue;
                ++half_written;
            }
        }
        if (was_killed) {
            for (const auto& entry : fs::directory_iterator(where))
                EXPECT_FALSE(entry.path().filename().string().starts_with("training.backup")) << entry.path();
            ++killed;
            equal += weights(where) == wanted ? 1 : 0;
        }
        fs::remove_all(where);
    }
    EXPECT_EQ(equal, killed);
    std::cout << equal << " of " << killed << " runs ended with the weights of the one that was not killed, after "
              << kills << " kills, of which " << half_written << " left a half-written checkpoint\n";
}

TEST_F(CallbacksTest, CheckpointsAreNamedAndOnlyTheBestKept) {
    Sequential model = network();
    train(model,
          {callbacks::ModelCheckpoint((folder / "at.{epoch:02d}.weights.h5").string(), {.save_weights_only = true}),
           callbacks::ModelCheckpoint((folder / "b{batch}.weights.h5").string(),
                                      {.save_weights_only = true, .save_freq = 4})});
    EXPECT_TRUE(fs::exists(folder / "at.01.weights.h5"));
    EXPECT_TRUE(fs::exists(folder / "at.03.weights.h5"));
    EXPECT_TRUE(fs::exists(folder / "b1.weights.h5"));  // the fourth batch: the first of the second epoch
    Sequential copy = network();
    copy.load_weights(folder / "at.03.weights.h5");
    EXPECT_EQ(all_weights(copy), all_weights(model));

    const fs::path best = folder / "best.weights.h5";
    const CallbackPtr keeper =
        callbacks::ModelCheckpoint(best.string(), {.save_best_only = true, .save_weights_only = true});
    Sequential one = one_weight(0.1);
    Logs logs;
    for (const double loss : {2.0, 1.0, 3.0}) {
        weight_of(one) = static_cast<float>(loss);
        logs["val_loss"] = loss;
        keeper->on_epoch_end(one, 0, logs);
    }
    one.load_weights(best);
    EXPECT_EQ(weight_of(one), 1);
    EXPECT_THROW(callbacks::ModelCheckpoint("model.h6"), ValueError);
    EXPECT_THROW(callbacks::ModelCheckpoint("m.keras", {.save_weights_only = true}), ValueError);
}

TEST_F(CallbacksTest, SchedulerAndLoggerWriteWhatKerasWrites) {
    Sequential model = network();
    const fs::path csv = folder / "log.csv";
    const History history =
        train(model,
              {callbacks::LearningRateScheduler([](int epoch, double) { return epoch == 0 ? 0.5 : 0.25; }),
               callbacks::CSVLogger(csv)},
              2);
    EXPECT_THAT(history.history.at("learning_rate"), ElementsAre(0.5, 0.25));
    const std::string text = test::read_text(csv);
    EXPECT_TRUE(text.starts_with("epoch,learning_rate,loss,val_loss\r\n0,0.5,")) << text;
    EXPECT_THAT(text, HasSubstr("\r\n1,0.25,"));
    train(model, {callbacks::CSVLogger(csv, {.append = true})}, 1);
    EXPECT_EQ(test::read_text(csv).substr(0, text.size()), text);
    EXPECT_GT(test::read_text(csv).size(), text.size());
    EXPECT_THROW(train(model, {callbacks::CSVLogger(folder / "none" / "log.csv")}, 1), FileError);
}

TEST_F(CallbacksTest, EventFilesHoldRecordsWithTheirChecksums) {
    Sequential model = network();
    train(model, {callbacks::TensorBoard(folder.path)}, 2);
    for (const char* part : {"train", "validation"}) {
        const fs::path file = fs::directory_iterator(folder / part)->path();
        EXPECT_THAT(file.filename().string(), HasSubstr("events.out.tfevents."));
        const std::string bytes = test::read_text(file);
        // The first record is Event{wall_time, file_version: "brain.Event:2"}, 26 bytes long; the checksum of that
        // length is known.
        EXPECT_EQ(bytes.substr(0, 12), std::string("\x1a\0\0\0\0\0\0\0", 8) + bytes.substr(8, 4));
        EXPECT_THAT(bytes, HasSubstr("brain.Event:2"));
        EXPECT_THAT(bytes, HasSubstr("epoch_loss"));
    }
}

TEST(Callbacks, NaNStopsTheRunAndIsTraced) {
    Sequential model = one_weight(1e30);
    const Tensor x = Tensor::full({8, 1}, 1e20F);
    testing::internal::CaptureStdout();
    const History history =
        model.fit(x, x, {.batch_size = 2, .epochs = 2, .verbose = 0, .callbacks = {callbacks::TerminateOnNaN()}});
    const std::string text = testing::internal::GetCapturedStdout();
    EXPECT_TRUE(history.stopped);
    EXPECT_THAT(
        text,
        HasSubstr("Invalid loss, terminating training (epoch 1, step 1; of the weights, dense/kernel is the first"));
    EXPECT_THROW(model.fit(x, x, {.verbose = 0, .callbacks = {callbacks::TerminateOnNaN(true)}}), Error);
}

/// What TerminateOnNaN says of three batches of two examples in which one value is `value`.
std::string trace_of(Sequential& model, float value, const Loss& loss, double learning_rate = 0.1,
                     double weight = 0.5) {
    model.compile({.optimizer = optimizers::SGD({.learning_rate = learning_rate}), .loss = loss});
    for (const VariablePtr& variable : model.weights())
        for (float& element : variable->value.data<float>()) element = static_cast<float>(weight);
    Tensor x = Tensor::full({6, 1}, 1);
    x.data<float>()[3] = value;
    try {
        model.fit(x, Tensor::full({6, 1}, 1),
                  {.batch_size = 2,
                   .verbose = 0,
                   .shuffle = false,
                   .callbacks = {callbacks::TerminateOnNaN({.raise_error = true, .find_layer = true})}});
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(Callbacks, NaNIsTracedToTheExampleTheLayerOrTheStepThatMadeIt) {
    const auto chain = [] {
        clear_session();
        return Sequential({Input({1}), Dense(1, {.name = "first"}), Dense(1, {.name = "second"})});
    };
    Sequential model = chain();
    EXPECT_THAT(
        trace_of(model, NAN, "mse"),
        HasSubstr(
            "Batch 1: Invalid loss, terminating training (epoch 1, step 2; the input of example 3 is not finite)"));
    model = chain();
    EXPECT_THAT(trace_of(model, 2e38F, "mse", 0.0, 3),
                HasSubstr("step 2; the output of layer 'first' (matmul) is the first that is not finite"));
    model = chain();
    EXPECT_THAT(trace_of(model, 1e30F, "mse"), HasSubstr("step 2; the output of the loss"));
    model = chain();
    EXPECT_THAT(trace_of(model, 1, "mse", 1e37, 1), HasSubstr("step 2; the output of layer 'second'"));
    // The step itself overflows: a learning rate times a gradient beyond the floats.
    model = chain();
    EXPECT_THAT(
        trace_of(model, 1, "mse", 3e38, 3),
        HasSubstr("Batch 0: Invalid weights, terminating training (epoch 1, step 1; of the weights, first/kernel "
                  "is the first that is not finite after it"));
    model = chain();
    EXPECT_EQ(trace_of(model, 1, "mse"), "no error");
}

TEST(Callbacks, TracingNaNLeavesTheWeightsAsTheyWere) {
    Sequential model = network();
    Tensor x = ramp(30);
    x.data<float>()[70] = INFINITY;
    const Tensor y = Tensor::zeros({30, 1});
    std::vector<std::vector<float>> ends;
    for (const bool find_layer : {false, true}) {
        Sequential trained = network();
        testing::internal::CaptureStdout();
        trained.fit(x, y,
                    {.batch_size = 8,
                     .verbose = 0,
                     .shuffle = false,
                     .callbacks = {callbacks::TerminateOnNaN({.find_layer = find_layer})}});
        EXPECT_THAT(testing::internal::GetCapturedStdout(),
                    HasSubstr(find_layer ? "the input of example 17 is" : "of the weights, dense/kernel"));
        std::vector<float> end = all_weights(trained);
        for (float& value : end) value = std::isfinite(value) ? value : 12345.0F;
        ends.push_back(end);
    }
    EXPECT_EQ(ends[0], ends[1]);
}

TEST(Callbacks, SeeTestingAndPredictionToo) {
    struct Seen final : Callback {
        void on_test_begin(Model&) override { seen += "t("; }
        void on_test_end(Model&, const Logs&) override { seen += ")"; }
        void on_test_batch_begin(Model&, std::int64_t batch) override { seen += std::to_string(batch); }
        void on_test_batch_end(Model&, std::int64_t, const Logs&) override { seen += "."; }
        void on_predict_begin(Model&) override { seen += "p("; }
        void on_predict_end(Model&) override { seen += ")"; }
        void on_predict_batch_begin(Model&, std::int64_t batch) override { seen += std::to_string(batch); }
        void on_predict_batch_end(Model&, std::int64_t) override { seen += "."; }
        std::string seen;
    };
    const auto seen = std::make_shared<Seen>();
    Sequential model = network();
    model.evaluate(ramp(5), Tensor::zeros({5, 1}), {.batch_size = 3, .verbose = 0, .callbacks = {seen}});
    model.predict(ramp(5), {.batch_size = 4, .callbacks = {seen}});
    EXPECT_EQ(seen->seen, "t(0.1.)p(0.1.)");
    train(model, {seen}, 1);
    EXPECT_EQ(seen->seen, "t(0.1.)p(0.1.)t(0.)");
}

TEST(SampleWeights, WeighTheLossAndAreChecked) {
    Sequential model = one_weight(0.0);
    const Tensor x = Tensor::full({4, 1}, 1);
    const Tensor y = Tensor::from<float>({4, 1}, std::vector<float>{1, 2, 3, 4});
    const Tensor weights = Tensor::from<float>({4}, std::vector<float>{1, 0, 0, 2});
    EXPECT_DOUBLE_EQ(model.evaluate(x, y, {.verbose = 0, .sample_weight = weights}).at("loss"), (1 + 2 * 16) / 4.0);
    EXPECT_DOUBLE_EQ(model.test_on_batch(x, y, {.sample_weight = weights}).at("loss"), 33 / 4.0);
    EXPECT_DOUBLE_EQ(model.test_on_batch(x, y, {.class_weight = {{2, 3.0}}}).at("loss"), (1 + 3 * 4 + 9 + 16) / 4.0);
    EXPECT_EQ(model.predict_on_batch(x).shape(), (Shape{4, 1}));
    const History history = model.fit(x, y, {.verbose = 0, .validation_split = 0.5, .sample_weight = weights});
    EXPECT_DOUBLE_EQ(history.history.at("loss")[0], 0.5);
    EXPECT_DOUBLE_EQ(history.history.at("val_loss")[0], 16);
    EXPECT_THROW(model.fit(x, y, {.class_weight = {{1, 2.0}}, .sample_weight = weights}), ValueError);
    EXPECT_THROW(model.fit(x, y, {.sample_weight = Tensor::full({3}, 1)}), ShapeError);
    EXPECT_THROW(model.fit(x, y, {.class_weight = {{1, -1.0}}}), ValueError);
}

}  // namespace
}  // namespace markhor
