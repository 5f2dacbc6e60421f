// fit, evaluate, predict and train_on_batch: their loop, their numbers, and what they refuse. Keras's own trajectories
// are held in tests/training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <markhor/markhor.hpp>
#include <numeric>
#include <sstream>
#include <thread>

#include "core/random.hpp"
#include "support/error_of.hpp"

namespace markhor {
namespace {

using namespace layers;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;

/// Two classes told apart by the sign of the sum of four numbers.
struct Examples {
    Tensor x, y;
    explicit Examples(std::int64_t count, std::uint64_t seed = 1)
        : x(Shape{count, 4}, DType::float32), y(Shape{count}, DType::int32) {
        Random random(seed);
        for (std::int64_t i = 0; i < count; ++i) {
            float sum = 0;
            for (std::int64_t k = 0; k < 4; ++k) {
                const auto value = static_cast<float>(random.uniform() * 2 - 1);
                x.data<float>()[static_cast<std::size_t>(i * 4 + k)] = value;
                sum += value;
            }
            y.data<std::int32_t>()[static_cast<std::size_t>(i)] = sum > 0 ? 1 : 0;
        }
    }
};

Sequential fit_network(const std::string& optimizer = "adam") {
    clear_session();
    set_random_seed(7);
    Sequential model({Input({4}), Dense(8, {.activation = "relu"}), Dropout(0.25), BatchNormalization(),
                      Dense(2, {.activation = "softmax"})});
    model.compile({.optimizer = optimizer, .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    return model;
}

std::vector<float> fit_weights(const Model& model) {
    std::vector<float> values;
    for (const Tensor& weight : model.get_weights()) {
        const auto data = weight.data<float>();
        values.insert(values.end(), data.begin(), data.end());
    }
    return values;
}

class Recorder final : public Callback {
public:
    void on_train_begin(Model&) override { seen += "T("; }
    void on_train_end(Model&, const Logs&) override { seen += ")"; }
    void on_epoch_begin(Model&, int epoch) override { seen += "e" + std::to_string(epoch) + "["; }
    void on_epoch_end(Model& model, int, Logs& logs) override {
        seen += "]";
        logs["added"] = 1;
        if (stop_at_epoch) model.set_stop_training();
    }
    void on_train_batch_begin(Model&, std::int64_t batch) override { seen += std::to_string(batch); }
    void on_train_batch_end(Model& model, std::int64_t batch, const Logs&) override {
        seen += ".";
        if (batch == stop_at_batch) model.set_stop_training();
    }
    std::string seen;
    std::int64_t stop_at_batch = -1;
    bool stop_at_epoch = false;
};

TEST(Fit, LearnsAndTellsItsHistory) {
    const Examples train(200);
    const Examples test(100, 2);
    Sequential model = fit_network();
    model.optimizer().set_learning_rate(0.02);
    const History history = model.fit(
        train.x, train.y, {.batch_size = 16, .epochs = 12, .verbose = 0, .validation_data = Dataset(test.x, test.y)});
    EXPECT_EQ(history.epoch.size(), 12U);
    EXPECT_THAT(history.history, ElementsAre(Key("accuracy"), Key("loss"), Key("val_accuracy"), Key("val_loss")));
    EXPECT_LT(history.history.at("loss").back(), history.history.at("loss").front());
    EXPECT_GT(history.history.at("val_accuracy").back(), 0.9);
    EXPECT_FALSE(history.stopped);
    const Logs logs = model.evaluate(test.x, test.y, {.batch_size = 7, .verbose = 0});
    EXPECT_NEAR(logs.at("loss"), history.history.at("val_loss").back(), 1e-6);
    EXPECT_EQ(logs.at("accuracy"), history.history.at("val_accuracy").back());
}

TEST(Fit, IsRepeatableBitForBitFromOneSeed) {
    const Examples train(50);
    std::vector<std::vector<float>> runs;
    for (int run = 0; run < 2; ++run) {
        Sequential model = fit_network();
        model.fit(train.x, train.y, {.batch_size = 8, .epochs = 3, .verbose = 0});
        runs.push_back(fit_weights(model));
    }
    EXPECT_EQ(runs[0], runs[1]);
    Sequential other = fit_network();
    set_random_seed(8);
    other.fit(train.x, train.y, {.batch_size = 8, .epochs = 3, .verbose = 0});
    EXPECT_NE(runs[0], fit_weights(other));
}

TEST(Fit, ShufflesEachEpochAnewUnlessToldNotTo) {
    const Examples train(40);
    const auto losses = [&](bool shuffle) {
        clear_session();
        set_random_seed(7);
        Sequential model({Input({4}), Dense(2)});
        model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}),
                       .loss = losses::SparseCategoricalCrossentropy({.from_logits = true})});
        struct FirstLoss final : Callback {
            void on_train_batch_end(Model&, std::int64_t batch, const Logs& logs) override {
                if (batch == 0) seen.push_back(logs.at("loss"));
            }
            std::vector<double> seen;
        };
        const auto first = std::make_shared<FirstLoss>();
        model.fit(train.x, train.y,
                  {.batch_size = 4, .epochs = 3, .verbose = 0, .shuffle = shuffle, .callbacks = {first}});
        return first->seen;
    };
    const std::vector<double> fixed = losses(false);
    EXPECT_EQ(fixed[0], fixed[1]);
    const std::vector<double> shuffled = losses(true);
    EXPECT_NE(shuffled[0], shuffled[1]);
    EXPECT_NE(shuffled[1], shuffled[2]);
}

