// markhor explain: where in an image a network saw what it says.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <markhor/applications.hpp>
#include <markhor/error.hpp>
#include <markhor/explain.hpp>
#include <memory>

#include "command.hpp"
#include "core/atomic_file.hpp"
#include "core/text.hpp"
#include "insight/image_uri.hpp"
#include "insight/layer_graph.hpp"
#include "open_model.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

std::vector<std::string> scales() { return {"auto", "unit", "none", "caffe", "tf", "torch"}; }

enum class Picture { png, jpeg };

struct ExplainCommand {
    ModelSource source;
    std::filesystem::path image = {};
    std::filesystem::path out = {};
    std::string scale = "auto";
    std::int64_t class_index = -1;
    insight::ExplainOptions options = {};

    /// By the name of the file. Throws ValueError for another ending than .png, .jpg or .jpeg.
    Picture picture_form() const {
        std::string ending = out.extension().string();
        std::ranges::transform(ending, ending.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
        if (ending == ".png") return Picture::png;
        if (ending == ".jpg" || ending == ".jpeg") return Picture::jpeg;
        throw ValueError(out.string() +
                         ": the heat is written as PNG or JPEG; expected a name that ends in .png, .jpg "
                         "or .jpeg");
    }

    int run() {
        const Picture form = picture_form();
        const OpenedModel opened = open_model(source);
        const Shape wanted = opened.model.input_shapes().at(0).without_batch();
        if (opened.input_shape || wanted.rank() != 3) {
            throw ValueError(source.name + ": the model takes " + wanted.str() +
                             "; images of one fixed size are wanted");
        }
        if (class_index >= 0) options.class_index = class_index;
        const Tensor photo = data::load_image(image, wanted[2] == 1 ? 1 : 3);
        const insight::Explanation found =
            insight::explain(opened.model, scaled(sized(photo, wanted), opened.model), options);
        // Over the photo at its own size: what the model saw is all of it, at another size.
        const Tensor drawn = insight::draw_heat(found.heat, photo.cast(DType::uint8));
        const std::span<const std::uint8_t> pixels = std::as_const(drawn).data<std::uint8_t>();
        const std::vector<std::uint8_t> bytes = form == Picture::png ? insight::png_bytes(drawn.shape(), pixels)
                                                                     : insight::jpeg_bytes(drawn.shape(), pixels);
        write_file(out, std::string(bytes.begin(), bytes.end()));
        std::cout << fmt::format("class {} ({:.4g}), by {} on the {}x{} map of {}; written to {}\n", found.class_index,
                                 found.output, found.method == "cam" ? "its class activation map" : "Grad-CAM",
                                 found.heat.shape()[0], found.heat.shape()[1], text::printable(found.layer),
                                 text::printable(out.string()))
                  << std::flush;
        return success;
    }

    static Tensor sized(const Tensor& image, const Shape& wanted) {
        const Dataset one(image.reshaped(image.shape().with_batch(1)), Tensor::zeros({1}, DType::int32));
        Tensor x(wanted.with_batch(1), DType::float32);
        Tensor y(Shape{1}, DType::int32);
        one.resized(wanted[0], wanted[1]).read(std::vector<std::int64_t>{0}, x, y);
        return x.reshaped(wanted);
    }

    /// As the network was trained: a network of the zoo as its paper has it, one with a layer for it as the pixels are,
    /// others from 0 to 1.
    Tensor scaled(const Tensor& pixels, const Model& model) const {
        std::string mode = scale;
        const std::vector<std::string> zoo = applications::network_names();
        if (mode == "auto" && std::ranges::find(zoo, source.name) != zoo.end())
            mode = applications::preprocess_mode(source.name);
        if (mode == "auto") mode = insight::scales_inputs(*model.model_base()) ? "none" : "unit";
        if (mode == "unit") {
            Tensor unit = pixels.clone();
            for (float& value : unit.data<float>()) value /= 255.0F;
            return unit;
        }
        return mode == "none" ? pixels : applications::preprocess_input(pixels, {.mode = mode});
    }
};

const RegisterCommand registered({
    .name = "explain",
    .description = "Draw where in an image a network saw its class",
    .example = "  markhor explain model.keras cat.png -o heat.png\n"
               "  markhor explain model.keras cat.png -o dog.png --class 5 --layer conv5_block3_out",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<ExplainCommand>();
            add_model_options(app, command->source);
            app.add_option("image", command->image,
                           "PNG, JPEG, WebP, BMP or GIF; the model sees it at the size that it takes")
                ->type_name("IMAGE")
                ->required();
            app.add_option("-o,--out", command->out, "The image with the heat over it, at its own size: .png or .jpg")
                ->type_name("FILE")
                ->required();
            app.add_option("--layer", command->options.layer,
                           "Whose map (default: the last pooled one, else the last convolution's)")
                ->type_name("NAME");
            app.add_option("--class", command->class_index, "Number of the class (default: the one it says)")
                ->type_name("N")
                ->check(whole_number(0, 1000000000));
            app.add_option("--method", command->options.method, "cam: of pooled heads; gradcam: of any network")
                ->check(CLI::IsMember({"auto", "cam", "gradcam"}))
                ->capture_default_str();
            app.add_option("--scale", command->scale,
                           "How pixels become inputs: unit (to [0, 1]), none, or a mode of preprocess_input")
                ->check(CLI::IsMember(scales()))
                ->capture_default_str();
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
