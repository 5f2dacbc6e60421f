// The run of the case study: each head trained and tested, the larger images, the samples, the files.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <markhor/case_study.hpp>
#include <markhor/error.hpp>
#include <markhor/image_input.hpp>
#include <set>
#include <utility>

#include "core/atomic_file.hpp"
#include "core/text.hpp"
#include "insight/class_scores.hpp"
#include "insight/measurement.hpp"
#include "insight/model_parts.hpp"
#include "insight/networks.hpp"
#include "insight/numbers.hpp"
#include "insight/rebuild.hpp"
#include "insight/result_folder.hpp"
#include "insight/samples.hpp"
#include "insight/stop_on_request.hpp"
#include "insight/study_frame.hpp"
#include "insight/study_state.hpp"
#include "insight/trained_input.hpp"
#include "model/backup.hpp"

namespace markhor::insight {
namespace {

void check_data(const data::TrainTest& data) {
    if (data.train.size() < 1 || data.test.size() < 1) {
        throw ValueError(
            fmt::format("case study: {} training and {} test images were given; one or more of each are wanted",
                        data.train.size(), data.test.size()));
    }
    if (data.train.y_shape().rank() != 0 || data.train.y_dtype() != DType::int32) {
        throw ValueError("case study: the labels are " + std::string(name_of(data.train.y_dtype())) + " " +
                         data.train.y_shape().str() + "; one int32 class number an image is wanted");
    }
    if (data.train.class_names().size() < 2) {
        throw ValueError(
            fmt::format("case study: the data has {} class; two or more are wanted", data.train.class_names().size()));
    }
}

void check(const data::TrainTest& data, const CaseStudyOptions& options) {
    if (options.heads.empty()) throw ValueError("case study: no head was given; one or more are wanted");
    std::set<std::string> names;
    for (const std::string& name : options.heads) {
        (void)head(name);
        if (!names.insert(name).second) throw ValueError("case study: the head '" + name + "' was given twice");
    }
    if (options.seeds < 1) {
        throw ValueError(fmt::format("case study: {} seeds were asked for; one or more are wanted", options.seeds));
    }
    if (options.epochs < 1) {
        throw ValueError(fmt::format("case study: {} epochs were asked for; one or more are wanted", options.epochs));
    }
    if (options.batch_size < 1 || options.timed_batch < 1) {
        throw ValueError(fmt::format("case study: batches of {} images were asked for; one or more are wanted",
                                     std::min(options.batch_size, options.timed_batch)));
    }
    (void)make_optimizer(options.recipe, options.learning_rate, 1);  // throws for what it cannot take
    check_data(data);
}

std::vector<std::int64_t> counts_of(const Dataset& data) {
    std::vector<std::int64_t> counts(data.class_names().size(), 0);
    for (const std::int32_t label : labels_of(data)) ++counts.at(static_cast<std::size_t>(label));
    return counts;
}

std::vector<CallbackPtr> fit_callbacks(const CaseStudyOptions& options) {
    std::vector<CallbackPtr> all = stopping_callbacks(options.recipe);
    all.insert(all.begin(), callbacks::TerminateOnNaN(true));
    return all;
}

/// Drops the epoch in whose middle a run was stopped: its figures are not those of an epoch.
void keep_whole_epochs(History& history) {
    const auto validated = history.history.find("val_loss");
    const std::size_t whole = validated == history.history.end() ? 0 : validated->second.size();
    history.epoch.resize(whole);
    history.seconds.resize(whole);
    for (auto& [name, values] : history.history) values.resize(whole);
}

class Run {
public:
    /// `trained`: there will be heads with weights.
    Run(const data::TrainTest& data, const std::filesystem::path& folder, const CaseStudyOptions& options, bool trained)
        : data_(data),
          folder_(folder, study_files(options, trained, data.train.x_shape()[0])),
          output_(options.output != nullptr ? *options.output : std::cout),
          study_(study_frame(data, options)),
          class_weights_(options.recipe.class_weight == "none" ? std::map<std::int64_t, double>{}
                                                               : class_weights(options.recipe, counts_of(data.train))) {
        study_.files = study_files(options, trained, study_.image[0]).results;
        if (!options.settings.empty()) write_file(folder_.state(settings_file), options.settings + "\n");
        if (trained) study_.repeats = read_repeats(folder_.state(repeats_file));
    }

