// markhor finetune: a trained network learns the classes of a folder of images.
#include <filesystem>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/finetune.hpp>
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
#include "study_options.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

struct FinetuneCommand {
    ModelSource source;
    std::filesystem::path out = {};
    std::filesystem::path data = {};
    std::string scale = "auto";
    std::int64_t unfreeze = -1;
    std::uint64_t seed = 0;
    int threads = 0;
    ImageOptions image_options = {};
    insight::FinetuneOptions options = {};

    UnfinishedOptions unfinished = {};

    int run(const CLI::App& app) {
        if (threads > 0) set_num_threads(threads);
        set_random_seed(seed);
        const OpenedModel opened = open_model(source);
        const Shape image =
            opened.input_shape ? *opened.input_shape : opened.model.input_shapes().at(0).without_batch();
        FoundInput input = image_input(opened.model, scale);
        input.input = image_options.over(input.input);
        std::cout << input.line() << std::endl;
        set_image_input(opened.model, input.input);  // as the new network takes over
        const data::TrainTest images = open_data(data, image, input.input, image_options, &std::cout);
        if (unfreeze >= 0) options.unfreeze = unfreeze;
        options.stop_requested = interrupt_requested;
        catch_interrupts();
        insight::ResultFolder folder(out, model_run_files(out, unfinished));
        options.state = folder.path().parent_path();
        write_file(folder.state(settings_name), settings_text(app));
        const insight::FinetuneResult result = insight::finetune(opened.model, images, options);
        save_run(folder, result.model, source.name, out);
        std::cout << "\n"
                  << insight::finetune_table(result) << "\nWritten to " << text::printable(out.string()) << "."
                  << std::endl;
        return interrupt_requested() ? interrupt_status() : success;
    }
};

const RegisterCommand registered_finetune({
    .name = "finetune",
    .description = "Teach a trained network other classes: a new pooled head, then the backbone at a low rate",
    .example = "  markhor finetune model.keras -o flowers.keras --data flowers     a folder of class folders\n"
               "  markhor finetune model.keras -o flowers.keras --data flowers --unfreeze 20 --epochs 10",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<FinetuneCommand>();
            insight::FinetuneOptions& options = command->options;
            add_model_options(app, command->source);
            app.add_option("-o,--out", command->out, "The new model: .keras or .h5")->type_name("FILE")->required();
            add(app, "--data", command->data, word("--data").help + " (default: Fashion-MNIST)");
            add_scale_option(app, command->scale);
            add_fit_options(app, command->image_options);
            add_set_options(app, command->image_options);
            add(app, "--head", options.head, "The new head: gap, gmp or both")
                ->check(one_of(insight::pooled_head_names()));
            add(app, "--dropout", options.dropout);
            app.add_option("--head-epochs", options.head_epochs, "Of training the head on the frozen backbone")
                ->type_name("N")
                ->check(whole_number(0, 100000))
                ->group("Training")
                ->capture_default_str();
            app.add_option("--head-learning-rate", options.head_learning_rate, "Of the optimizer, for the head")
                ->type_name("RATE")
                ->check(positive_number())
                ->group("Training")
                ->capture_default_str();
            app.add_option("--epochs", options.epochs, "Of training the backbone too")
                ->type_name("N")
                ->check(whole_number(0, 100000))
                ->group("Training")
                ->capture_default_str();
            add(app, "--learning-rate", options.learning_rate, "Of the optimizer, for all of it");
            add_recipe_options(app, options.recipe);
            app.add_option("--unfreeze", command->unfreeze, "Train only the backbone's last N layers (default: all)")
                ->type_name("N")
                ->check(whole_number(0, 1000000))
                ->group("Training");
            add(app, "--batch-size", options.batch_size);
            add(app, "--seed", command->seed, "Of the new head, the shuffling and the dropout");
            add(app, "--threads", command->threads);
            add_unfinished_options(app, command->unfinished);
            return [command, &app] { return command->run(app); };
        },
});

}  // namespace
}  // namespace markhor::cli
