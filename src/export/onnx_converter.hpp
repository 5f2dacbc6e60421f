// From a graph of ops to ONNX nodes. Images are (batch, spatial…, channels) here and (batch, channels, spatial…) in
// ONNX's convolutions and pools, so each value may be there in both layouts: a transpose is only written where one is
// needed that is not there.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "export/inference_graph.hpp"
#include "export/onnx_file.hpp"
#include "export/op_rules.hpp"

namespace markhor::exporting {

enum class Layout { last, first };  // where the channels are: the last axis, or the first after the batch

/// {0, rank - 1, 1, …}: what brings channels-last into channels-first.
std::vector<int> to_first(std::size_t rank);
/// {0, 2, …, rank - 1, 1}: the way back.
std::vector<int> to_last(std::size_t rank);

class OnnxConverter {
public:
    OnnxConverter(const InferenceGraph& source, OnnxFile& file) : source_(source), file_(file) {}

    /// Writes the nodes for all that depends on the inputs, then the outputs. Throws ValueError naming the layer whose
    /// op ONNX has nothing for.
    void convert();

    const InferenceGraph& source() const noexcept { return source_; }
    /// With None for axes that grow with the batch.
    Shape shape(graph::Value value) const { return source_.shape(value); }
    std::size_t rank(graph::Value value) const { return source_.graph().spec(value).shape.rank(); }
    bool is_constant(graph::Value value) const { return source_.is_constant(value); }
    const Tensor& constant(graph::Value value) const { return source_.constant(value); }

    /// The value's name in this layout; in its own where the layouts are the same (less than three axes).
    std::string name(graph::Value value, Layout layout = Layout::last);
    bool has(graph::Value value, Layout layout) const;
    /// The name of a constant brought to `rank` axes by leading ones.
    std::string constant_name(graph::Value value, std::size_t rank, Layout layout);
    void set(graph::Value value, Layout layout, const std::string& name);

    /// A node for the op at hand, and its output's name.
    std::string emit(const std::string& type, const std::vector<std::string>& inputs,
                     const std::vector<OnnxAttribute>& attributes = {});
    std::string tensor(const std::string& label, const Tensor& value);
    std::string scalar(double value, DType dtype = DType::float32);
    std::string integers(const std::vector<std::int64_t>& values);

private:
    const InferenceGraph& source_;
    OnnxFile& file_;
    std::string label_;  // of the layer at hand
    std::map<std::pair<int, int>, std::map<Layout, std::string>> names_;
    std::map<std::string, std::string> shared_;  // small tensors written already, by what they hold
};

/// What the file onnx_ops.cpp and its neighbours give to the converter.
using OnnxRule = void (*)(OnnxConverter&, const graph::Node&, graph::Value result);
/// Null where ONNX has nothing for the op.
OnnxRule onnx_rule(const ops::Op& op);

/// The node for a function of one element; defined in onnx_unary.cpp.
void convert_unary(OnnxConverter& converter, const graph::Node& node, graph::Value result);

}  // namespace markhor::exporting