TEST(Fit, TheLastSmallerBatchWeighsWhatItHolds) {
    clear_session();
    Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "zeros"})});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}), .loss = "mse"});
    const Tensor x = Tensor::full({5, 1}, 1);
    const Tensor y = Tensor::from<float>({5, 1}, std::vector<float>{0, 0, 0, 0, 10});
    EXPECT_DOUBLE_EQ(model.evaluate(x, y, {.batch_size = 4, .verbose = 0}).at("loss"), 20);
    const History history = model.fit(x, y, {.batch_size = 4, .verbose = 0});
    EXPECT_DOUBLE_EQ(history.history.at("loss")[0], 20);
    EXPECT_EQ(model.optimizer().iterations(), 2);
    EXPECT_EQ(model.predict(x, {.batch_size = 3}).shape(), (Shape{5, 1}));
}

TEST(Fit, ValidationSplitTakesTheLastPart) {
    clear_session();
    Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "zeros"})});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}), .loss = "mse"});
    const Tensor x = Tensor::full({10, 1}, 1);
    const Tensor y = Tensor::from<float>({10, 1}, std::vector<float>{1, 1, 1, 1, 1, 1, 1, 2, 2, 2});
    const History history = model.fit(x, y, {.verbose = 0, .validation_split = 0.25});  // floor(7.5) to train on
    EXPECT_DOUBLE_EQ(history.history.at("loss")[0], 1);
    EXPECT_DOUBLE_EQ(history.history.at("val_loss")[0], 4);
}

TEST(Fit, CallsBackInKerasOrderAndStopsWhenAsked) {
    const Examples train(20);
    Sequential model = fit_network();
    const auto recorder = std::make_shared<Recorder>();
    const FitOptions options{.batch_size = 8, .epochs = 2, .verbose = 0, .callbacks = {recorder}};
    History history = model.fit(train.x, train.y, options);
    EXPECT_EQ(recorder->seen, "T(e0[0.1.2.]e1[0.1.2.])");
    EXPECT_THAT(history.history.at("added"), ElementsAre(1, 1));

    recorder->seen.clear();
    recorder->stop_at_batch = 1;
    history = model.fit(train.x, train.y, options);
    EXPECT_EQ(recorder->seen, "T(e0[0.1.])");
    EXPECT_TRUE(history.stopped);

    recorder->seen.clear();
    recorder->stop_at_batch = -1;
    recorder->stop_at_epoch = true;
    EXPECT_EQ(model.fit(train.x, train.y, options).epoch.size(), 1U);
    EXPECT_EQ(recorder->seen, "T(e0[0.1.2.])");
}

