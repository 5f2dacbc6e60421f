// LearningRateScheduler, CSVLogger and LambdaCallback.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/model.hpp>

#include "core/text.hpp"

namespace markhor::callbacks {
namespace {

class SchedulerCallback final : public Callback {
public:
    SchedulerCallback(std::function<double(int, double)> schedule, int verbose)
        : schedule_(std::move(schedule)), verbose_(verbose) {}
    void on_epoch_begin(Model& model, int epoch) override {
        Optimizer optimizer = model.optimizer();
        const double rate = schedule_(epoch, optimizer.learning_rate());
        optimizer.set_learning_rate(rate);
        if (verbose_ == 0) return;
        std::cout << fmt::format("\nEpoch {}: LearningRateScheduler setting learning rate to {:g}.\n", epoch + 1, rate);
    }
    void on_epoch_end(Model& model, int, Logs& logs) override {
        logs["learning_rate"] = model.optimizer().learning_rate();
    }

private:
    const std::function<double(int, double)> schedule_;
    const int verbose_;
};

class CsvCallback final : public Callback {
public:
    CsvCallback(std::filesystem::path file, const CSVLoggerOptions& options)
        : path_(std::move(file)), options_(options) {}
    void on_train_begin(Model&) override {
        std::error_code none;
        wants_header_ = !options_.append || std::filesystem::file_size(path_, none) == 0 || none;
        file_.close();
        file_.clear();
        file_.open(path_, options_.append ? std::ios::app : std::ios::trunc);
        check();
        keys_.clear();
    }
    void on_epoch_end(Model&, int epoch, Logs& logs) override {
        if (keys_.empty()) {
            for (const auto& [key, value] : logs) keys_.push_back(key);
            const std::size_t count = keys_.size();
            // The first epoch may have had no validation, and later ones may.
            if (std::ranges::none_of(keys_, [](const std::string& key) { return key.starts_with("val_"); })) {
                for (std::size_t i = 0; i < count; ++i) keys_.push_back("val_" + keys_[i]);
            }
            if (wants_header_) {
                file_ << "epoch";
                for (const std::string& key : keys_) file_ << options_.separator << text::csv(key);
                file_ << "\r\n";
            }
        }
        std::string line = std::to_string(epoch);
        for (const std::string& key : keys_) {
            const auto found = logs.find(key);
            line += options_.separator + (found != logs.end() ? fmt::format("{:.17g}", found->second) : "NA");
        }
        file_ << line << "\r\n" << std::flush;
        check();
    }
    void on_train_end(Model&, const Logs&) override { file_.close(); }

private:
    void check() const {
        if (!file_) throw FileError(path_.string() + ": CSVLogger cannot write it");
    }
    const std::filesystem::path path_;
    const CSVLoggerOptions options_;
    std::ofstream file_;
    std::vector<std::string> keys_;
    bool wants_header_ = true;
};

class Lambda final : public Callback {
public:
    explicit Lambda(const LambdaCallbackOptions& options) : o_(options) {}
    void on_train_begin(Model& model) override { call(o_.on_train_begin, model); }
    void on_train_end(Model& model, const Logs& logs) override { call(o_.on_train_end, model, logs); }
    void on_epoch_begin(Model&, int epoch) override { call(o_.on_epoch_begin, epoch); }
    void on_epoch_end(Model&, int epoch, Logs& logs) override { call(o_.on_epoch_end, epoch, logs); }
    void on_train_batch_begin(Model&, std::int64_t batch) override { call(o_.on_train_batch_begin, batch); }
    void on_train_batch_end(Model&, std::int64_t batch, const Logs& logs) override {
        call(o_.on_train_batch_end, batch, logs);
    }

private:
    template <class Function, class... Arguments>
    static void call(const Function& function, Arguments&... arguments) {
        if (function) function(arguments...);
    }
    const LambdaCallbackOptions o_;
};

}  // namespace

CallbackPtr LearningRateScheduler(std::function<double(int, double)> schedule, int verbose) {
    if (!schedule) throw ValueError("LearningRateScheduler: the schedule is an empty function");
    return std::make_shared<SchedulerCallback>(std::move(schedule), verbose);
}
CallbackPtr CSVLogger(const std::filesystem::path& filename, const CSVLoggerOptions& options) {
    return std::make_shared<CsvCallback>(filename, options);
}
CallbackPtr LambdaCallback(const LambdaCallbackOptions& options) { return std::make_shared<Lambda>(options); }

}  // namespace markhor::callbacks
