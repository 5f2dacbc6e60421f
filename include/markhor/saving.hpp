// Keras's files: whole models (.keras and the older .h5) and configs as JSON. Weights alone: Model::save_weights,
// load_weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <markhor/custom_objects.hpp>
#include <markhor/model.hpp>

namespace markhor {

struct LoadOptions {
    CustomObjects custom_objects = {};  ///< layers of your own that the file may name
    bool compile = true;                ///< also compile the model as it was, and take over the optimizer's state
    /// Gets what cannot be taken over of how the model was compiled (it is then left not compiled); default: to
    /// std::cerr.
    std::function<void(const std::string&)> on_warning = {};
    std::uint64_t memory_limit = std::uint64_t{8} << 30;  ///< bytes that the weights may take
};

/// The model that `file` holds: a .keras archive or a whole-model .h5, of Keras 1 to 3 (told apart by their content).
/// Files are read as data: nothing in them is ever run, and nothing outside them is looked at. Throws FileError for a
/// damaged or incomplete file, ValueError for a config that is refused (an unknown class, a Lambda, a graph with a
/// cycle, …); both name the file and the place.
Model load_model(const std::filesystem::path& file, const LoadOptions& options = {});

/// The model that Model::to_json() (or Keras's, 2 or 3) described, with new weights. Throws ValueError as load_model
/// does.
Model model_from_json(const std::string& text, const CustomObjects& custom_objects = {});

}  // namespace markhor
