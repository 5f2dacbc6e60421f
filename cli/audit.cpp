// markhor audit: what a network costs on this machine, how that grows, and what about it should be looked at.
#include <algorithm>
#include <iostream>
#include <markhor/audit.hpp>
#include <memory>

#include "command.hpp"
#include "core/atomic_file.hpp"
#include "open_model.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

struct AuditCommand {
    ModelSource source;
    std::int64_t batch = 1;
    bool measure = false;
    bool json = false;
    std::filesystem::path data = {};
    std::string scale = "auto";
    ImageOptions image_options = {};
    std::filesystem::path plot = {};
    std::vector<std::string> fail_on = {};

    int run() const {
        const OpenedModel opened = open_model(source);
        insight::AuditOptions options{.input_shape = opened.input_shape, .batch = batch, .measure = measure};
        if (!data.empty()) {
            const Shape image =
                opened.input_shape ? *opened.input_shape : opened.model.input_shapes().at(0).without_batch();
            FoundInput input = image_input(opened.model, scale);
            input.input = image_options.over(input.input);
            (json ? std::cerr : std::cout) << input.line() << std::endl;
            options.data = open_data(data, image, input.input, image_options).test;
        }
        const insight::Audit audit = insight::audit(opened.model, options);
        std::cout << (json ? insight::audit_json(audit) : insight::audit_text(audit)) << std::flush;
        if (!plot.empty()) write_file(plot, insight::growth_svg(audit));
        return std::ranges::any_of(audit.findings, [&](const auto& finding) { return fails(finding); }) ? found
                                                                                                        : success;
    }

    bool fails(const insight::Finding& finding) const {
        return std::ranges::any_of(fail_on, [&](const std::string& name) {
            return name == "any" || name == finding.name || name == finding.severity + "s";
        });
    }
};

std::vector<std::string> fail_on_names() {
    std::vector<std::string> names = insight::finding_names();
    names.insert(names.begin(), {"any", "warnings", "notes"});
    return names;
}

const RegisterCommand registered_audit({
    .name = "audit",
    .description = "Tell what a network costs, layer by layer, and what to do about it",
    .example = "  markhor audit flatten                              the article's network at 224x224x3\n"
               "  markhor audit model.keras --measure --batch 32\n"
               "  markhor audit MobileNetV2 --input-size 160x96 --json\n"
               "  markhor audit model.keras --fail-on warnings       exit status 3 if there are any",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<AuditCommand>();
            add_model_options(app, command->source);
            app.add_option("--batch", command->batch, "Images a run whose time is predicted and measured")
                ->type_name("N")
                ->check(CLI::Range(1, 65536))
                ->capture_default_str();
            app.add_flag("--measure", command->measure, "Also run the network here and time each layer");
            app.add_option("--data", command->data,
                           "Images to look for dead and saturated units and unscaled inputs with: a folder, or "
                           "fashion-mnist")
                ->type_name("FOLDER");
            add_scale_option(app, command->scale);
            add_fit_options(app, command->image_options);
            add_flag(app, "--skip-broken", command->image_options.skip_broken);
            app.add_flag("--json", command->json, "All figures as JSON");
            app.add_option("--plot", command->plot, "Also draw the growth with the image's size into this SVG file")
                ->type_name("FILE");
            app.add_option("--fail-on", command->fail_on, "Findings that make the exit status 3: names, warnings, any")
                ->type_name("LIST")
                ->delimiter(',')
                ->check(CLI::IsMember(fail_on_names()));
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
