// markhor train: one network on one data set; the results have the form of compare's.
#include <markhor/error.hpp>
#include <memory>

#include "command.hpp"
#include "config_file.hpp"
#include "training_run.hpp"

namespace markhor::cli {
namespace {

struct TrainCommand {
    TrainingOptions options;
    std::filesystem::path config;
    bool restart = false;

    int run(CLI::App& app) {
        if (!config.empty()) apply_config_file(app, config);
        const std::filesystem::path unfinished = run_folder(options.common.out);
        if (restart) std::filesystem::remove_all(unfinished);
        if (is_unfinished(options.common.out)) {
            throw FileError(unfinished.string() + " holds a run that was not finished; `markhor resume " +
                            options.common.out.string() + "` goes on with it, --restart forgets it");
        }
        return run_training(options);
    }
};

const RegisterCommand registered({
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
            app.add_flag("--restart", command->restart, "Begin anew where an unfinished run lies");
            return [command, &app] { return command->run(app); };
        },
});

}  // namespace
}  // namespace markhor::cli
