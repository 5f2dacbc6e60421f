// LearningRateScheduler, CSVLogger and LambdaCallback.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/model.hpp>
#include <utility>

#include "model/backup.hpp"

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

class CsvCallback final : public Callback, public KeptCallback {
public:
    CsvCallback(std::filesystem::path file, const CSVLoggerOptions& options)
        : path_(std::move(file)), options_(options) {}
    void on_train_begin(Model&) override {
        std::error_code none;
        const std::uintmax_t size = std::filesystem::file_size(path_, none);
        before_ = options_.append && !none ? size : 0;
        keys_.clear();
        text_.clear();
        open();
    }
    void on_epoch_end(Model&, int epoch, Logs& logs) override {
        std::string lines;
        if (keys_.empty()) {
            for (const auto& [key, value] : logs) keys_.push_back(key);
            const std::size_t count = keys_.size();
            // The first epoch may have had no validation, and later ones may.
            if (std::ranges::none_of(keys_, [](const std::string& key) { return key.starts_with("val_"); })) {
                for (std::size_t i = 0; i < count; ++i) keys_.push_back("val_" + keys_[i]);
            }
            if (before_ == 0) {
                lines += "epoch";
                for (const std::string& key : keys_) lines += options_.separator + text::csv(key);
                lines += "\r\n";
            }
        }
        lines += std::to_string(epoch);
        for (const std::string& key : keys_) {
            const auto found = logs.find(key);
            lines += options_.separator + (found != logs.end() ? fmt::format("{:.17g}", found->second) : "NA");
        }
        add(lines + "\r\n");
    }
    void on_train_end(Model&, const Logs&) override { file_.close(); }

    /// The lines of this run: what a process that was killed wrote after them is written once more.
    CallbackState state() const override {
        std::vector<std::string> texts = {text_};
        texts.insert(texts.end(), keys_.begin(), keys_.end());
        return {.kind = "CSVLogger", .numbers = {static_cast<double>(before_)}, .texts = std::move(texts)};
    }
    void set_state(Model& /*model*/, const CallbackState& state) override {
        if (state.numbers.size() != 1 || state.texts.empty()) return;
        std::error_code none;
        const std::uintmax_t size = std::filesystem::file_size(path_, none);
        before_ = std::min(none ? 0 : size, static_cast<std::uintmax_t>(state.numbers[0]));
        keys_.assign(state.texts.begin() + 1, state.texts.end());
        text_.clear();
        open();
        add(state.texts.front());
    }

private:
    /// What others wrote stays, up to before_.
    void open() {
        std::error_code none;
        file_.close();
        file_.clear();
        if (before_ == 0) {
            file_.open(path_, std::ios::binary | std::ios::trunc);
        } else {
            std::filesystem::resize_file(path_, before_, none);
            file_.open(path_, std::ios::binary | std::ios::app);
        }
        check(!none && file_);
    }
    void add(const std::string& lines) {
        text_ += lines;
        file_ << lines << std::flush;
        check(static_cast<bool>(file_));
    }
    void check(bool good) const {
        if (!good) throw FileError(path_.string() + ": CSVLogger cannot write it");
    }
    const std::filesystem::path path_;
    const CSVLoggerOptions options_;
    std::ofstream file_;
    std::vector<std::string> keys_;
    std::string text_;           // of this run
    std::uintmax_t before_ = 0;  // bytes in front of it
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
