// markhor summary: a network's layers as Keras prints them, and on request what they cost.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <markhor/case_study.hpp>
#include <markhor/error.hpp>
#include <memory>

#include "command.hpp"
#include "open_model.hpp"

namespace markhor::cli {
namespace {

bool is_network(const std::string& name) {
    const std::vector<std::string> names = insight::head_names();
    return std::ranges::find(names, name) != names.end();
}

struct SummaryCommand {
    std::string network;
    std::int64_t image_size = 224;
    std::int64_t channels = 3;
    std::int64_t classes = 10;
    bool classic = false;
    bool show_trainable = false;
    bool expand_nested = false;
    bool cost = false;
    bool flops = false;
    bool memory = false;

    Model open() const {
        if (is_network(network)) return insight::head_network(network, {image_size, image_size, channels}, classes);
        if (std::filesystem::exists(network)) return load_named(network);
        std::string names;
        for (const std::string& name : insight::head_names()) names += (names.empty() ? "" : ", ") + name;
        throw FileError(network + ": there is no such file, and no network of that name; there are " + names);
    }

    int run() const {
        const Model model = open();
        model.summary({.expand_nested = expand_nested,
                       .show_trainable = show_trainable,
                       .show_flops = flops,
                       .show_memory = memory,
                       .style = classic ? SummaryStyle::classic : SummaryStyle::keras3});
        if (cost) std::cout << "\n" << insight::cost_table(insight::cost(model));
        std::cout << std::flush;
        return success;
    }
};

const RegisterCommand registered_summary({
    .name = "summary",
    .description = "Print the layers of a network as Keras does",
    .example = "  markhor summary flatten\n"
               "  markhor summary model.keras --show-trainable --expand-nested\n"
               "  markhor summary gap --image-size 28 --channels 1 --cost",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<SummaryCommand>();
            app.add_option("network", command->network,
                           "A model file (.keras, .h5), a folder that `markhor train` wrote, or a network of the case "
                           "study: flatten, gap, gmp")
                ->type_name("MODEL")
                ->required();
            app.add_option("--image-size", command->image_size, "Height and width of the images, pixels")
                ->type_name("PIXELS")
                ->check(CLI::Range(1, 4096))
                ->capture_default_str();
            app.add_option("--channels", command->channels, "1: grey, 3: colour")
                ->type_name("N")
                ->check(CLI::Range(1, 1024))
                ->capture_default_str();
            app.add_option("--classes", command->classes, "Classes to tell apart")
                ->type_name("N")
                ->check(CLI::Range(2, 1000000))
                ->capture_default_str();
            app.add_flag("--classic", command->classic, "The table of Keras 2, with rules of ____ and ====");
            app.add_flag("--show-trainable", command->show_trainable, "A column that says which layers are trained");
            app.add_flag("--expand-nested", command->expand_nested, "Also the layers of models that are layers");
            app.add_flag("--flops", command->flops, "A column of each layer's arithmetic, for one image");
            app.add_flag("--memory", command->memory, "A column of what each layer's outputs take, for one image");
            app.add_flag("--cost", command->cost, "Also what each layer costs: parameters, arithmetic, memory");
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
