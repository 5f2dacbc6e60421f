// markhor explain: where in an image a network saw what it says.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/explain.hpp>
#include <markhor/images.hpp>
#include <memory>

#include "command.hpp"
#include "core/ascii.hpp"
#include "core/text.hpp"
#include "open_model.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

struct ExplainCommand {
    ModelSource source;
    std::filesystem::path image = {};
    std::filesystem::path out = {};
    std::string scale = "auto";
    std::int64_t class_index = -1;
    insight::ExplainOptions options = {};

    /// Before anything is computed.
    void check_name() const {
        const std::string ending = to_lower(out.extension().string());
        if (ending == ".png" || ending == ".jpg" || ending == ".jpeg") return;
        throw ValueError(out.string() +
                         ": the heat is written as PNG or JPEG; expected a name that ends in .png, .jpg or .jpeg");
    }

    int run() {
        check_name();
        const OpenedModel opened = open_model(source);
        const Shape wanted = opened.model.input_shapes().at(0).without_batch();
        if (opened.input_shape || wanted.rank() != 3) {
            throw ValueError(source.name + ": the model takes " + wanted.str() +
                             "; images of one fixed size are wanted");
        }
        if (class_index >= 0) options.class_index = class_index;
        const FoundInput input = image_input(opened.model, scale);
        std::cout << input.line() << std::endl;
        const Tensor photo = data::load_image(image, wanted[2] == 1 ? 1 : wanted[2] == 4 ? 4 : 3);
        const insight::Explanation found = insight::explain(opened.model, fit_pixels(photo, input.input), options);
        // Over the photo at its own size: what the model saw is all of it, at another size.
        const Tensor drawn =
            insight::draw_heat(found.heat, (wanted[2] == 4 ? data::load_image(image, 3) : photo).cast(DType::uint8));
        utils::save_img(out, drawn, false);
        std::cout << fmt::format("class {} ({:.4g}), by {} on the {}x{} map of {}; written to {}\n", found.class_index,
                                 found.output, found.method == "cam" ? "its class activation map" : "Grad-CAM",
                                 found.heat.shape()[0], found.heat.shape()[1], text::printable(found.layer),
                                 text::printable(out.string()))
                  << std::flush;
        return success;
    }
};

const RegisterCommand registered_explain({
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
            add_scale_option(app, command->scale);
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
