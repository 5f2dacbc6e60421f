// What evaluate and predict have in common: a model from a file or a result folder, with the names of its classes, and
// how results are printed.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <markhor/image_input.hpp>
#include <markhor/model.hpp>
#include <string>
#include <vector>

namespace markhor::cli {

struct TrainedModel {
    Model model;
    std::vector<std::string> class_names;  ///< of the run that made it; empty where unknown
    Shape image;                           ///< (height, width, channels) of its input
    FoundInput input;                      ///< how it takes images, at that size

    /// A .keras or .h5 file, or a folder as model_file() takes it. `image_size`, where not 0, stands for sizes that the
    /// input leaves open and no record says. Throws FileError, and ShapeError where its input is no image.
    static TrainedModel open(const std::filesystem::path& path, std::int64_t image_size, const std::string& scale);
};

enum class Form { table, csv, json };

/// What both commands are asked.
struct TrainedModelOptions {
    std::filesystem::path model = {};
    std::int64_t image_size = 0;  ///< 0: the model's own
    std::int64_t batch_size = 32;
    int threads = 0;  ///< 0: the library's default
    Form form = Form::table;
    std::string scale = "auto";

    /// The model, and from now on as many threads as were asked for. Throws as TrainedModel::open.
    TrainedModel open() const;
};
/// Adds MODEL, --image-size, --batch-size, --threads, --scale and --format. They are read into `options`, which must
/// outlive the parsing.
void add_trained_model_options(CLI::App& app, TrainedModelOptions& options);

}  // namespace markhor::cli
