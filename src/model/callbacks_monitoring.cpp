// EarlyStopping, ReduceLROnPlateau and ModelCheckpoint, as Keras has them.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <limits>
#include <markhor/error.hpp>
#include <markhor/model.hpp>
#include <utility>

#include "core/text.hpp"
#include "layers/finite_fields.hpp"
#include "model/backup.hpp"
#include "model/callback_monitor.hpp"
#include "model/path_pattern.hpp"

namespace markhor::callbacks {
namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// NaN stands for none; a best figure is never NaN.
double number_of(const std::optional<double>& best) { return best.value_or(no_number); }
std::optional<double> best_of(double number) {
    return std::isnan(number) ? std::nullopt : std::optional<double>(number);
}

void at_least_zero(const std::string& callback, const std::string& name, std::int64_t value) {
    if (value >= 0) return;
    throw ValueError(callback + ": " + name + " is " + fmt::format("{}", value) + "; at least 0 is expected");
}

class EarlyStoppingCallback final : public Callback, public KeptCallback {
public:
    explicit EarlyStoppingCallback(const EarlyStoppingOptions& options)
        : options_(options), monitor_("EarlyStopping", options.monitor, options.mode, options.min_delta) {
        at_least_zero("EarlyStopping", "patience", options.patience);
        at_least_zero("EarlyStopping", "start_from_epoch", options.start_from_epoch);
        if (options.baseline) check_finite("EarlyStopping: ", "baseline", *options.baseline);
    }

    void on_train_begin(Model&) override {
        wait_ = stopped_epoch_ = best_epoch_ = 0;
        best_.reset();
        best_weights_.clear();
    }

    void on_epoch_end(Model& model, int epoch, Logs& logs) override {
        const std::optional<double> current = monitor_.value(logs);
        if (!current || epoch < options_.start_from_epoch) return;
        if (options_.restore_best_weights && best_weights_.empty()) keep(model, epoch);
        ++wait_;
        if (monitor_.improves(*current, best_)) {
            best_ = current;
            best_epoch_ = epoch;
            if (options_.restore_best_weights) keep(model, epoch);
            if (!options_.baseline || monitor_.improves(*current, options_.baseline)) wait_ = 0;
            return;
        }
        if (wait_ < options_.patience || epoch == 0) return;
        stopped_epoch_ = epoch;
        model.set_stop_training();
    }

    void on_train_end(Model& model, const Logs&) override {
        if (stopped_epoch_ > 0 && options_.verbose > 0) {
            std::cout << fmt::format("Epoch {}: early stopping\n", stopped_epoch_ + 1);
        }
        if (best_weights_.empty()) return;
        if (options_.verbose > 0) {
            std::cout << fmt::format("Restoring model weights from the end of the best epoch: {}.\n", best_epoch_ + 1);
        }
        model.set_weights(best_weights_);
    }

    CallbackState state() const override {
        return {.kind = "EarlyStopping",
                .numbers = {static_cast<double>(wait_), static_cast<double>(stopped_epoch_),
                            static_cast<double>(best_epoch_), number_of(best_)},
                .tensors = best_weights_};
    }
    void set_state(Model& model, const CallbackState& state) override {
        if (state.numbers.size() != 4) return;
        wait_ = static_cast<int>(state.numbers[0]);
        stopped_epoch_ = static_cast<int>(state.numbers[1]);
        best_epoch_ = static_cast<int>(state.numbers[2]);
        best_ = best_of(state.numbers[3]);
        best_weights_ = state.tensors;
        if (stopped_epoch_ > 0) model.set_stop_training();  // it had ended the run
    }

private:
    void keep(const Model& model, int epoch) {
        best_weights_ = model.get_weights();
        best_epoch_ = epoch;
    }

    const EarlyStoppingOptions options_;
    const Monitor monitor_;
    int wait_ = 0;
    int stopped_epoch_ = 0;
    int best_epoch_ = 0;
    std::optional<double> best_;
    std::vector<Tensor> best_weights_;
};

class ReduceLROnPlateauCallback final : public Callback, public KeptCallback {
public:
    explicit ReduceLROnPlateauCallback(const ReduceLROnPlateauOptions& options)
        : options_(options), monitor_("ReduceLROnPlateau", options.monitor, options.mode, options.min_delta) {
        at_least_zero("ReduceLROnPlateau", "patience", options.patience);
        at_least_zero("ReduceLROnPlateau", "cooldown", options.cooldown);
        check_finite("ReduceLROnPlateau: ", "factor", options.factor);
        check_finite("ReduceLROnPlateau: ", "min_lr", options.min_lr);
        if (options.factor < 1) return;
        throw ValueError("ReduceLROnPlateau: factor is " + fmt::format("{}", options.factor) +
                         "; less than 1 is wanted");
    }

    void on_train_begin(Model&) override {
        best_.reset();
        cooldown_left_ = wait_ = 0;
    }

    void on_epoch_end(Model& model, int epoch, Logs& logs) override {
        logs["learning_rate"] = model.optimizer().learning_rate();
        const std::optional<double> current = monitor_.value(logs);
        if (!current) return;
        if (cooldown_left_ > 0) {
            --cooldown_left_;
            wait_ = 0;
        }
        if (monitor_.improves(*current, best_)) {
            best_ = current;
            wait_ = 0;
        } else if (cooldown_left_ == 0 && ++wait_ >= options_.patience) {
            reduce(model, epoch);
        }
    }

