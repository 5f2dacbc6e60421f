#include "trained_model.hpp"

#include <markhor/error.hpp>

#include "core/parallel.hpp"
#include "formats/compile_config.hpp"
#include "insight/rebuild.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"
#include "open_model.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;

Shape image_of(const Model& model, std::int64_t image_size, const ImageInput& record, const std::string& where) {
    const std::vector<Shape> inputs = model.input_shapes();
    if (inputs.size() != 1 || inputs.front().rank() != 4) {
        throw ShapeError(
            where + ": the model has " +
            (inputs.size() == 1 ? "the input " + inputs.front().str() : std::to_string(inputs.size()) + " inputs") +
            "; one of (batch, height, width, channels) is wanted");
    }
    std::vector<std::int64_t> sizes(inputs.front().begin() + 1, inputs.front().end());
    for (std::size_t i = 0; i < 2; ++i) {
        std::int64_t& size = sizes[i];
        if (size == None) size = image_size > 0 ? image_size : i == 0 ? record.height : record.width;
        if (size == 0) {
            throw ShapeError(where + ": the model takes images of any size, " + inputs.front().str() +
                             "; --image-size must say which");
        }
    }
    return Shape(sizes);
}

/// The model for images of this size, compiled as it is.
Model at_size(const Model& model, const Shape& image) {
    Model sized = insight::rebuild(model, {.input_shape = image});
    const Trainer& trainer = model.model_base()->trainer();
    if (!trainer.compiled()) return sized;
    // An optimizer is one model's: its like is made.
    const auto options = formats::read_compile_config(formats::compile_config(trainer.options()), "the model");
    if (options) sized.compile(*options);
    return sized;
}

}  // namespace

TrainedModel TrainedModel::open(const fs::path& path, std::int64_t image_size, const std::string& scale) {
    Model model = load_named(path);
    FoundInput found = image_input(model, scale);
    const Shape image = image_of(model, image_size, found.input, path.string());
    if (!model.input_shapes().front().without_batch().is_known()) model = at_size(model, image);
    found.input.height = image[0];
    found.input.width = image[1];
    std::vector<std::string> names = found.input.class_names;
    return {model, std::move(names), image, std::move(found)};
}

TrainedModel TrainedModelOptions::open() const {
    if (threads > 0) set_num_threads(threads);
    return TrainedModel::open(model, image_size, scale);
}

void add_trained_model_options(CLI::App& app, TrainedModelOptions& options) {
    app.add_option("model", options.model, "A .keras or .h5 file, or a folder that `markhor train` wrote")
        ->type_name("MODEL")
        ->required();
    app.add_option("--image-size", options.image_size, "Pixels square, where the model takes images of any size")
        ->type_name("PIXELS")
        ->check(CLI::Range(1, 4096));
    app.add_option("--batch-size", options.batch_size, "Images at once")
        ->type_name("N")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str();
    app.add_option("--threads", options.threads, "Threads to compute with (default: one a core)")
        ->type_name("N")
        ->check(CLI::Range(1, 1024));
    add_scale_option(app, options.scale);
    const auto set_form = [&options](const std::string& name) {
        options.form = name == "csv" ? Form::csv : name == "json" ? Form::json : Form::table;
    };
    app.add_option_function<std::string>("--format", set_form, "How results are printed: table, csv or json")
        ->type_name("FORM")
        ->check(CLI::IsMember({"table", "csv", "json"}))
        ->default_str("table");
}

}  // namespace markhor::cli
