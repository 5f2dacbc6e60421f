// A run that was broken off and goes on: its figures, its log and its callbacks' decisions are an unbroken run's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/markhor.hpp>

#include "core/random.hpp"
#include "support/files.hpp"
#include "training/metric.hpp"

namespace markhor {
namespace {

using namespace layers;
namespace fs = std::filesystem;

Tensor ramp(const Shape& shape) {
    Tensor x(shape, DType::float32);
    Random random(3);
    for (float& value : x.data<float>()) value = static_cast<float>(random.uniform() - 0.5);
    return x;
}

class Resumed : public testing::Test {
protected:
    static constexpr int epochs = 5;
    enum class Weights { none, of_samples, of_classes };

    static Sequential network() {
        clear_session();
        set_random_seed(11);
        Sequential model(
            {Input({4}), Dense(6, {.activation = "relu"}), Dropout(0.3), Dense(3, {.activation = "softmax"})});
        model.compile({.optimizer = "adam",
                       .loss = "sparse_categorical_crossentropy",
                       .metrics = {"accuracy"},
                       .weighted_metrics = {metrics::SparseCategoricalCrossentropy()}});
        return model;
    }
    History fit(Sequential& model, std::vector<CallbackPtr> callbacks, Weights given = Weights::none) const {
        Tensor labels = Tensor::zeros({32}, DType::int32);
        Tensor weights = Tensor::zeros({32});
        for (int i = 0; i < 32; ++i) {
            labels.data<std::int32_t>()[static_cast<std::size_t>(i)] = i % 3;
            weights.data<float>()[static_cast<std::size_t>(i)] = 0.5F + static_cast<float>(i % 5);
        }
        FitOptions options{.batch_size = 8, .epochs = epochs, .verbose = 0, .validation_split = 0.25};
        options.callbacks = std::move(callbacks);
        if (given == Weights::of_samples) options.sample_weight = weights;
        if (given == Weights::of_classes) options.class_weight = {{0, 1.0}, {1, 2.0}, {2, 0.25}};
        return model.fit(ramp({32, 4}), labels, options);
    }
    const test::TemporaryFolder folder_;
};

struct Killed final : std::exception {};

CallbackPtr kill_after(std::int64_t step) {
    struct Kill final : Callback {
        explicit Kill(std::int64_t at) : at(at) {}
        void on_train_batch_begin(Model& model, std::int64_t) override {
            if (model.optimizer().iterations() == at) throw Killed();
        }
        std::int64_t at;
    };
    return std::make_shared<Kill>(step);
}

TEST_F(Resumed, FiguresAndLogAreThoseOfTheUnbrokenRun) {
    for (const Weights weighted : {Weights::none, Weights::of_samples, Weights::of_classes}) {
        const auto log = [&](const char* name) { return callbacks::CSVLogger(folder_ / name); };
        const auto backup = [&] { return callbacks::BackupAndRestore(folder_ / "backup", {.save_freq = 1}); };
        const auto rate = [&] {
            return callbacks::ReduceLROnPlateau({.monitor = "loss", .factor = 0.5, .patience = 1, .min_delta = 10});
        };
        Sequential whole = network();
        const History wanted = fit(whole, {rate(), log("whole.csv")}, weighted);
        for (const std::int64_t at : {0, 1, 2, 3, 4, 8, 11, 14}) {  // an epoch has three batches
            for (const bool backup_first : {false, true}) {
                const auto with_backup = [&](std::vector<CallbackPtr> list) {
                    list.insert(backup_first ? list.begin() : list.end(), backup());
                    return list;
                };
                Sequential first = network();
                EXPECT_THROW(fit(first, with_backup({rate(), log("log.csv"), kill_after(at)}), weighted), Killed);
                Sequential second = network();
                set_random_seed(99);
                const History history = fit(second, with_backup({rate(), log("log.csv")}), weighted);
                EXPECT_EQ(history.history, wanted.history) << "killed after " << at;
                EXPECT_EQ(history.epoch, wanted.epoch);
                EXPECT_EQ(history.seconds.size(), wanted.seconds.size());
                EXPECT_EQ(test::read_text(folder_ / "log.csv"), test::read_text(folder_ / "whole.csv"));
                fs::remove_all(folder_ / "backup");
            }
        }
    }
}

TEST_F(Resumed, EarlyStoppingCountsTheEpochsBefore) {
    const auto early = [] {
        return callbacks::EarlyStopping(
            {.monitor = "loss", .min_delta = 10, .patience = 2, .restore_best_weights = true});
    };
    Sequential whole = network();
    const History wanted = fit(whole, {early()});
    ASSERT_LT(wanted.epoch.size(), static_cast<std::size_t>(epochs));
    for (const std::int64_t at : {4, 7, 8}) {
        const auto backup = callbacks::BackupAndRestore(folder_ / "backup");
        Sequential first = network();
        EXPECT_THROW(fit(first, {early(), backup, kill_after(at)}), Killed);
        Sequential second = network();
        EXPECT_EQ(fit(second, {early(), backup}).history, wanted.history);
        const std::vector<Tensor> expected = whole.get_weights();
        const std::vector<Tensor> restored = second.get_weights();
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_TRUE(std::ranges::equal(expected[i].data<float>(), restored[i].data<float>()));
        }
        fs::remove_all(folder_ / "backup");
    }
}

TEST_F(Resumed, ALogThatIsAddedToKeepsWhatWasInIt) {
    const auto log = [&] { return callbacks::CSVLogger(folder_ / "log.csv", {.append = true}); };
    test::write_text(folder_ / "log.csv", "mine\r\n");
    Sequential whole = network();
    fit(whole, {log()});
    const std::string wanted = test::read_text(folder_ / "log.csv");
    test::write_text(folder_ / "log.csv", "mine\r\n");
    const auto backup = callbacks::BackupAndRestore(folder_ / "backup");
    Sequential first = network();
    EXPECT_THROW(fit(first, {backup, log(), kill_after(7)}), Killed);
    Sequential second = network();
    fit(second, {backup, log()});
    EXPECT_EQ(test::read_text(folder_ / "log.csv"), wanted);
}

/// The state after one batch, taken over, and one more batch: the same figures as of both in one go.
TEST(MetricState, GoesOnInAnotherProcess) {
    Tensor truth({6, 2}, DType::float32);
    Tensor guess({6, 2}, DType::float32);
    Random random(5);
    for (std::size_t i = 0; i < 12; ++i) {
        truth.data<float>()[i] = i % 3 == 0 ? 1.0F : 0.0F;
        guess.data<float>()[i] = static_cast<float>(random.uniform());
    }
    for (const Metric& metric : {metrics::AUC(), metrics::Precision(), metrics::F1Score(), metrics::R2Score(),
                                 metrics::MeanSquaredError(), metrics::RootMeanSquaredError(), metrics::BinaryIoU(),
                                 metrics::SensitivityAtSpecificity(0.5), metrics::BinaryAccuracy()}) {
        const auto whole = metric.base()->fresh();
        const auto before = metric.base()->fresh();
        const auto after = metric.base()->fresh();
        const std::vector<double> nothing = after->state();
        before->update(truth.slice(0, 3), guess.slice(0, 3));
        after->set_state(before->state());
        after->update(truth.slice(3, 6), guess.slice(3, 6));
        whole->update(truth.slice(0, 3), guess.slice(0, 3));
        whole->update(truth.slice(3, 6), guess.slice(3, 6));
        EXPECT_EQ(after->results(), whole->results()) << metric.name();
        EXPECT_NE(before->state(), nothing) << metric.name();
        EXPECT_THROW(after->set_state(std::vector<double>(7, 1.0)), ValueError) << metric.name();
    }
}

}  // namespace
}  // namespace markhor
