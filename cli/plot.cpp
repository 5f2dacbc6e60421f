// markhor plot: a network drawn as boxes and arrows.
#include <filesystem>
#include <markhor/plotting.hpp>
#include <memory>

#include "command.hpp"
#include "open_model.hpp"

namespace markhor::cli {
namespace {

struct PlotArguments {
    std::filesystem::path model;
    std::filesystem::path out = "model.png";
    utils::PlotOptions plot;
    bool hide_names = false;
};

const RegisterCommand registered_plot({
    .name = "plot",
    .description = "Draw a network as boxes and arrows",
    .example = "  markhor plot model.keras -o model.png --shapes\n"
               "  markhor plot model.keras -o model.svg --shapes --expand-nested --rankdir LR\n"
               "  markhor plot model.keras -o model.dot    Graphviz's language, without Graphviz",
    .set_up =
        [](CLI::App& app) {
            const auto options = std::make_shared<PlotArguments>();
            utils::PlotOptions& plot = options->plot;
            app.add_option("model", options->model,
                           "A .keras or whole-model .h5 file, or a folder that `markhor train` wrote")
                ->required();
            app.add_option("-o,--out", options->out,
                           "The drawing: .png, .svg or .pdf (by Graphviz's program dot), or .dot")
                ->capture_default_str();
            app.add_flag("--shapes", plot.show_shapes, "Shapes of inputs and outputs");
            app.add_flag("--dtypes", plot.show_dtype, "Types of outputs");
            app.add_flag("--activations", plot.show_layer_activations, "Activation functions");
            app.add_flag("--trainable", plot.show_trainable, "Which layers are trained");
            app.add_flag("--expand-nested", plot.expand_nested, "The layers of nested models, in frames");
            app.add_flag("--no-names", options->hide_names, "Classes without the layers' names");
            app.add_option("--rankdir", plot.rankdir, "Where it goes: TB down, LR right, BT, RL")
                ->check(CLI::IsMember({"TB", "LR", "BT", "RL"}))
                ->capture_default_str();
            app.add_option("--splines", plot.splines, "How arrows are drawn")
                ->check(CLI::IsMember({"ortho", "curved", "polyline", "spline", "line"}))
                ->capture_default_str();
            app.add_option("--dpi", plot.dpi, "Dots per inch of a .png")
                ->check(CLI::Range(1, 2400))
                ->capture_default_str();
            return [options]() -> int {
                options->plot.show_layer_names = !options->hide_names;
                utils::plot_model(load_named(options->model, {.compile = false}), options->out, options->plot);
                return success;
            };
        },
});

}  // namespace
}  // namespace markhor::cli
