// markhor resume: goes on with a run of markhor train that was killed or stopped, to the same end.
#include <filesystem>
#include <markhor/error.hpp>
#include <memory>

#include "command.hpp"
#include "config_file.hpp"
#include "training_run.hpp"

namespace markhor::cli {
namespace {

int resume(const std::filesystem::path& out) {
    const std::filesystem::path file = settings_file(out);
    if (!std::filesystem::exists(file)) {
        throw FileError(out.string() + ": there is no unfinished run of `markhor train` to it (" + file.string() +
                        " is not there)");
    }
    TrainingOptions options;
    CLI::App settings;
    add_training_options(settings, options);
    apply_config_file(settings, file);
    options.common.out = out;  // which may have been moved
    return run_training(options);
}

const RegisterCommand registered({
    .name = "resume",
    .description = "Go on with a training run that was killed or stopped",
    .example = "  markhor train --epochs 50 --out results/long      until the power fails\n"
               "  markhor resume results/long                       ends with the same weights as if it had not",
    .set_up =
        [](CLI::App& app) {
            const auto out = std::make_shared<std::filesystem::path>();
            app.add_option("folder", *out, "The --out of the run (default of train: results/train)")
                ->type_name("FOLDER")
                ->required();
            return [out] { return resume(*out); };
        },
});

}  // namespace
}  // namespace markhor::cli
