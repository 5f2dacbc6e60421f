#include <markhor/exporting.hpp>

#include "export/onnx_converter.hpp"
#include "formats/atomic_file.hpp"

namespace markhor {

void export_onnx(const Model& model, const std::filesystem::path& file) {
    const exporting::InferenceGraph source(model);
    exporting::OnnxFile onnx(model.name());
    exporting::OnnxConverter(source, onnx).convert();
    formats::write_file(file, onnx.bytes());
}

}  // namespace markhor
