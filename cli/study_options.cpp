#include "study_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <markhor/dataset.hpp>
#include <markhor/error.hpp>

#include "command.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "interrupt.hpp"
#include "open_model.hpp"
#include "run_settings.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {

namespace {

constexpr std::int64_t largest_unasked = 224;  // images are trained at this height and width where no size is given

/// The size that is asked for; 0x0: none is.
Shape asked_size(const StudyOptions& options) {
    Shape size{0, 0};
    if (!options.image_size.empty()) size = parse_size(options.image_size);
    return {options.height > 0 ? options.height : size[0], options.width > 0 ? options.width : size[1]};
}

}  // namespace

data::TrainTest open_data(const StudyOptions& options) {
    const Shape asked = asked_size(options);
    if ((asked[0] == 0) != (asked[1] == 0)) throw ValueError("--height and --width: expected both, got one");
    const auto sized = [](const data::TrainTest& data, std::int64_t height, std::int64_t width) {
        return data::TrainTest{data.train.resized(height, width), data.test.resized(height, width)};
    };
    if (options.data.empty()) {
        const data::TrainTest data = data::fashion_mnist();
        return asked[0] == 0 ? data : sized(data, asked[0], asked[1]);
    }
    data::ImageFolderOptions folder{.height = asked[0],
                                    .width = asked[1],
                                    .channels = options.color_mode == "grayscale" ? 1 : 3,
                                    .on_error = options.skip_broken ? "skip" : "error"};
    if (options.validation_split > 0) folder.test_split = options.validation_split;
    data::TrainTest data = data::open_folder(options.data, folder);
    if (asked[0] > 0) return data;
    const Shape image = data.train.x_shape();
    const std::int64_t side = std::max(image[0], image[1]);
    if (side <= largest_unasked) return data;
    std::cout << "The images are " << image[1] << "x" << image[0] << " pixels; trained at " << largest_unasked << "x"
              << largest_unasked << "; --image-size changes it." << std::endl;
    return sized(data, largest_unasked, largest_unasked);
}

std::string data_name(const StudyOptions& options) {
    return options.data.empty() ? "Fashion-MNIST" : options.data.string();
}

void prepare_study(StudyOptions& options) {
    if (options.study.learning_rate == 0)
        options.study.learning_rate = insight::default_learning_rate(options.study.recipe.optimizer);
    options.study.data_name = data_name(options);
    options.study.command = command_line();
    options.study.stop_requested = interrupt_requested;
    catch_interrupts();
}

void print_study(const insight::CaseStudy& study, const std::filesystem::path& out, const std::string& others) {
    std::cout << "\n" << insight::table(study) << "\n";
    for (const insight::Advice& each : insight::advice(study))
        std::cout << text::printable(each.topic + ": " + each.text) << "\n";
    if (study.interrupted) std::cout << "\nStopped before the end: what was done until then is kept.\n";
    std::cout << fmt::format("\nWritten to {}: report.html (to read), results.json, table.txt{}\n",
                             text::printable(out.string()), study.heads.empty() ? "" : others);
    std::cout << std::flush;
}

void add_study_options(CLI::App& app, StudyOptions& options) {
    app.add_option("folder", options.data, "The same as --data")->type_name("FOLDER")->group("Data");
    add(app, "--data", options.data, word("--data").help + " (default: Fashion-MNIST, Debian's dataset-fashion-mnist)");
    add(app, "--image-size", options.image_size);
    add(app, "--height", options.height);
    add(app, "--width", options.width);
    add(app, "--color-mode", options.color_mode);
    add(app, "--validation-split", options.validation_split);
    add_flag(app, "--skip-broken", options.skip_broken);
    add(app, "--epochs", options.study.epochs);
    add(app, "--batch-size", options.study.batch_size);
    options.study.learning_rate = 0;  // the optimizer's own, put in its place by prepare_study()
    add(app, "--learning-rate", options.study.learning_rate);
    add_recipe_options(app, options.study.recipe);
    add_flag(app, "--checkpointing", options.study.checkpointing);
    add(app, "--seed", options.study.seed);
    add(app, "--threads", options.threads);
    add(app, "--out", options.out);
}

void add_recipe_options(CLI::App& app, insight::Recipe& recipe) {
    add(app, "--optimizer", recipe.optimizer);
    add(app, "--schedule", recipe.schedule);
    add(app, "--class-weight", recipe.class_weight);
    add_flag(app, "--augment", recipe.augment);
    add(app, "--patience", recipe.patience);
}

int run_study(StudyOptions options) {
    if (options.threads > 0) set_num_threads(options.threads);
    check_beside_data(options.out, options.data);
    const data::TrainTest data = open_data(options);
    prepare_study(options);
    const insight::CaseStudy study = insight::run_case_study(data, options.out, options.study);
    print_study(study, options.out, ", the weights");
    return study.interrupted ? interrupt_status() : success;
}

}  // namespace markhor::cli
