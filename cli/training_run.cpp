#include "training_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <markhor/applications.hpp>
#include <markhor/error.hpp>
#include <markhor/model.hpp>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/atomic_file.hpp"
#include "core/input_file.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "insight/class_scores.hpp"
#include "insight/measurement.hpp"
#include "insight/networks.hpp"
#include "insight/result_folder.hpp"
#include "insight/samples.hpp"
#include "insight/study_frame.hpp"
#include "insight/trained_input.hpp"
#include "interrupt.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

double now_in_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Stops the run after Ctrl-C, and keeps its history in a file, which a run that goes on later begins with. Before
/// BackupAndRestore in the list of callbacks: a checkpoint is never ahead of the history.
class KeepHistory final : public Callback {
public:
    explicit KeepHistory(fs::path file) : file_(std::move(file)) {
        if (!fs::exists(file_)) return;
        try {
            const json kept = json::parse(read_text_file(file_));
            history_ = {kept.at("epoch"), kept.at("history"), kept.at("seconds"), false};
        } catch (const json::exception&) {
            throw FileError(file_.string() + ": is no history of a training run; remove " +
                            file_.parent_path().string() + " to train from the start");
        }
    }
    const History& history() const noexcept { return history_; }

    void on_epoch_begin(Model&, int epoch) override {
        // The history may be one epoch ahead of the checkpoint.
        const auto done = std::min(history_.epoch.size(), static_cast<std::size_t>(epoch));
        history_.epoch.resize(done);
        history_.seconds.resize(done);
        for (auto& [name, values] : history_.history) values.resize(done);
        start_ = now_in_seconds();
        seconds_ = 0;
    }
    void on_train_batch_end(Model& model, std::int64_t, const Logs&) override {
        if (interrupt_requested()) model.set_stop_training();
    }
    void on_test_begin(Model&) override { seconds_ = now_in_seconds() - start_; }
    void on_epoch_end(Model&, int epoch, Logs& logs) override {
        if (!logs.contains("val_loss")) return;  // stopped in its middle
        history_.epoch.push_back(epoch);
        history_.seconds.push_back(seconds_);
        for (const auto& [name, value] : logs) history_.history[name].push_back(value);
        const json kept = {{"epoch", history_.epoch}, {"history", history_.history}, {"seconds", history_.seconds}};
        write_file(file_, kept.dump() + "\n");
    }

private:
    const fs::path file_;
    History history_;
    double start_ = 0;
    double seconds_ = 0;
};

/// Every option that has a value, as apply_config_file() reads it.
std::string settings(const TrainingOptions& options) {
    TrainingOptions now = options;
    now.common.threads = num_threads();  // as many as now: sums depend on it
    now.common.out = fs::absolute(now.common.out);
    if (!now.common.data.empty()) now.common.data = fs::absolute(now.common.data);
    CLI::App app;
    add_training_options(app, now);
    json all = json::object();
    for (CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty() || option->get_lnames().front() == "help") continue;
        const std::string value = option->capture_default_str()->get_default_str();
        if (!value.empty()) all[option->get_lnames().front()] = value;
    }
    return all.dump(2) + "\n";
}

/// One head, at the images' own size.
insight::CaseStudyOptions study_options(const TrainingOptions& options) {
    insight::CaseStudyOptions study = options.common.study;
    study.heads = {options.network.empty() ? options.head : options.network};
    study.sizes.clear();
    if (study.learning_rate == 0) study.learning_rate = insight::default_learning_rate(study.recipe.optimizer);
    study.data_name = data_name(options.common);
    study.command = command_line();
    return study;
}

void write_results(const insight::ResultFolder& folder, const insight::CaseStudy& study) {
    write_file(folder.path() / "table.txt", insight::table(study));
    write_file(folder.path() / "report.html", insight::report_html(study));
    write_file(folder.path() / "report.md", insight::report_markdown(study));
    write_file(folder.path() / "results.json", insight::results_json(study));
}

}  // namespace

void add_training_options(CLI::App& app, TrainingOptions& options) {
    add(app, "--head", options.head,
        "Which head the network has: " + fmt::format("{}", fmt::join(insight::head_names(), ", ")))
        ->check(one_of(insight::head_names()));
    add(app, "--network", options.network)->check(one_of(applications::network_names()));
    add_study_options(app, options.common);
    app.add_option("--save-every", options.save_every, "Batches between checkpoints (default: one after each epoch)")
        ->type_name("N")
        ->check(whole_number(0, 1000000000))
        ->group("Running");
}

