// markhor slim: a network made smaller, with the accuracy and the time of each step.
#include <filesystem>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/slim.hpp>
#include <memory>

#include "command.hpp"
#include "core/atomic_file.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "insight/result_folder.hpp"
#include "interrupt.hpp"
#include "open_model.hpp"
#include "run_settings.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

struct SlimCommand {
    ModelSource source;
    std::filesystem::path out = {};
    std::filesystem::path data = {};
    std::string head = "gap";
    std::uint64_t seed = 0;
    int threads = 0;
    std::string scale = "auto";
    ImageOptions image_options = {};
    insight::SlimOptions options = {};

    UnfinishedOptions unfinished = {};

    int run(const CLI::App& app) {
        if (threads > 0) set_num_threads(threads);
        set_random_seed(seed);
        const OpenedModel opened = open_model(source);
        if (opened.input_shape)
            throw ValueError(source.name + ": slimming keeps the size of the images; leave --input-size out");
        options.head = head == "keep" ? "" : head;
        if (!data.empty()) {
            FoundInput input = image_input(opened.model, scale);
            input.input = image_options.over(input.input);
            std::cout << input.line() << std::endl;
            set_image_input(opened.model, input.input);  // as the new network takes over
            options.data = open_data(data, opened.model.input_shapes().at(0).without_batch(), input.input,
                                     image_options, &std::cout);
        }
        options.stop_requested = interrupt_requested;
        catch_interrupts();
        insight::ResultFolder folder(out, model_run_files(out, unfinished));
        options.state = folder.path().parent_path();
        write_file(folder.state(settings_name), settings_text(app));
        const insight::SlimResult result = insight::slim(opened.model, options);
        save_run(folder, result.model, source.name, out);
        std::cout << insight::slim_table(result) << "\nWritten to " << text::printable(out.string()) << "."
                  << std::endl;
        return interrupt_requested() ? interrupt_status() : success;
    }
};

std::vector<std::string> head_choices() {
    std::vector<std::string> names = insight::pooled_head_names();
    names.emplace_back("keep");
    return names;
}

const RegisterCommand registered_slim({
    .name = "slim",
    .description = "Replace a Flatten + Dense head by global pooling, fold, prune",
    .example = "  markhor slim flatten.keras -o slim.keras --data fashion-mnist --epochs 2\n"
               "  markhor slim model.keras -o small.keras --head both --data photos\n"
               "  markhor slim model.keras -o deploy.keras --head keep --fold\n"
               "  markhor slim model.keras -o pruned.keras --head keep --prune 0.3 --data photos --epochs 3",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<SlimCommand>();
            insight::SlimOptions& options = command->options;
            add_model_options(app, command->source);
            app.add_option("-o,--out", command->out, "The new model: .keras or .h5")->type_name("FILE")->required();
            app.add_option("--data", command->data,
                           "Images to solve the new head with, to tune on and to test with: a folder, or fashion-mnist")
                ->type_name("FOLDER");
            add_scale_option(app, command->scale);
            add_fit_options(app, command->image_options);
            add_set_options(app, command->image_options);
            app.add_option("--head", command->head, "The new head; keep: the old one")
                ->check(CLI::IsMember(head_choices()))
                ->capture_default_str();
            add(app, "--dropout", options.dropout);
            app.add_option("--ridge", options.ridge, "Of the regression that the head is solved by")
                ->type_name("NUMBER")
                ->check(real_number(0, 1e30))
                ->capture_default_str();
            app.add_option("--epochs", options.epochs, "Of fine-tuning on the data")
                ->type_name("N")
                ->check(whole_number(0, 100000))
                ->group("Training")
                ->capture_default_str();
            add(app, "--learning-rate", options.learning_rate, "Of Adam, when fine-tuning");
            add(app, "--batch-size", options.batch_size);
            add(app, "--seed", command->seed, "Of the new head, the shuffling and the dropout");
            add(app, "--threads", command->threads);
            app.add_option("--prune", options.prune, "Share of filters to drop, by their BatchNormalization scale")
                ->type_name("SHARE")
                ->check(real_number(0, 0.99));
            app.add_flag("--fold", options.fold, "At the end fold BatchNormalization into the weights: for inference");
            add_unfinished_options(app, command->unfinished);
            return [command, &app] { return command->run(app); };
        },
});

}  // namespace
}  // namespace markhor::cli
