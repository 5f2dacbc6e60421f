// markhor convert: a model from one of Keras's formats to another.
#include <filesystem>
#include <memory>

#include "command.hpp"
#include "open_model.hpp"

namespace markhor::cli {
namespace {

struct ConvertArguments {
    std::filesystem::path in;
    std::filesystem::path out;
};

const RegisterCommand registered_convert({
    .name = "convert",
    .description = "Write a model in another of Keras's formats",
    .example = "  markhor convert old.h5 new.keras\n"
               "  markhor convert model.keras model.weights.h5    the weights alone",
    .set_up =
        [](CLI::App& app) {
            const auto options = std::make_shared<ConvertArguments>();
            app.add_option("in", options->in,
                           "A .keras or whole-model .h5 file, or a folder that `markhor train` wrote")
                ->required();
            app.add_option("out", options->out, "A name that ends with .keras, .h5 or .weights.h5")->required();
            return [options]() -> int {
                const Model model = load_named(options->in);
                if (options->out.string().ends_with(".weights.h5")) {
                    model.save_weights(options->out);
                } else {
                    model.save(options->out);
                }
                return success;
            };
        },
});

}  // namespace
}  // namespace markhor::cli
