#include "open_model.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <markhor/applications.hpp>
#include <markhor/case_study.hpp>
#include <markhor/error.hpp>
#include <markhor/utils.hpp>
#include <nlohmann/json.hpp>

#include "core/input_file.hpp"
#include "data/folders.hpp"
#include "data/image_sets.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

constexpr std::int64_t usual_side = 224;

std::int64_t parse_side(const std::string& text, const std::string& whole) {
    std::int64_t side = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
    if (error != std::errc() || end != text.data() + text.size() || side < 1 || side > 16384) {
        throw ValueError("the size '" + whole + "' is none; N or HEIGHTxWIDTH in pixels, up to 16384, is wanted");
    }
    return side;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

[[noreturn]] void refuse(const std::string& name) {
    std::string names;
    for (const std::string& head : insight::head_names()) names += head + ", ";
    for (const std::string& network : applications::network_names()) names += network + ", ";
    names.resize(names.size() - 2);
    throw FileError(name + ": there is no such file, and no network of that name; there are " + names);
}

/// Of an older version's run, which kept them beside the model alone.
std::vector<std::string> class_names_in(const std::filesystem::path& results) {
    if (!std::filesystem::exists(results)) return {};
    const nlohmann::json read = nlohmann::json::parse(read_text_file(results), nullptr, false);
    const nlohmann::json::json_pointer place("/data/classes");
    if (read.is_discarded() || !read.contains(place) || !read.at(place).is_array()) return {};
    std::vector<std::string> names;
    for (const nlohmann::json& name : read.at(place)) {
        if (name.is_string()) names.push_back(name.get<std::string>());
    }
    return names;
}

Dataset with_channels(const Dataset& data, std::int64_t channels) {
    const Shape shape = data.x_shape();
    if (shape[2] == channels) return data;
    if (shape[2] != 1) {
        throw ShapeError("data: the images have " + std::to_string(shape[2]) + " channels; the model takes " +
                         std::to_string(channels));
    }
    const Shape wanted{shape[0], shape[1], channels};
    const auto repeat = [wanted, channels](Example& example) {
        Tensor x(wanted, DType::float32);
        const std::span<const float> grey = std::as_const(example.x).data<float>();
        const std::span<float> pixels = x.data<float>();
        for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = grey[i / static_cast<std::size_t>(channels)];
        example.x = std::move(x);
    };
    return data.map(repeat, {.x_shape = wanted}).with_class_names(data.class_names());
}

Dataset fitted(const Dataset& data, const Shape& image) {
    const Shape shape = data.x_shape();
    const bool sized = shape[0] == image[0] && shape[1] == image[1];
    return with_channels(sized ? data : data.resized(image[0], image[1]), image[2]);
}

void check_image(const Shape& image) {
    if (image.rank() == 3) return;
    throw ShapeError("data: the model takes " + image.str() + "; expected images (height, width, channels)");
}

bool is_fashion(const std::filesystem::path& folder) {
    return folder.empty() || (folder == "fashion-mnist" && !std::filesystem::exists(folder));
}

}  // namespace

Shape parse_size(const std::string& text) {
    const std::size_t cross = text.find('x');
    const std::int64_t height = parse_side(text.substr(0, cross), text);
    return {height, cross == std::string::npos ? height : parse_side(text.substr(cross + 1), text)};
}

void add_model_options(CLI::App& app, ModelSource& source) {
    app.add_option("model", source.name,
                   "A model file (.keras, .h5), a network of keras.applications (ResNet50, …), or a head of the case "
                   "study (flatten, gap, …)")
        ->type_name("MODEL")
        ->required();
    app.add_option("--input-size", source.input_size, "Height and width of the images, pixels: N or HEIGHTxWIDTH")
        ->type_name("N[xM]");
    app.add_option("--channels", source.channels, "Of the images, for a network by name")
        ->type_name("N")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_option("--classes", source.classes, "Of a network by name (default: 10 of a head, 1000 of the zoo)")
        ->type_name("N")
        ->check(CLI::Range(2, 1000000));
}

OpenedModel open_model(const ModelSource& source) {
    Shape size;
    if (!source.input_size.empty()) size = parse_size(source.input_size);
    const auto image = [&] {
        return size.rank() == 0 ? Shape{usual_side, usual_side, source.channels}
                                : Shape{size[0], size[1], source.channels};
    };
    if (std::filesystem::exists(source.name)) {
        Model model = load_named(source.name);
        const std::vector<Shape> shapes = model.input_shapes();
        if (shapes.size() != 1 || shapes[0].rank() != 4) return {std::move(model), std::nullopt};
        const bool unknown = shapes[0][1] == None || shapes[0][2] == None;
        if (size.rank() == 0 && !unknown) return {std::move(model), std::nullopt};
        const Shape wanted = image();
        return {std::move(model), Shape{wanted[0], wanted[1], shapes[0][3]}};
    }
    const std::int64_t classes = source.classes;
    if (contains(insight::head_names(), source.name)) {
        return {insight::head_network(source.name, image(), classes > 0 ? classes : 10), std::nullopt};
    }
    if (!contains(applications::network_names(), source.name)) refuse(source.name);
    applications::Options options{.classes = classes > 0 ? classes : 1000};
    if (size.rank() != 0 || source.channels != 3) options.input_shape = image();
    Model model = applications::make_network(source.name, options);
    const Shape input = model.input_shapes().at(0);
    if (input[1] != None && input[2] != None) return {std::move(model), std::nullopt};
    return {std::move(model), image()};
}

