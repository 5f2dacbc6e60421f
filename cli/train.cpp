// markhor train: one network on one data set; the results have the form of compare's.
#include <memory>

#include "command.hpp"
#include "study_options.hpp"

namespace markhor::cli {
namespace {

const RegisterCommand registered({
    .name = "train",
    .description = "Train one network and write its weights, history and report",
    .example = "  markhor train --head gap --epochs 10\n"
               "  markhor train --head flatten --data photos --image-size 96 --out results/photos",
    .set_up =
        [](CLI::App& app) {
            const auto options = std::make_shared<StudyOptions>();
            const auto head = std::make_shared<std::string>("gap");
            options->out = "results/train";
            options->study.sizes.clear();
            app.add_option("--head", *head, "Which head the network has")
                ->type_name("NAME")
                ->check(CLI::IsMember(insight::head_names()))
                ->capture_default_str();
            add_study_options(app, *options);
            return [options, head] {
                options->study.heads = {*head};
                return run_study(*options);
            };
        },
});

}  // namespace
}  // namespace markhor::cli
