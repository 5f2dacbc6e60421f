#include "open_model.hpp"

#include <algorithm>
#include <charconv>
#include <markhor/applications.hpp>
#include <markhor/case_study.hpp>
#include <markhor/error.hpp>
#include <markhor/saving.hpp>

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
        Model model = load_model(source.name);
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

data::TrainTest open_data(const std::filesystem::path& folder, const Shape& image) {
    if (image.rank() != 3) throw ShapeError("data: the model takes " + image.str() + "; images are wanted here");
    const bool fashion = folder.empty() || (folder == "fashion-mnist" && !std::filesystem::exists(folder));
    const data::TrainTest data =
        fashion ? data::fashion_mnist()
                : data::open_folder(folder, {.height = image[0], .width = image[1], .channels = image[2] == 1 ? 1 : 3});
    return {fitted(data.train, image), fitted(data.test, image)};
}

}  // namespace markhor::cli
