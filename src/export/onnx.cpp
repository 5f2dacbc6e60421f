#include <markhor/exporting.hpp>
#include <markhor/image_input.hpp>

#include "core/atomic_file.hpp"
#include "export/onnx_converter.hpp"
#include "formats/image_input_json.hpp"

namespace markhor {

void export_onnx(const Model& model, const std::filesystem::path& file) {
    const exporting::InferenceGraph source(model);
    exporting::OnnxFile onnx(model.name());
    exporting::OnnxConverter(source, onnx).convert();
    if (const std::optional<ImageInput> input = stored_image_input(model))
        onnx.metadata("markhor", formats::image_input_text(*input));
    write_file(file, onnx.bytes());
}

}  // namespace markhor
