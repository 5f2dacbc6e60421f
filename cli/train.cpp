// markhor train: one network on one data set; the results have the form of compare's.
#include <filesystem>
#include <memory>

#include "command.hpp"
#include "config_file.hpp"
#include "core/parallel.hpp"
#include "training_run.hpp"

namespace markhor::cli {
namespace {

struct TrainCommand {
    TrainingOptions options;
    std::filesystem::path config;

    int run(CLI::App& app) {
        if (!config.empty()) apply_config_file(app, config);
        if (options.common.threads > 0) set_num_threads(options.common.threads);
        options.settings = settings_text(app);
        return run_training(options);
    }
};

const RegisterCommand registered_train({
    .name = "train",
    .description = "Train one network and write it, its history and a report",
    .example = "  markhor train --head gap --epochs 10\n"
               "  markhor train --head flatten --data photos --image-size 96 --out results/photos\n"
               "  markhor train --config photos.toml --seed 2       with the lines: data = \"photos\"\n"
               "                                                                    image-size = 96",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<TrainCommand>();
            command->options.common.out = "results/train";
            add_training_options(app, command->options);
            app.add_option("--config", command->config,
                           "A .toml or .json file with these options as its keys; those typed here count more")
                ->type_name("FILE");
            add_unfinished_options(app, command->options.unfinished);
            return [command, &app] { return command->run(app); };
        },
});

}  // namespace
}  // namespace markhor::cli