    CaseStudy finish() {
        for (const std::string& name : study_.options.heads) {
            if (stopped()) break;
            train(head(name));
            write();  // a run that is killed leaves what it has in FOLDER.run/results
        }
        if (!stopped()) repeat();
        if (!stopped()) larger_images();
        study_.interrupted = stopped();
        write();
        folder_.publish(!study_.interrupted);
        return std::move(study_);
    }

    /// The same for models as they are.
    CaseStudy finish(const std::vector<Model>& models, const std::vector<PixelScaling>& scalings) {
        for (std::size_t i = 0; i < models.size() && !stopped(); ++i) {
            const Dataset test = scalings.empty() ? data_.test : scaled_from_unit(data_.test, scalings[i]);
            look_at(models[i], study_.options.heads[i], test);
        }
        study_.interrupted = stopped();
        write();
        folder_.publish();
        return std::move(study_);
    }

private:
    bool stopped() const { return study_.options.stop_requested && study_.options.stop_requested(); }

    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

    void say(std::string_view line) {
        if (line.starts_with('\n')) output_ << '\n';
        output_ << text::printable(line.substr(line.starts_with('\n') ? 1 : 0)) << std::endl;
    }

    void train(const Head& head) {
        const CaseStudyOptions& options = study_.options;
        say(fmt::format("\n{} ({} of {}): {} images {}x{}x{}, {} epochs", head.title, study_.heads.size() + 1,
                        options.heads.size(), grouped(study_.train_images), study_.image[0], study_.image[1],
                        study_.image[2], options.epochs));
        Model model = compiled_network(head, study_.image, classes(), options, study_.train_images);
        HeadResult result{.head = head.name, .title = head.title, .summary = model.summary_text()};
        result.cost = cost(model, std::min(options.batch_size, study_.train_images));
        say(fmt::format("{} parameters, {} an image", grouped(result.cost.params), flops_text(result.cost.flops)));

        FitOptions fit{.batch_size = options.batch_size,
                       .epochs = options.epochs,
                       .validation_data = data_.validation ? *data_.validation : data_.test,
                       .class_weight = class_weights_,
                       .callbacks = fit_callbacks(options),
                       .output = &output_};
        if (options.stop_requested) fit.callbacks.push_back(std::make_shared<StopOnRequest>(options.stop_requested));
        fit.callbacks.push_back(backup_in(folder_.state(backup_file(head.name)), {.delete_checkpoint = false}));
        result.history = model.fit(data_.train, fit);
        keep_whole_epochs(result.history);
        const std::vector<double>& epochs = result.history.seconds;
        if (!epochs.empty()) {
            result.images_per_second = static_cast<double>(study_.train_images) / *std::ranges::min_element(epochs);
        }
        if (!stopped()) test(model, data_.test, result);
        const std::filesystem::path weights = folder_.path() / (head.name + ".weights.h5");
        model.save_weights(weights);
        result.weights_file_bytes = std::filesystem::file_size(weights);
        set_image_input(model, options.images);
        record_image_input(model, data_.train);
        model.save(folder_.path() / (head.name + ".keras"));
        study_.heads.push_back(std::move(result));
    }

    void test(const Model& model, const Dataset& test_set, HeadResult& result) {
        const Logs logs = model.evaluate(test_set, {.batch_size = study_.options.batch_size, .verbose = 0});
        result.test_loss = logs.at("loss");
        result.test_accuracy = logs.at("accuracy");
        const auto begin = std::chrono::steady_clock::now();
        const Tensor probabilities = model.predict(test_set, {.batch_size = study_.options.batch_size});
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        result.predicted_images_per_second = static_cast<double>(study_.test_images) / took.count();
        predictions_.push_back(probabilities);
        models_.push_back(model);
        tests_.push_back(test_set);
        result.predicted = classes_of(probabilities);
        result.wrong = most_wrong(data_.test, study_.test_labels, probabilities);
        if (result.predicted.size() == study_.test_labels.size() && probabilities.shape()[1] > 1)
            result.behaviour = behaviour(model, test_set, {.batch_size = study_.options.batch_size});
        say(fmt::format("test images: {} right, loss {:.4f}", percent(*result.test_accuracy), *result.test_loss));
    }