std::filesystem::path model_file(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    if (!fs::is_directory(path)) {
        if (fs::exists(path)) return path;
        throw FileError(
            path.string() +
            ": there is no such file; expected a model (.keras, .h5) or a folder that `markhor train` wrote");
    }
    if (fs::exists(path / "model.keras")) return path / "model.keras";
    std::vector<std::string> models;
    for (const std::string& file : data::list_folder(path).files) {
        const bool weights = file.ends_with(".weights.h5");
        if (file.ends_with(".keras") || file.ends_with(".hdf5") || (file.ends_with(".h5") && !weights))
            models.push_back(file);
    }
    if (models.size() == 1) return path / models.front();
    std::string names;
    for (const std::string& file : models) names += (names.empty() ? "" : ", ") + file;
    throw FileError(path.string() + (models.empty() ? ": holds no model; expected a folder that `markhor train` wrote"
                                                    : ": holds " + names + "; name one of them, as " +
                                                          (path / models.front()).string()));
}

Model load_named(const std::filesystem::path& path, const LoadOptions& options) {
    const std::filesystem::path file = model_file(path);
    Model model = load_model(file, options);
    if (!stored_image_input(model)) {
        if (std::vector<std::string> names = class_names_in(file.parent_path() / "results.json"); !names.empty()) {
            // Those runs scale so.
            set_image_input(model, {.class_names = std::move(names), .scaling = PixelScaling()});
        }
    }
    return model;
}

void add_scale_option(CLI::App& app, std::string& scale) {
    const auto check = [](std::string& text) {
        if (text == "auto") return std::string();
        try {
            (void)PixelScaling::named(text);
        } catch (const ValueError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    add(app, "--scale", scale)->check(CLI::Validator(check, "", ""));
}

data::TrainTest open_data(const std::filesystem::path& folder, const Shape& image, const ImageInput& input,
                          const ImageOptions& options, std::ostream* output) {
    check_image(image);
    const PixelScaling scaling = input.scaling.value_or(PixelScaling());
    const auto taken = [&](const Dataset& set) { return scaled_from_unit(fitted(set, image), scaling); };
    if (is_fashion(folder) || data::has_idx_files(folder)) {
        const data::TrainTest data = is_fashion(folder) ? data::fashion_mnist() : data::open_folder(folder);
        return {taken(data.train), taken(data.test)};
    }
    const std::int64_t readable = image[2] == 1 || image[2] == 4 ? image[2] : 3;
    const data::ImageListing listing =
        output != nullptr ? told_listing(folder, input, *output) : data::list_image_folder(folder);
    const data::TrainTest data = data::image_folder(
        listing, options.decoding({image[0], image[1], readable}, input, output != nullptr ? *output : std::cerr));
    if (output != nullptr) tell_split(data, *output);
    data::TrainTest all{taken(data.train), taken(data.test)};
    if (data.validation) all.validation = taken(*data.validation);
    return all;
}

Dataset open_part(const std::filesystem::path& folder, Part part, const Shape& image, const ImageInput& input,
                  const ImageOptions& options) {
    check_image(image);
    const std::vector<std::string> roles = {"train", "validation", "test", "all"};
    const std::string& role = roles.at(static_cast<std::size_t>(part));
    std::vector<std::string> sets;
    if (!is_fashion(folder) && !data::has_idx_files(folder))
        sets = data::image_sets(data::list_folder(folder).folders, folder.string());
    const bool has_classes = sets.empty() && !is_fashion(folder) && !data::has_idx_files(folder);
    if (sets.empty() && !(has_classes && part == Part::all)) {
        if (part == Part::validation && !(has_classes && options.validation_split > 0)) {
            throw FileError((folder.empty() ? "fashion-mnist" : folder.string()) +
                            ": holds no set to validate on; expected folders train and validation (or valid, val)");
        }
        data::TrainTest data = open_data(folder, image, input, options);
        if (part == Part::validation) return *data.validation;
        return part == Part::train ? data.train : data.test;
    }
    if (!sets.empty()) data::check_set_classes(folder, sets);
    const auto own = std::ranges::find(sets, role, data::set_role);
    if (!sets.empty() && own == sets.end() && part == Part::validation)
        throw FileError(folder.string() + ": holds no set to validate on; expected validation, valid or val beside " +
                        sets.front());
    // Where there is no set to test on, the validation set is what is measured on.
    const std::filesystem::path set = sets.empty() ? folder : folder / (own != sets.end() ? *own : sets.back());
    const utils::ImageDatasetOptions as_keras{
        .class_names = sets.empty() ? std::vector<std::string>() : data::list_folder(folder / sets.front()).folders,
        .color_mode = image[2] == 1   ? "grayscale"
                      : image[2] == 4 ? "rgba"
                                      : "rgb",
        .image_size = {image[0], image[1]},
        .shuffle = false,
        .interpolation = input.interpolation,
        .crop_to_aspect_ratio = input.fit == "crop",
        .pad_to_aspect_ratio = input.fit == "pad",
        .on_error = options.skip_broken ? "skip" : "error",
        .exif = input.exif};
    return scaled_pixels(utils::image_dataset_from_directory(set, as_keras), input.scaling.value_or(PixelScaling()));
}

}  // namespace markhor::cli
