#include "training_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <markhor/applications.hpp>
#include <markhor/error.hpp>
#include <markhor/image_input.hpp>
#include <markhor/model.hpp>
#include <markhor/saving.hpp>
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
#include "model/backup.hpp"
#include "run_settings.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* checkpoint = "training.backup";

double now_in_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One head, at the images' own size.
insight::CaseStudyOptions study_options(const TrainingOptions& options) {
    insight::CaseStudyOptions study = options.common.study;
    study.heads = {options.network.empty() ? options.head : options.network};
    study.sizes.clear();
    if (study.learning_rate == 0) study.learning_rate = insight::default_learning_rate(study.recipe.optimizer);
    study.data_name = data_name(options.common);
    study.command = command_line();
    study.settings = options.settings;
    study.images = image_record(options.common);
    return study;
}

insight::RunFiles files_of(const TrainingOptions& options, const std::string& head) {
    return {.command = command_line(),
            .state = {settings_name, checkpoint},
            .results = {head + ".weights.h5", "model.keras", "table.txt", "report.html", "report.md", "results.json"},
            .unfinished = options.unfinished.choice()};
}

/// What a finished run left, as a checkpoint to go on from: its weights and its optimizer's numbers are in model.keras,
/// its history in results.json.
void begin_where_it_ended(const fs::path& out, int epochs, const Model& model, std::uint64_t seed,
                          const fs::path& backup) {
    const fs::path file = out / "results.json";
    RunState state;
    try {
        const json results = json::parse(read_text_file(file));
        const json& head = results.at("heads").at(0);
        state.history.seconds = head.at("epoch_seconds").get<std::vector<double>>();
        state.history.history = head.at("history").get<std::map<std::string, std::vector<double>>>();
        if (results.at("interrupted").get<bool>()) {
            throw FileError(out.string() +
                            ": the run was stopped before its end, and what it kept is gone; only a "
                            "finished run can be trained longer");
        }
    } catch (const json::exception&) {
        throw FileError(file.string() + ": is no results.json of a finished run of `markhor train`");
    }
    const int done = static_cast<int>(state.history.seconds.size());
    if (epochs <= done) {
        throw ValueError(fmt::format("{}: the run has {} epochs; --epochs {} or more trains it longer", out.string(),
                                     done, done + 1));
    }
    for (int epoch = 0; epoch < done; ++epoch) state.history.epoch.push_back(epoch);
    state.position = {done, 0, seed};
    const Model trained = load_model(out / "model.keras");
    std::vector<VariablePtr> from = backup_variables(trained);
    const std::size_t weights = model.weights().size();
    if (trained.weights().size() != weights) {
        throw FileError((out / "model.keras").string() + ": is not the model that this run trained");
    }
    write_backup(backup, state, from);
}

/// Stops after the batch once Ctrl-C was asked for.
class StopOnInterrupt final : public Callback {
public:
    void on_train_batch_end(Model& model, std::int64_t, const Logs&) override {
        if (interrupt_requested()) model.set_stop_training();
    }
};

/// Without the epoch in whose middle the run was stopped.
History whole_epochs(History history) {
    const auto validated = history.history.find("val_loss");
    const std::size_t whole = validated == history.history.end() ? 0 : validated->second.size();
    history.epoch.resize(std::min(whole, history.epoch.size()));
    history.seconds.resize(history.epoch.size());
    for (auto& [name, values] : history.history) values.resize(std::min(values.size(), whole));
    return history;
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

int run_training(const TrainingOptions& options) {
    if (options.common.threads > 0) set_num_threads(options.common.threads);
    check_beside_data(options.common.out, options.common.data);
    insight::CaseStudyOptions settings = study_options(options);
    StudyOptions common = options.common;
    common.study = settings;
    const data::TrainTest data = open_data(common, std::cout);
    const Dataset& validation = data.validation ? *data.validation : data.test;
    const double begin = now_in_seconds();
    insight::CaseStudy study = insight::study_frame(data, settings);
    const insight::Head head = insight::head(study.options.heads.front());
    const auto classes = static_cast<std::int64_t>(study.class_names.size());
    Model model = insight::compiled_network(head, study.image, classes, study.options, study.train_images);
    insight::HeadResult result{.head = head.name, .title = head.title, .summary = model.summary_text()};
    result.cost = insight::cost(model, std::min(study.options.batch_size, study.train_images));

    const insight::RunFiles files = files_of(options, head.name);
    insight::ResultFolder folder(options.common.out, files);
    study.files = files.results;
    const fs::path backup = folder.state(checkpoint);
    if (options.unfinished.resume && !fs::exists(folder.state(settings_name)) &&
        fs::exists(options.common.out / "results.json")) {
        begin_where_it_ended(options.common.out, study.options.epochs, model, study.options.seed, backup);
    }
    write_file(folder.state(settings_name), options.settings + "\n");
    catch_interrupts();
    std::vector<CallbackPtr> all = insight::stopping_callbacks(study.options.recipe);
    all.insert(all.begin(), {std::make_shared<StopOnInterrupt>(),
                             callbacks::TerminateOnNaN({.raise_error = true, .find_layer = true})});
    all.push_back(backup_in(backup, {.save_freq = options.save_every, .delete_checkpoint = false}));
    std::map<std::int64_t, double> class_weight;
    if (study.options.recipe.class_weight != "none") {
        std::vector<std::int64_t> counts(study.class_names.size(), 0);
        for (const std::int32_t label : insight::labels_of(data.train)) ++counts.at(static_cast<std::size_t>(label));
        class_weight = insight::class_weights(study.options.recipe, counts);
    }
    result.history = whole_epochs(model.fit(data.train, {.batch_size = study.options.batch_size,
                                                         .epochs = study.options.epochs,
                                                         .validation_data = validation,
                                                         .class_weight = class_weight,
                                                         .callbacks = all}));
    study.interrupted = interrupt_requested();
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
    set_image_input(model, study.options.images);
    insight::record_image_input(model, data.train);
    model.save(folder.path() / "model.keras");
    result.weights_file_bytes = fs::file_size(weights);
    study.heads.push_back(std::move(result));
    study.seconds = now_in_seconds() - begin;
    study.samples = insight::choose_samples(data.test, study, predictions);
    write_results(folder, study);
    folder.publish(!study.interrupted);
    print_study(study, options.common.out, ", model.keras, the weights");
    if (study.interrupted) {
        std::cout << "markhor resume " << text::printable(options.common.out.string()) << " goes on with it."
                  << std::endl;
    }
    return study.interrupted ? interrupt_status() : success;
}

}  // namespace markhor::cli
