#include <markhor/exporting.hpp>

#include "core/atomic_file.hpp"
#include "export/onnx_converter.hpp"

namespace markhor {

void export_onnx(const Model& model, const std::filesystem::path& file) {
    const exporting::InferenceGraph source(model);
    exporting::OnnxFile onnx(model.name());
    exporting::OnnxConverter(source, onnx).convert();
    write_file(file, onnx.bytes());
}

}  // namespace markhor
