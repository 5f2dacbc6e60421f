// markhor compare: the case study of several heads on one backbone.
#include <memory>

#include "command.hpp"
#include "study_options.hpp"

namespace markhor::cli {
namespace {

const RegisterCommand registered({
    .name = "compare",
    .description = "Train heads on the same backbone and data, measure them, write a report",
    .example = "  markhor compare\n"
               "  markhor compare --epochs 3 --seed 1 --out results/seed1\n"
               "  markhor compare --data photos --image-size 96 --heads flatten gap gmp",
    .set_up =
        [](CLI::App& app) {
            const auto options = std::make_shared<StudyOptions>();
            const auto skip_sizes = std::make_shared<bool>(false);
            options->out = "results/compare";
            app.add_option("--heads", options->study.heads, "Which heads")
                ->type_name("NAME")
                ->check(CLI::IsMember(insight::head_names()))
                ->delimiter(',')
                ->capture_default_str();
            app.add_flag("--skip-sizes", *skip_sizes, "Leave out the part on larger images");
            add_study_options(app, *options);
            return [options, skip_sizes] {
                if (*skip_sizes) options->study.sizes.clear();
                return run_study(*options);
            };
        },
});

}  // namespace
}  // namespace markhor::cli
