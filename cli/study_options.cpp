#include "study_options.hpp"

#include <fmt/format.h>

#include <iostream>
#include <markhor/dataset.hpp>

#include "command.hpp"
#include "core/parallel.hpp"
#include "interrupt.hpp"

namespace markhor::cli {

data::TrainTest open_data(const StudyOptions& options) {
    data::TrainTest data =
        options.data.empty()
            ? data::fashion_mnist()
            : data::open_folder(options.data, {.height = options.image_size, .width = options.image_size});
    if (options.image_size == 0) return data;
    const auto sized = [&](const Dataset& set) { return set.resized(options.image_size, options.image_size); };
    return {sized(data.train), sized(data.test)};
}

std::string data_name(const StudyOptions& options) {
    return options.data.empty() ? "Fashion-MNIST" : options.data.string();
}

void prepare_study(StudyOptions& options) {
    options.study.data_name = data_name(options);
    options.study.command = command_line();
    options.study.stop_requested = interrupt_requested;
    catch_interrupts();
}

void print_study(const insight::CaseStudy& study, const std::filesystem::path& out, const std::string& others) {
    std::cout << "\n" << insight::table(study) << "\n";
    for (const insight::Advice& each : insight::advice(study)) std::cout << each.topic << ": " << each.text << "\n";
    if (study.interrupted) std::cout << "\nStopped before the end: what was done until then is kept.\n";
    std::cout << fmt::format("\nWritten to {}: report.html (to read), results.json, table.txt{}\n", out.string(),
                             study.heads.empty() ? "" : others);
    std::cout << std::flush;
}

void add_study_options(CLI::App& app, StudyOptions& options) {
    app.add_option(
           "--data", options.data,
           "Folder of idx files (train-images-idx3-ubyte, plain or .gz, …) or of class folders of PNG or JPEG images "
           "(default: Fashion-MNIST, Debian's dataset-fashion-mnist)")
        ->type_name("FOLDER");
    app.add_option("--image-size", options.image_size, "Resize the images to this many pixels square")
        ->type_name("PIXELS")
        ->check(CLI::Range(1, 4096));
    app.add_option("--epochs", options.study.epochs, "How often each training image is seen")
        ->type_name("N")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    app.add_option("--batch-size", options.study.batch_size, "Images a training step")
        ->type_name("N")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str();
    app.add_option("--learning-rate", options.study.learning_rate, "Of Adam")
        ->type_name("RATE")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--seed", options.study.seed, "Of the initial weights, the shuffling and the dropout")
        ->type_name("N")
        ->capture_default_str();
    app.add_flag("--checkpointing", options.study.checkpointing,
                 "Keep less of the forward pass for the gradients, compute it once more: less memory, more time");
    app.add_option("--threads", options.threads, "Threads to compute with (default: one a core)")
        ->type_name("N")
        ->check(CLI::Range(1, 1024));
    app.add_option("--out", options.out, "Folder of the results; those of an earlier run there are replaced")
        ->type_name("FOLDER")
        ->capture_default_str();
}

int run_study(StudyOptions options) {
    if (options.threads > 0) set_num_threads(options.threads);
    const data::TrainTest data = open_data(options);
    prepare_study(options);
    const insight::CaseStudy study = insight::run_case_study(data, options.out, options.study);
    print_study(study, options.out, ", the weights");
    return study.interrupted ? interrupted : success;
}

}  // namespace markhor::cli
