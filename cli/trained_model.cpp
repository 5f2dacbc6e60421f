#include "trained_model.hpp"

#include <markhor/error.hpp>
#include <markhor/saving.hpp>
#include <nlohmann/json.hpp>

#include "core/input_file.hpp"
#include "core/parallel.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> class_names_in(const fs::path& results) {
    if (!fs::exists(results)) return {};
    const json read = json::parse(read_text_file(results), nullptr, false);
    const json::json_pointer place("/data/classes");
    if (read.is_discarded() || !read.contains(place) || !read.at(place).is_array()) return {};
    std::vector<std::string> names;
    for (const json& name : read.at(place)) {
        if (name.is_string()) names.push_back(name.get<std::string>());
    }
    return names;
}

Shape image_of(const Model& model, std::int64_t image_size, const std::string& where) {
    const std::vector<Shape> inputs = model.input_shapes();
    if (inputs.size() != 1 || inputs.front().rank() != 4) {
        throw ShapeError(
            where + ": the model has " +
            (inputs.size() == 1 ? "the input " + inputs.front().str() : std::to_string(inputs.size()) + " inputs") +
            "; one of (batch, height, width, channels) is wanted");
    }
    std::vector<std::int64_t> sizes(inputs.front().begin() + 1, inputs.front().end());
    for (std::int64_t& size : {std::ref(sizes[0]), std::ref(sizes[1])}) {
        if (size == None) size = image_size;
        if (size == 0) {
            throw ShapeError(where + ": the model takes images of any size, " + inputs.front().str() +
                             "; --image-size must say which");
        }
    }
    return Shape(sizes);
}

}  // namespace

TrainedModel TrainedModel::open(const fs::path& path, std::int64_t image_size) {
    const fs::path file = fs::is_directory(path) ? path / "model.keras" : path;
    if (!fs::exists(file)) {
        throw FileError(file.string() + ": there is no such file; a model (.keras, .h5) or a folder that `markhor " +
                        "train` wrote is wanted");
    }
    const Model model = load_model(file);
    return {model, class_names_in(file.parent_path() / "results.json"), image_of(model, image_size, file.string())};
}

TrainedModel TrainedModelOptions::open() const {
    if (threads > 0) set_num_threads(threads);
    return TrainedModel::open(model, image_size);
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
    const auto set_form = [&options](const std::string& name) {
        options.form = name == "csv" ? Form::csv : name == "json" ? Form::json : Form::table;
    };
    app.add_option_function<std::string>("--format", set_form, "How results are printed: table, csv or json")
        ->type_name("FORM")
        ->check(CLI::IsMember({"table", "csv", "json"}))
        ->default_str("table");
}

}  // namespace markhor::cli