    CallbackState state() const override {
        return {.kind = "ReduceLROnPlateau",
                .numbers = {static_cast<double>(cooldown_left_), static_cast<double>(wait_), number_of(best_)}};
    }
    void set_state(Model& /*model*/, const CallbackState& state) override {
        if (state.numbers.size() != 3) return;
        cooldown_left_ = static_cast<int>(state.numbers[0]);
        wait_ = static_cast<int>(state.numbers[1]);
        best_ = best_of(state.numbers[2]);
    }

private:
    void reduce(const Model& model, int epoch) {
        Optimizer optimizer = model.optimizer();
        const double rate = optimizer.learning_rate();
        if (rate <= static_cast<double>(static_cast<float>(options_.min_lr))) return;
        const double reduced = std::max(rate * options_.factor, options_.min_lr);
        optimizer.set_learning_rate(reduced);
        if (options_.verbose > 0) {
            std::cout << fmt::format("\nEpoch {}: ReduceLROnPlateau reducing learning rate to {:g}.\n", epoch + 1,
                                     reduced);
        }
        cooldown_left_ = options_.cooldown;
        wait_ = 0;
    }

    const ReduceLROnPlateauOptions options_;
    const Monitor monitor_;
    int cooldown_left_ = 0;
    int wait_ = 0;
    std::optional<double> best_;
};

class ModelCheckpointCallback final : public Callback, public KeptCallback {
public:
    ModelCheckpointCallback(std::string filepath, const ModelCheckpointOptions& options)
        : filepath_(std::move(filepath)),
          options_(options),
          monitor_("ModelCheckpoint", options.monitor, options.mode),
          best_(options.initial_value_threshold) {
        at_least_zero("ModelCheckpoint", "save_freq", options.save_freq);
        if (best_) check_finite("ModelCheckpoint: ", "initial_value_threshold", *best_);
        const char* const ending = options.save_weights_only ? ".weights.h5" : ".keras";
        if (filepath_.ends_with(ending)) return;
        throw ValueError("ModelCheckpoint: the file is " + filepath_ + "; one ending in " + ending + " is wanted");
    }

    void on_epoch_begin(Model&, int epoch) override {
        epoch_ = epoch;
        last_batch_ = std::exchange(resumed_batch_, -1);
    }
    void on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) override {
        if (options_.save_freq == 0) return;
        unsaved_ += batch - last_batch_;
        last_batch_ = batch;
        if (unsaved_ < options_.save_freq) return;
        unsaved_ = 0;
        save_if_wanted(model, logs, batch);
    }
    void on_epoch_end(Model& model, int, Logs& logs) override {
        if (options_.save_freq == 0) save_if_wanted(model, logs, std::nullopt);
    }

    CallbackState state() const override {
        return {.kind = "ModelCheckpoint",
                .numbers = {static_cast<double>(last_batch_), static_cast<double>(unsaved_), number_of(best_)}};
    }
    void set_state(Model& /*model*/, const CallbackState& state) override {
        if (state.numbers.size() != 3) return;
        resumed_batch_ = static_cast<std::int64_t>(state.numbers[0]);
        unsaved_ = static_cast<std::int64_t>(state.numbers[1]);
        best_ = best_of(state.numbers[2]);
    }

private:
    void save_if_wanted(const Model& model, const Logs& logs, std::optional<std::int64_t> batch) {
        std::map<std::string, double> values(logs.begin(), logs.end());
        values["epoch"] = epoch_ + 1;
        if (batch) values["batch"] = static_cast<double>(*batch + 1);
        const std::filesystem::path file = fill_pattern(filepath_, values, "ModelCheckpoint");
        const bool says = options_.verbose > 0;
        const auto begin_line = [&]() -> std::ostream& { return std::cout << fmt::format("\nEpoch {}: ", epoch_ + 1); };
        if (options_.save_best_only) {
            if (const std::optional<double> current = monitor_.value(logs)) {
                const std::string best = best_ ? five_digits(*best_) : "None";
                if (!monitor_.improves(*current, best_)) {
                    if (says)
                        begin_line() << text::printable(monitor_.figure()) << " did not improve from " << best << '\n';
                    return;
                }
                if (says) {
                    begin_line() << text::printable(monitor_.figure()) << " improved from " << best << " to "
                                 << five_digits(*current) << ", saving model to " << text::printable(file.string())
                                 << '\n';
                }
                best_ = current;
            }
        } else if (says) {
            begin_line() << "saving model to " << text::printable(file.string()) << '\n';
        }
        std::error_code ignored;  // saving says that there is no folder
        if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
        save(model, file);
        if (says) begin_line() << "finished saving model to " << text::printable(file.string()) << '\n';
    }
    void save(const Model& model, const std::filesystem::path& file) const {
        if (options_.save_weights_only) {
            model.save_weights(file);
        } else {
            model.save(file);
        }
    }
    static std::string five_digits(double value) { return format_number(value, ".5f", "ModelCheckpoint"); }

    const std::string filepath_;
    const ModelCheckpointOptions options_;
    const Monitor monitor_;
    std::optional<double> best_;
    int epoch_ = 0;
    std::int64_t last_batch_ = -1;
    std::int64_t resumed_batch_ = -1;
    std::int64_t unsaved_ = 0;
};

}  // namespace

CallbackPtr EarlyStopping(const EarlyStoppingOptions& options) {
    return std::make_shared<EarlyStoppingCallback>(options);
}
CallbackPtr ReduceLROnPlateau(const ReduceLROnPlateauOptions& options) {
    return std::make_shared<ReduceLROnPlateauCallback>(options);
}
CallbackPtr ModelCheckpoint(const std::string& filepath, const ModelCheckpointOptions& options) {
    return std::make_shared<ModelCheckpointCallback>(filepath, options);
}

}  // namespace markhor::callbacks
