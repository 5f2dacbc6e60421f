// An ONNX model as it is put together: nodes in the order they run, tensors they read, inputs and outputs.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <markhor/tensor.hpp>

#include "export/protobuf.hpp"

namespace markhor::exporting {

using OnnxAttribute = std::pair<std::string, std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>>>;

/// TensorProto.DataType.
std::int64_t onnx_type(DType dtype);

/// Fields as in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, IR version 8, operator set 17.
class OnnxFile {
public:
    explicit OnnxFile(std::string name) : name_(std::move(name)) {}

    /// `wanted`, or, where that is taken, with a number after it.
    std::string unique(const std::string& wanted);
    /// A node with one output, whose name is `name`.
    void node(const std::string& type, const std::vector<std::string>& inputs, const std::string& name,
              const std::vector<OnnxAttribute>& attributes = {});
    void initializer(const std::string& name, const Tensor& value);
    /// None stands for the batch axis. float32 unless said otherwise.
    void input(const std::string& name, const Shape& shape, DType dtype);
    void output(const std::string& name, const Shape& shape, DType dtype);

    /// Of the model, for programs that look for the key (metadata_props).
    void metadata(const std::string& key, const std::string& value);

    /// The whole file. Throws ValueError for more than the 2 GiB that such a file may have.
    std::string bytes() const;

private:
    std::string name_;
    std::set<std::string> names_;
    Message graph_;
    std::vector<Message> metadata_;
};

}  // namespace markhor::exporting
