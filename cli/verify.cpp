// markhor verify: do the models in a folder predict what was recorded beside them?
#include <filesystem>
#include <iostream>
#include <memory>

#include "command.hpp"
#include "formats/verify.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

struct VerifyArguments {
    std::filesystem::path folder;
    double tolerance = 1e-4;
};

const RegisterCommand registered_verify({
    .name = "verify",
    .description = "Compare models' predictions with those recorded beside them",
    .example = "  markhor verify models                 model.keras or model.h5 with model.npz of x and y\n"
               "  markhor verify models --tolerance 1e-5",
    .set_up =
        [](CLI::App& app) {
            const auto options = std::make_shared<VerifyArguments>();
            app.add_option("folder", options->folder, "A folder of .keras and .h5 files, each with an .npz of its name")
                ->required();
            app.add_option("--tolerance", options->tolerance, "Of the largest value of an output")
                ->type_name("SHARE")
                ->check(real_number(0, 1))
                ->capture_default_str();
            return [options] {
                const formats::VerifyCount count =
                    formats::verify_folder(options->folder, std::cout, options->tolerance);
                return count.failed == 0 ? success : failure;
            };
        },
});

}  // namespace
}  // namespace markhor::cli