    void look_at(const Model& given, const std::string& name, const Dataset& test_set) {
        say(fmt::format("\n{} ({} of {})", name, study_.heads.size() + 1, study_.options.heads.size()));
        Model model = rebuild(given);  // the user's own stays compiled as it is
        model.compile({.optimizer = "sgd", .loss = fitting_loss(model), .metrics = {"accuracy"}});
        HeadResult result{.head = name, .title = name, .summary = model.summary_text()};
        result.cost = cost(rebuild(given, {.weights = false}));
        say(fmt::format("{} parameters, {} an image", grouped(result.cost.params), flops_text(result.cost.flops)));
        test(model, test_set, result);
        study_.heads.push_back(std::move(result));
    }

    /// Each head from each seed on images of each size; those of the main run are there already.
    void repeat() {
        const CaseStudyOptions& options = study_.options;
        if (options.seeds == 1 && options.image_sizes.empty()) return;
        const std::vector<Repeat> kept = std::exchange(study_.repeats, {});
        for (const HeadResult& result : study_.heads) {
            if (!result.test_accuracy || result.history.seconds.empty()) continue;
            add_repeat(result.head, study_.image[0], options.seed, *result.test_accuracy, result.cost.params,
                       result.history);
        }
        std::vector<std::int64_t> sizes = options.image_sizes;
        std::erase(sizes, study_.image[0]);
        sizes.insert(sizes.begin(), study_.image[0]);
        for (const std::int64_t size : sizes) {
            for (int i = size == study_.image[0] ? 1 : 0; i < options.seeds; ++i) {
                for (const std::string& name : options.heads) {
                    if (stopped()) return;
                    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(i);
                    const auto done = std::ranges::find_if(kept, [&](const Repeat& each) {
                        return each.head == name && each.size == size && each.seed == seed;
                    });
                    if (done != kept.end()) {
                        study_.repeats.push_back(*done);
                    } else {
                        train_again(head(name), size, seed);
                    }
                }
            }
        }
    }

    void train_again(const Head& head, std::int64_t size, std::uint64_t seed) {
        CaseStudyOptions options = study_.options;
        options.seed = seed;
        const bool native = size == study_.image[0];
        const Shape image = native ? study_.image : Shape{size, size, study_.image[2]};
        const auto sized = [&](const Dataset& set) { return native ? set : set.resized(size, size).cache(); };
        const Dataset test = sized(data_.test);
        say(fmt::format("\n{}, {}x{} pixels, seed {}", head.title, image[0], image[1], seed));
        Model model = compiled_network(head, image, classes(), options, study_.train_images);
        FitOptions fit{.batch_size = options.batch_size,
                       .epochs = options.epochs,
                       .validation_data = data_.validation ? sized(*data_.validation) : test,
                       .class_weight = class_weights_,
                       .callbacks = fit_callbacks(options),
                       .output = &output_};
        if (options.stop_requested) fit.callbacks.push_back(std::make_shared<StopOnRequest>(options.stop_requested));
        const std::filesystem::path backup = folder_.state(backup_file(head.name, size, seed));
        fit.callbacks.push_back(backup_in(backup, {.delete_checkpoint = false}));
        History history = model.fit(sized(data_.train), fit);
        keep_whole_epochs(history);
        if (stopped() || history.seconds.empty()) return;
        const double accuracy = model.evaluate(test, {.batch_size = options.batch_size, .verbose = 0}).at("accuracy");
        add_repeat(head.name, size, seed, accuracy, model.count_params(), history);
        write_repeats(folder_.state(repeats_file), study_.repeats);
        std::filesystem::remove(backup);
        write();
    }

