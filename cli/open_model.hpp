// What the commands that take a network or data have in common: a file, a result folder or a name becomes a model, a
// folder a data set of images as that model takes them.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <markhor/dataset.hpp>
#include <markhor/image_input.hpp>
#include <markhor/model.hpp>
#include <markhor/saving.hpp>
#include <optional>
#include <string>

#include "image_options.hpp"

namespace markhor::cli {

/// "224", "224x160": height, and width where it is another. Throws ValueError.
Shape parse_size(const std::string& text);

/// The file itself, or in a folder that `markhor train` or compare wrote the model there. Throws FileError where there
/// is none, or several without a model.keras, naming them.
std::filesystem::path model_file(const std::filesystem::path& path);
/// The model of such a file or folder. Class names of a run by an older version are taken from the results.json beside
/// it.
Model load_named(const std::filesystem::path& path, const LoadOptions& options = {});

struct ModelSource {
    std::string name = {};        ///< a file (.keras, .h5), a result folder, a network of the zoo, a head of the study
    std::string input_size = {};  ///< as parse_size takes it; empty: the network's own
    std::int64_t channels = 3;    ///< of a network by name
    std::int64_t classes = 0;     ///< of a network by name; 0: its own number (10 of a head, 1000 of the zoo)
};
/// Adds the argument MODEL and the options --input-size, --channels and --classes.
void add_model_options(CLI::App& app, ModelSource& source);

struct OpenedModel {
    Model model;
    std::optional<Shape> input_shape;  ///< other than the model's own: what --input-size asks for of a file
};
/// Throws FileError for what is neither a file nor a name, and what load_model() throws.
OpenedModel open_model(const ModelSource& source);

/// Adds --scale, "auto" by default, as markhor::image_input() takes it.
void add_scale_option(CLI::App& app, std::string& scale);

enum class Part { train, validation, test, all };

/// Fashion-MNIST ("fashion-mnist", or empty), or a folder of idx files or class folders, with images of this shape as
/// the model takes them: fitted, grey ones repeated for three channels, pixels scaled. Throws ShapeError for colour
/// images where one channel is wanted. What a folder of images holds is told on `output`, where given.
data::TrainTest open_data(const std::filesystem::path& folder, const Shape& image, const ImageInput& input,
                          const ImageOptions& options = {}, std::ostream* output = nullptr);
/// One of its sets, or all images of a folder of classes, each pixel as Keras has it. Throws FileError for a folder
/// that has no such one.
Dataset open_part(const std::filesystem::path& folder, Part part, const Shape& image, const ImageInput& input,
                  const ImageOptions& options = {});

}  // namespace markhor::cli
