#include "export/onnx_file.hpp"

#include <limits>
#include <markhor/error.hpp>
#include <markhor/version.hpp>

#include "core/text.hpp"

namespace markhor::exporting {
namespace {

constexpr std::int64_t ir_version = 8, operator_set = 17;

struct WriteAttribute {
    Message& message;
    void type(std::int64_t type) const { message.integer(20, type); }
    void operator()(std::int64_t value) const {
        message.integer(3, value);
        type(2);
    }
    void operator()(float value) const {
        message.number(2, value);
        type(1);
    }
    void operator()(const std::string& value) const {
        message.text(4, value);
        type(3);
    }
    void operator()(const std::vector<std::int64_t>& values) const {
        for (const std::int64_t value : values) message.integer(8, value);
        type(7);
    }
};

Message value_info(const std::string& name, const Shape& shape, DType dtype) {
    Message dims;
    for (const std::int64_t size : shape) {
        Message dim;
        if (size == None) {
            dim.text(2, "batch");
        } else {
            dim.integer(1, size);
        }
        dims.message(1, dim);
    }
    Message tensor;
    tensor.integer(1, onnx_type(dtype));
    tensor.message(2, dims);
    Message type;
    type.message(1, tensor);
    Message info;
    info.text(1, name);
    info.message(2, type);
    return info;
}

}  // namespace

std::int64_t onnx_type(DType dtype) {
    switch (dtype) {
        case DType::float32: return 1;
        case DType::uint8: return 2;
        case DType::int32: return 6;
        case DType::int64: return 7;
        case DType::float64: return 11;
        case DType::bfloat16: return 16;
    }
    return 0;
}

std::string OnnxFile::unique(const std::string& wanted) {
    const std::string shown = text::printable(wanted);  // protocol buffers' strings are UTF-8
    std::string name = shown;
    for (int i = 1; !names_.insert(name).second; ++i) name = shown + "_" + std::to_string(i);
    return name;
}

void OnnxFile::node(const std::string& type, const std::vector<std::string>& inputs, const std::string& name,
                    const std::vector<OnnxAttribute>& attributes) {
    Message node;
    for (const std::string& input : inputs) node.text(1, input);
    node.text(2, name);
    node.text(3, name);
    node.text(4, type);
    for (const auto& [key, value] : attributes) {
        Message attribute;
        attribute.text(1, key);
        std::visit(WriteAttribute{attribute}, value);
        node.message(5, attribute);
    }
    graph_.message(1, node);
}

void OnnxFile::initializer(const std::string& name, const Tensor& value) {
    Message tensor;
    for (const std::int64_t size : value.shape()) tensor.integer(1, size);
    tensor.integer(2, onnx_type(value.dtype()));
    tensor.text(8, name);
    tensor.text(9, {static_cast<const char*>(value.raw()), value.bytes()});
    graph_.message(5, tensor);
}

void OnnxFile::input(const std::string& name, const Shape& shape, DType dtype) {
    graph_.message(11, value_info(name, shape, dtype));
}

void OnnxFile::output(const std::string& name, const Shape& shape, DType dtype) {
    graph_.message(12, value_info(name, shape, dtype));
}

void OnnxFile::metadata(const std::string& key, const std::string& value) {
    Message entry;
    entry.text(1, key);
    entry.text(2, value);
    metadata_.push_back(std::move(entry));
}

std::string OnnxFile::bytes() const {
    if (graph_.bytes().size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) - 4096) {
        throw ValueError("an ONNX file holds at most 2 GiB, and " + name_ + " needs " +
                         std::to_string(graph_.bytes().size()) + " bytes");
    }
    Message set;
    set.text(1, "");
    set.integer(2, operator_set);
    Message model;
    model.integer(1, ir_version);
    model.text(2, "markhor");
    model.text(3, version());
    model.message(8, set);
    Message graph = graph_;
    graph.text(2, text::printable(name_));
    model.message(7, graph);
    for (const Message& entry : metadata_) model.message(14, entry);
    return model.bytes();
}

}  // namespace markhor::exporting