fs::path run_folder(const fs::path& out) {
    fs::path folder = out.has_filename() ? out : out.parent_path();  // "results/" is "results"
    return folder += ".run";
}

fs::path settings_file(const fs::path& out) { return run_folder(out) / "settings.json"; }

bool is_unfinished(const fs::path& out) { return fs::exists(run_folder(out) / "training.backup"); }

int run_training(const TrainingOptions& options) {
    if (options.common.threads > 0) set_num_threads(options.common.threads);
    const data::TrainTest data = open_data(options.common);
    insight::ResultFolder folder(options.common.out);
    const double begin = now_in_seconds();
    insight::CaseStudy study = insight::study_frame(data, study_options(options));
    const insight::Head head = insight::head(study.options.heads.front());
    const auto classes = static_cast<std::int64_t>(study.class_names.size());
    Model model = insight::compiled_network(head, study.image, classes, study.options, study.train_images);
    insight::HeadResult result{.head = head.name, .title = head.title, .summary = model.summary_text()};
    result.cost = insight::cost(model, std::min(study.options.batch_size, study.train_images));

    const fs::path state = run_folder(options.common.out);
    std::error_code ignored;  // writing the settings says that there is no folder
    fs::create_directories(state, ignored);
    write_file(settings_file(options.common.out), settings(options));
    const auto history = std::make_shared<KeepHistory>(state / "history.json");
    catch_interrupts();
    std::vector<CallbackPtr> all = insight::stopping_callbacks(study.options.recipe);
    all.insert(all.begin(), {history, callbacks::TerminateOnNaN({.raise_error = true, .find_layer = true})});
    all.push_back(callbacks::BackupAndRestore(state, {.save_freq = options.save_every, .delete_checkpoint = false}));
    std::map<std::int64_t, double> class_weight;
    if (study.options.recipe.class_weight != "none") {
        std::vector<std::int64_t> counts(study.class_names.size(), 0);
        for (const std::int32_t label : insight::labels_of(data.train)) ++counts.at(static_cast<std::size_t>(label));
        class_weight = insight::class_weights(study.options.recipe, counts);
    }
    model.fit(data.train, {.batch_size = study.options.batch_size,
                           .epochs = study.options.epochs,
                           .validation_data = data.test,
                           .class_weight = class_weight,
                           .callbacks = all});
    study.interrupted = interrupt_requested();
    result.history = history->history();
    const std::vector<double>& seconds = result.history.seconds;
    if (!seconds.empty())
        result.images_per_second = static_cast<double>(study.train_images) / *std::ranges::min_element(seconds);
    std::vector<Tensor> predictions;
    if (!study.interrupted) {
        const Logs logs = model.evaluate(data.test, {.batch_size = study.options.batch_size, .verbose = 0});
        result.test_loss = logs.at("loss");
        result.test_accuracy = logs.at("accuracy");
        const double start = now_in_seconds();
        predictions.push_back(model.predict(data.test, {.batch_size = study.options.batch_size}));
        result.predicted_images_per_second = static_cast<double>(study.test_images) / (now_in_seconds() - start);
        result.predicted = insight::classes_of(predictions.front());
        result.wrong = insight::most_wrong(data.test, study.test_labels, predictions.front());
    }
    const fs::path weights = folder.path() / (head.name + ".weights.h5");
    model.save_weights(weights);
    insight::record_image_input(model, data.train);
    model.save(folder.path() / "model.keras");
    result.weights_file_bytes = fs::file_size(weights);
    study.heads.push_back(std::move(result));
    study.seconds = now_in_seconds() - begin;
    study.samples = insight::choose_samples(data.test, study, predictions);
    write_results(folder, study);
    folder.publish();
    if (!study.interrupted) fs::remove_all(state);
    print_study(study, options.common.out, ", model.keras, the weights");
    if (study.interrupted) {
        std::cout << "markhor resume " << text::printable(options.common.out.string()) << " goes on with it."
                  << std::endl;
    }
    return study.interrupted ? interrupted : success;
}

}  // namespace markhor::cli