    void add_repeat(const std::string& head, std::int64_t size, std::uint64_t seed, double accuracy,
                    std::int64_t params, const History& history) {
        Repeat repeat{.head = head, .size = size, .seed = seed, .test_accuracy = accuracy, .params = params};
        repeat.epoch_seconds = *std::ranges::min_element(history.seconds);
        if (const auto curve = history.history.find("val_accuracy"); curve != history.history.end())
            repeat.val_accuracy = curve->second;
        study_.repeats.push_back(std::move(repeat));
    }

    void larger_images() {
        const CaseStudyOptions& options = study_.options;
        if (options.sizes.empty()) return;
        say("\nThe same networks on larger images:");
        for (const std::int64_t size : options.sizes) {
            for (const std::string& name : options.heads) {
                if (stopped()) return;
                SizeResult result = measure_size(head(name), size, data_.train, classes(), options);
                say(fmt::format("  {0:>4}x{0:<4} {1:<8} {2:>12} parameters {3:>14} an image{4}", size, name,
                                grouped(result.cost.params), flops_text(result.cost.flops),
                                result.step_seconds
                                    ? fmt::format(", {} a step of {} images", seconds_text(*result.step_seconds),
                                                  options.timed_batch)
                                    : ""));
                study_.sizes.push_back(std::move(result));
            }
        }
    }

    void write() {
        study_.seconds = seconds();
        study_.samples = choose_samples(data_.test, study_, predictions_);
        for (Sample& sample : study_.samples) draw_heat_of(sample, tests_, models_);
        write_file(folder_.path() / "table.txt", table(study_));
        write_file(folder_.path() / "report.html", report_html(study_));
        write_file(folder_.path() / "report.md", report_markdown(study_));
        write_file(folder_.path() / "results.json", results_json(study_));
    }

    std::int64_t classes() const { return static_cast<std::int64_t>(study_.class_names.size()); }

    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    const data::TrainTest& data_;
    ResultFolder folder_;
    std::ostream& output_;
    CaseStudy study_;
    const std::map<std::int64_t, double> class_weights_;
    std::vector<Tensor> predictions_;  // of the heads that were tested
    std::vector<Model> models_;        // these
    std::vector<Dataset> tests_;       // as each of them takes them
};

}  // namespace

std::vector<std::string> head_names() {
    std::vector<std::string> names;
    for (const Head& each : heads()) names.push_back(each.name);
    return names;
}

Sequential head_network(const std::string& name, const Shape& image, std::int64_t classes) {
    return network(head(name), image, classes);
}

CaseStudy run_case_study(const data::TrainTest& data, const std::filesystem::path& folder,
                         const CaseStudyOptions& options) {
    check(data, options);
    return Run(data, folder, options, true).finish();
}

CaseStudy compare_models(const std::vector<Model>& models, const data::TrainTest& data,
                         const std::filesystem::path& folder, const CaseStudyOptions& options) {
    return compare_models(models, data, folder, options, {});
}

CaseStudy compare_models(const std::vector<Model>& models, const data::TrainTest& data,
                         const std::filesystem::path& folder, const CaseStudyOptions& options,
                         const std::vector<PixelScaling>& scalings) {
    check_data(data);
    if (!scalings.empty() && scalings.size() != models.size()) {
        throw ValueError(fmt::format("compare: got {} models and {} scalings; expected one for each model, or none",
                                     models.size(), scalings.size()));
    }
    if (models.empty() || models.size() != options.heads.size()) {
        throw ValueError(fmt::format("compare: {} models and {} names were given; one name a model is wanted",
                                     models.size(), options.heads.size()));
    }
    for (std::size_t i = 0; i < models.size(); ++i) {
        const std::vector<Shape> inputs = models[i].input_shapes();
        if (inputs.size() != 1 || inputs[0].without_batch() != data.test.x_shape()) {
            throw ShapeError(fmt::format("{}: the images are {}; the model takes {}", options.heads[i],
                                         data.test.x_shape().str(), inputs.empty() ? "nothing" : inputs[0].str()));
        }
    }
    CaseStudyOptions as_they_are = options;
    as_they_are.epochs = 0;
    as_they_are.sizes.clear();
    return Run(data, folder, as_they_are, false).finish(models, scalings);
}

}  // namespace markhor::insight