TEST(Fit, LeavesFrozenLayersAlone) {
    const Examples train(20);
    Sequential model = fit_network();
    Layer first = model.layers()[0];
    Layer norm = model.layers()[2];
    first.set_trainable(false);
    norm.set_trainable(false);
    const auto copy = [](const Layer& layer) {
        std::vector<float> values;
        for (const Tensor& weight : layer.get_weights()) {
            values.insert(values.end(), weight.data<float>().begin(), weight.data<float>().end());
        }
        return values;
    };
    const std::vector<float> before = copy(first);
    const std::vector<float> norm_before = copy(norm);
    const std::vector<float> last_before = copy(model.layers()[3]);
    model.fit(train.x, train.y, {.verbose = 0});
    EXPECT_EQ(copy(first), before);
    EXPECT_EQ(copy(norm), norm_before);
    EXPECT_NE(copy(model.layers()[3]), last_before);

    first.set_trainable(true);
    EXPECT_THAT(test::error_of([&] { model.fit(train.x, train.y, {.verbose = 0}); }), HasSubstr("compile() the model"));
}

TEST(Fit, WritesOneLineAnEpochWhereTheOutputIsNoTerminal) {
    const Examples train(20);
    Sequential model = fit_network();
    std::ostringstream output;
    model.fit(train.x, train.y,
              {.batch_size = 8, .epochs = 2, .verbose = 1, .validation_split = 0.25, .output = &output});
    EXPECT_THAT(output.str(),
                testing::MatchesRegex("Epoch 1/2\n2/2 - 0s - [0-9]+[mu]s/step - accuracy: [0-9.]+ - loss: [0-9.]+"
                                      " - val_accuracy: [0-9.]+ - val_loss: [0-9.]+\nEpoch 2/2\n2/2 .*\n"));
    output.str("");
    model.evaluate(train.x, train.y, {.verbose = 2, .output = &output});
    EXPECT_THAT(output.str(),
                testing::MatchesRegex("1/1 - 0s - [0-9]+[mu]s/step - accuracy: [0-9.]+ - loss: [0-9.]+\n"));
    output.str("");
    model.fit(train.x, train.y, {.verbose = 0, .output = &output});
    EXPECT_EQ(output.str(), "");
}

TEST(Fit, RefusesWhatItCannotTrainOn) {
    const Examples train(6);
    Sequential raw({Input({4}), Dense(2)}, {.name = "raw"});
    EXPECT_EQ(test::error_of([&] { raw.fit(train.x, train.y); }),
              "raw: fit(): the model is not compiled; call compile() first");
    EXPECT_THAT(test::error_of([&] { raw.evaluate(train.x, train.y); }), HasSubstr("not compiled"));
    EXPECT_THAT(test::error_of([&] { raw.optimizer(); }), HasSubstr("not compiled"));

    Sequential model = fit_network();
    const std::vector<float> before = fit_weights(model);
    const auto fit_error = [&](const Tensor& x, const Tensor& y, FitOptions options) {
        options.verbose = 0;
        return test::error_of([&] { model.fit(x, y, options); });
    };
    const Tensor bad_label = Tensor::from<std::int32_t>({6}, std::vector<std::int32_t>{0, 1, 0, 2, 1, 0});
    EXPECT_THAT(fit_error(train.x, bad_label, {}),
                HasSubstr("example 3 has the label 2; with 2 outputs labels are 0 to 1"));
    EXPECT_THAT(fit_error(Tensor::zeros({6, 5}), train.y, {}),
                HasSubstr("an example has the shape (5,); the model's input is (None, 4)"));
    EXPECT_THAT(fit_error(train.x, Tensor::zeros({6, 3}), {}), HasSubstr("(6, 3)"));
    EXPECT_THAT(fit_error(Tensor::zeros({0, 4}), Tensor::zeros({0}, DType::int32), {}), HasSubstr("no examples"));
    EXPECT_THAT(fit_error(train.x, train.y, {.batch_size = 0}), HasSubstr("batch_size is 0; at least 1"));
    EXPECT_THAT(fit_error(train.x, train.y, {.validation_split = 1}), HasSubstr("validation_split is 1"));
    EXPECT_THAT(fit_error(train.x, train.y, {.validation_split = 0.99}), HasSubstr("0 are left to train on"));
    EXPECT_THAT(fit_error(train.x, train.y, {.callbacks = {nullptr}}), HasSubstr("a callback is null"));
    EXPECT_THAT(test::error_of([&] {
                    model.predict(Tensor::zeros({2, 3}));
                }),
                HasSubstr("predict(): an example has the shape (3,)"));
    EXPECT_EQ(fit_weights(model), before);
    EXPECT_EQ(model.optimizer().iterations(), 0);
}

