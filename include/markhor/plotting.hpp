// keras.utils.plot_model: a network drawn as boxes and arrows.
#pragma once

#include <filesystem>
#include <markhor/model.hpp>
#include <optional>
#include <string>

namespace markhor::utils {

/// The arguments of keras.utils.plot_model and model_to_dot (https://keras.io/api/utils/model_plotting_utils/).
struct PlotOptions {
    bool show_shapes = false;
    bool show_dtype = false;
    std::optional<bool> show_layer_names = std::nullopt;  ///< default: in model_to_dot() yes, in plot_model() no
    std::string rankdir = "TB";                           ///< where it goes: "TB" down, "LR" right, "BT", "RL"
    bool expand_nested = false;                           ///< nested models as frames around their layers
    int dpi = 200;                                        ///< of an image, dots per inch
    bool show_layer_activations = false;                  ///< of layers that have one
    bool show_trainable = false;                          ///< of layers that have weights
    std::string splines = "ortho";                        ///< "ortho", "curved", "polyline", "spline" or "line"
};

/// The network in Graphviz's language, box for box and arrow for arrow as Keras has it. Throws ValueError for a model
/// without shapes and for options that are none of the above.
std::string model_to_dot(const Model& model, const PlotOptions& options = {});

/// Draws the network into `to_file`, whose extension says how: .png, .svg or .pdf by Graphviz's program `dot`, which is
/// looked for in PATH; .dot and .gv hold model_to_dot()'s text and need no program. The file appears whole or not at
/// all. Throws as model_to_dot() does, ValueError for another extension, FileError where `dot` is not installed or
/// fails and where the file cannot be written.
void plot_model(const Model& model, const std::filesystem::path& to_file = "model.png",
                const PlotOptions& options = {});

}  // namespace markhor::utils
