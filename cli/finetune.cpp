// markhor finetune: a trained network learns the classes of a folder of images.
#include <filesystem>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/finetune.hpp>
#include <markhor/slim.hpp>
#include <memory>

#include "command.hpp"
#include "interrupt.hpp"
#include "open_model.hpp"

namespace markhor::cli {
namespace {

struct FinetuneCommand {
    ModelSource source;
    std::filesystem::path out = {};
    std::filesystem::path data = {};
    std::int64_t unfreeze = -1;
    std::uint64_t seed = 0;
    insight::FinetuneOptions options = {};

    int run() {
        set_random_seed(seed);
        const OpenedModel opened = open_model(source);
        const Shape image =
            opened.input_shape ? *opened.input_shape : opened.model.input_shapes().at(0).without_batch();
        const data::TrainTest images = open_data(data, image);
        if (unfreeze >= 0) options.unfreeze = unfreeze;
        options.stop_requested = interrupt_requested;
        catch_interrupts();
        const insight::FinetuneResult result = insight::finetune(opened.model, images, options);
        result.model.save(out);
        std::cout << "\n" << insight::finetune_table(result) << "\nWritten to " << out.string() << "." << std::endl;
        return interrupt_requested() ? interrupted : success;
    }
};

const RegisterCommand registered({
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
            app.add_option("--data", command->data,
                           "Folder of class folders of images or of idx files (default: Fashion-MNIST)")
                ->type_name("FOLDER");
            app.add_option("--head", options.head, "The new head")
                ->check(CLI::IsMember(insight::pooled_head_names()))
                ->capture_default_str();
            app.add_option("--dropout", options.dropout, "Of the new head")
                ->check(CLI::Range(0.0, 0.99))
                ->capture_default_str();
            app.add_option("--head-epochs", options.head_epochs, "Of training the head on the frozen backbone")
                ->check(CLI::Range(0, 100000))
                ->capture_default_str();
            app.add_option("--head-learning-rate", options.head_learning_rate, "Of Adam, for the head")
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            app.add_option("--epochs", options.epochs, "Of training the backbone too")
                ->check(CLI::Range(0, 100000))
                ->capture_default_str();
            app.add_option("--learning-rate", options.learning_rate, "Of Adam, for all of it")
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            app.add_option("--unfreeze", command->unfreeze, "Train only the backbone's last N layers (default: all)")
                ->type_name("N")
                ->check(CLI::Range(0, 1000000));
            app.add_option("--batch-size", options.batch_size, "Images a training step")
                ->check(CLI::Range(1, 65536))
                ->capture_default_str();
            app.add_option("--seed", command->seed, "Of the new head, the shuffling and the dropout")
                ->type_name("N")
                ->capture_default_str();
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
