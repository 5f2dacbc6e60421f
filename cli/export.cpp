// markhor export: a model for other run times.
#include <filesystem>
#include <markhor/error.hpp>
#include <markhor/exporting.hpp>
#include <memory>

#include "command.hpp"
#include "open_model.hpp"

namespace markhor::cli {
namespace {

struct ExportArguments {
    std::filesystem::path model;
    std::filesystem::path out;
};

const RegisterCommand registered_export({
    .name = "export",
    .description = "Write a model for ONNX run times, or as C++ for embedding",
    .example = "  markhor export model.keras -o model.onnx\n"
               "  markhor export model.keras -o model.hpp     and the weights beside it in model.bin",
    .set_up =
        [](CLI::App& app) {
            const auto options = std::make_shared<ExportArguments>();
            app.add_option("model", options->model,
                           "A .keras or whole-model .h5 file, or a folder that `markhor train` wrote")
                ->required();
            app.add_option("-o,--out", options->out, "A name that ends with .onnx or .hpp")->required();
            return [options]() -> int {
                const std::string ending = options->out.extension().string();
                if (ending != ".onnx" && ending != ".hpp") {
                    throw ValueError(options->out.string() + ": a name that ends with .onnx or .hpp is wanted");
                }
                const Model model = load_named(options->model, {.compile = false});
                if (ending == ".onnx") {
                    export_onnx(model, options->out);
                } else {
                    export_header(model, options->out);
                }
                return success;
            };
        },
});

}  // namespace
}  // namespace markhor::cli
