// markhor compare: the case study of several heads on one backbone, or given models side by side.
#include <filesystem>
#include <iostream>
#include <memory>

#include "command.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "interrupt.hpp"
#include "open_model.hpp"
#include "run_settings.hpp"
#include "study_options.hpp"

namespace markhor::cli {
namespace {

int compare_files(const std::vector<std::filesystem::path>& files, const std::string& scale, StudyOptions& options) {
    if (options.threads > 0) set_num_threads(options.threads);
    std::vector<Model> models;
    std::vector<PixelScaling> scalings;
    options.study.heads.clear();
    for (const std::filesystem::path& file : files) {
        models.push_back(load_named(file, {.compile = false}));
        options.study.heads.push_back((file.has_filename() ? file : file.parent_path()).filename().string());
        const FoundInput input = image_input(models.back(), scale);
        std::cout << options.study.heads.back() << ": " << input.line() << std::endl;
        scalings.push_back(input.input.scaling.value_or(PixelScaling()));
    }
    ImageInput unit = image_input(models[0]).input;
    unit.scaling = PixelScaling();
    const data::TrainTest data = open_data(options.data, models[0].input_shapes().at(0).without_batch(),
                                           options.images.over(unit), options.images, &std::cout);
    prepare_study(options);
    const insight::CaseStudy study = insight::compare_models(models, data, options.out, options.study, scalings);
    std::cout << "\n"
              << insight::table(study) << "\nWritten to " << text::printable(options.out.string())
              << ": report.html (to read), report.md, results.json" << std::endl;
    return study.interrupted ? interrupt_status() : success;
}

const RegisterCommand registered_compare({
    .name = "compare",
    .description = "Train heads on the same backbone and data, or take models as they are; measure, write a report",
    .example =
        "  markhor compare\n"
        "  markhor compare --epochs 3 --seed 1 --out results/seed1\n"
        "  markhor compare --data photos --image-size 96 --heads flatten gap gmp\n"
        "  markhor compare --heads flatten,gap,both --seeds 3 --image-sizes 28,56    mean and spread\n"
        "  markhor compare a.keras b.keras --data photos                             as they are: nothing is trained",
    .set_up =
        [](CLI::App& app) {
            const auto options = std::make_shared<StudyOptions>();
            const auto skip_sizes = std::make_shared<bool>(false);
            const auto scale = std::make_shared<std::string>("auto");
            const auto unfinished = std::make_shared<UnfinishedOptions>();
            const auto files = std::make_shared<std::vector<std::filesystem::path>>();
            options->out = "results/compare";
            app.add_option(
                   "models", *files,
                   "Model files, or folders of `markhor train`, to compare as they are, on the same test images")
                ->type_name("MODEL");
            add_scale_option(app, *scale);
            app.add_option("--heads", options->study.heads, "Which heads")
                ->type_name("NAME")
                ->check(CLI::IsMember(insight::head_names()))
                ->delimiter(',')
                ->capture_default_str();
            app.add_flag("--skip-sizes", *skip_sizes, "Leave out the part on larger images");
            app.add_option("--seeds", options->study.seeds, "Trainings of each head, from so many seeds")
                ->type_name("N")
                ->check(CLI::Range(1, 1000))
                ->capture_default_str();
            app.add_option("--image-sizes", options->study.image_sizes, "Also train on images resized to these heights")
                ->type_name("LIST")
                ->delimiter(',')
                ->check(CLI::Range(1, 4096));
            add_study_options(app, *options);
            add_unfinished_options(app, *unfinished);
            return [files, scale, options, skip_sizes, unfinished, &app] {
                if (options->threads > 0) set_num_threads(options->threads);
                options->study.settings = settings_text(app);
                options->study.resume = unfinished->resume;
                options->study.restart = unfinished->restart;
                if (!files->empty()) return compare_files(*files, *scale, *options);
                if (*skip_sizes) options->study.sizes.clear();
                return run_study(*options);
            };
        },
});

}  // namespace
}  // namespace markhor::cli