TEST(Predict, GivesTheSameFromSeveralThreadsAtOnce) {
    const Examples data(64);
    const Sequential model = fit_network();
    const Tensor expected = model.predict(data.x, {.batch_size = 64});
    std::vector<Tensor> results(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < results.size(); ++i) {
        threads.emplace_back([&, i] {
            for (int run = 0; run < 5; ++run)
                results[i] = model.predict(data.x, {.batch_size = 8 + static_cast<int>(i)});
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Tensor& result : results) {
        for (std::size_t k = 0; k < 128; ++k) EXPECT_NEAR(result.data<float>()[k], expected.data<float>()[k], 1e-6);
    }
}

TEST(Predict, OfABatchBeyondTheCacheIsThatOfItsParts) {
    clear_session();
    set_random_seed(3);
    const Sequential model({Input({130, 130, 3}), Conv2D(32, {3, 3}, {.activation = "relu"}), Conv2D(32, {3, 3}),
                            GlobalAveragePooling2D(), Dense(3)});
    Tensor x({23, 130, 130, 3}, DType::float32);  // a prime number: the last part is smaller
    Random random(5);
    for (float& value : x.data<float>()) value = static_cast<float>(random.uniform());
    const Tensor whole = model.predict(x, {.batch_size = 23, .verbose = 0});
    const Tensor single = model.predict(x, {.batch_size = 1, .verbose = 0});
    for (std::size_t k = 0; k < 23 * 3; ++k) EXPECT_NEAR(whole.data<float>()[k], single.data<float>()[k], 1e-6) << k;
}

TEST(Predict, BuildsASequentialThatHasNoInputYet) {
    clear_session();
    Sequential model({Dense(3)});
    EXPECT_EQ(model.predict(Tensor::zeros({2, 5})).shape(), (Shape{2, 3}));
    EXPECT_EQ(model.layers()[0].get_weights()[0].shape(), (Shape{5, 3}));
}

TEST(TrainOnBatch, IsOneStepWithTheLossBeforeIt) {
    const Examples data(8);
    Sequential still({Input({4}), Dense(2, {.activation = "softmax"})});
    still.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    const Logs evaluated = still.evaluate(data.x, data.y, {.verbose = 0});
    const Logs logs = still.train_on_batch(data.x, data.y);
    EXPECT_NEAR(logs.at("loss"), evaluated.at("loss"), 1e-6);
    EXPECT_EQ(logs.at("accuracy"), evaluated.at("accuracy"));
    EXPECT_EQ(still.optimizer().iterations(), 1);
    EXPECT_LT(still.evaluate(data.x, data.y, {.verbose = 0}).at("loss"), evaluated.at("loss"));
}

}  // namespace
}  // namespace markhor
