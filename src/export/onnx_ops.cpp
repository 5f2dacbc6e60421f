// The ops of inference graphs as ONNX operators, but for the functions of one element (onnx_unary.cpp).
#include <algorithm>
#include <map>
#include <markhor/error.hpp>

#include "export/onnx_converter.hpp"
#include "ops/comparison.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/normalization.hpp"
#include "ops/pooling.hpp"
#include "ops/reduction.hpp"
#include "ops/resample.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"

namespace markhor::exporting {
namespace {

using graph::Node;
using graph::Value;

std::vector<std::int64_t> used(const ops::Spatial& sizes, int rank) { return {sizes.end() - rank, sizes.end()}; }

std::vector<OnnxAttribute> window_attributes(const ops::Window& window) {
    std::vector<std::int64_t> pads = used(window.pad_before, window.rank);
    const std::vector<std::int64_t> after = used(window.pad_after, window.rank);
    pads.insert(pads.end(), after.begin(), after.end());
    return {{"kernel_shape", used(window.size, window.rank)},
            {"strides", used(window.stride, window.rank)},
            {"dilations", used(window.dilation, window.rank)},
            {"pads", pads}};
}

// Where an axis of a channels-last tensor lies.
std::int64_t axis_in(int axis, std::size_t rank, Layout layout) {
    if (layout == Layout::last || rank < 3 || axis == 0) return axis;
    return axis + 1 == static_cast<int>(rank) ? 1 : axis + 1;
}

// One number an axis, for this layout.
template <class T>
std::vector<T> in_layout(const std::vector<T>& values, Layout layout) {
    if (layout == Layout::last || values.size() < 3) return values;
    std::vector<T> moved;
    for (const int axis : to_first(values.size())) moved.push_back(values[static_cast<std::size_t>(axis)]);
    return moved;
}

Layout layout_of(const OnnxConverter& converter, const std::vector<Value>& values) {
    const bool first = std::ranges::any_of(values, [&](Value value) { return converter.has(value, Layout::first); });
    return first ? Layout::first : Layout::last;
}

// The kernel (spatial…, in, out) as ONNX's Conv and, for its gradient, ConvTranspose have it: (out, in, spatial…).
std::string kernel_name(OnnxConverter& converter, const Node& node) {
    if (!converter.is_constant(node.inputs[1])) {
        throw ValueError(node.label + ": a convolution whose kernel depends on the input cannot be exported");
    }
    const Tensor& kernel = converter.constant(node.inputs[1]);
    const int rank = static_cast<int>(kernel.shape().rank());
    std::vector<int> axes = {rank - 1, rank - 2};
    for (int axis = 0; axis + 2 < rank; ++axis) axes.push_back(axis);
    return converter.tensor("kernel", transposed(kernel, axes));
}

void convolution(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::Convolution>(node);
    std::vector<OnnxAttribute> attributes = window_attributes(op.window);
    attributes.emplace_back("group", op.groups);
    std::vector<std::string> inputs = {converter.name(node.inputs[0], Layout::first), kernel_name(converter, node)};
    if (op.has_bias) inputs.push_back(converter.name(node.inputs[2]));
    converter.set(result, Layout::first, converter.emit("Conv", inputs, attributes));
}

void transposed_convolution(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::ConvolutionInputGradient>(node);
    const ops::Window& window = op.window;
    const Shape& from = converter.source().graph().spec(node.inputs[0]).shape;
    std::vector<OnnxAttribute> attributes = window_attributes(window);
    attributes.emplace_back("group", op.groups);
    std::vector<std::int64_t> more;  // elements beyond those that the last window reaches
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(window.rank); ++axis) {
        const std::size_t at = 3 - static_cast<std::size_t>(window.rank) + axis;
        const std::int64_t reached =
            window.stride[at] * (from[axis + 1] - 1) + window.reach(at) - window.pad_before[at] - window.pad_after[at];
        more.push_back(op.input_shape[axis + 1] - reached);
    }
    attributes.emplace_back("output_padding", more);
    converter.set(
        result, Layout::first,
        converter.emit("ConvTranspose", {converter.name(node.inputs[0], Layout::first), kernel_name(converter, node)},
                       attributes));
}

void max_pool(OnnxConverter& converter, const Node& node, Value result) {
    converter.set(result, Layout::first,
                  converter.emit("MaxPool", {converter.name(node.inputs[0], Layout::first)},
                                 window_attributes(op_of<ops::MaxPool>(node).window)));
}

void average_pool(OnnxConverter& converter, const Node& node, Value result) {
    const ops::Window& window = op_of<ops::AveragePool>(node).window;
    std::vector<OnnxAttribute> attributes = window_attributes(window);
    std::erase_if(attributes, [](const OnnxAttribute& attribute) { return attribute.first == "dilations"; });
    if (window.dilation != ops::Spatial{1, 1, 1}) {
        throw ValueError(node.label + ": ONNX's operator set 17 has no average pooling with dilation");
    }
    attributes.emplace_back("count_include_pad", std::int64_t{0});
    converter.set(result, Layout::first,
                  converter.emit("AveragePool", {converter.name(node.inputs[0], Layout::first)}, attributes));
}

void batch_norm(OnnxConverter& converter, const Node& node, Value result) {
    std::vector<std::string> inputs = {converter.name(node.inputs[0], Layout::first)};
    for (std::size_t i = 1; i < node.inputs.size(); ++i) inputs.push_back(converter.name(node.inputs[i]));
    const auto epsilon = static_cast<float>(op_of<ops::BatchNormInference>(node).epsilon);
    converter.set(result, Layout::first, converter.emit("BatchNormalization", inputs, {{"epsilon", epsilon}}));
}

void matmul(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::MatMul>(node);
    std::vector<std::string> inputs;
    for (const Value input : node.inputs) inputs.push_back(converter.name(input));
    converter.set(result, Layout::last,
                  converter.emit("Gemm", inputs,
                                 {{"transA", std::int64_t{op.transpose_a}}, {"transB", std::int64_t{op.transpose_b}}}));
}

void batch_matmul(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::BatchMatMul>(node);
    const auto operand = [&](Value value, bool swap) {
        const std::string name = converter.name(value);
        return swap ? converter.emit("Transpose", {name}, {{"perm", std::vector<std::int64_t>{0, 2, 1}}}) : name;
    };
    const std::string a = operand(node.inputs[0], op.transpose_a), b = operand(node.inputs[1], op.transpose_b);
    converter.set(result, Layout::last, converter.emit("MatMul", {a, b}));
}

// Two operands in one layout: that of an image with channels first, where no axis is missing; a constant can be given
// any.
struct Operands {
    Layout layout = Layout::last;
    std::vector<std::string> names;
};
Operands operands(OnnxConverter& converter, const Node& node) {
    const std::size_t rank = node.outputs[0].shape.rank();
    const auto full = [&](Value value) { return converter.is_constant(value) || converter.rank(value) == rank; };
    Operands found;
    if (std::ranges::all_of(node.inputs, full)) found.layout = layout_of(converter, node.inputs);
    for (const Value input : node.inputs) {
        found.names.push_back(converter.is_constant(input) ? converter.constant_name(input, rank, found.layout)
                                                           : converter.name(input, found.layout));
    }
    return found;
}

void binary(OnnxConverter& converter, const Node& node, Value result) {
    static const std::map<ops::BinaryKind, std::string> types = {
        {ops::BinaryKind::add, "Add"},    {ops::BinaryKind::subtract, "Sub"}, {ops::BinaryKind::multiply, "Mul"},
        {ops::BinaryKind::divide, "Div"}, {ops::BinaryKind::maximum, "Max"},  {ops::BinaryKind::minimum, "Min"},
    };
    const Operands both = operands(converter, node);
    converter.set(result, both.layout, converter.emit(types.at(op_of<ops::Binary>(node).kind), both.names));
}

void compare(OnnxConverter& converter, const Node& node, Value result) {
    const Operands both = operands(converter, node);
    std::string answer;
    switch (op_of<ops::Compare>(node).kind) {
        case ops::Comparison::equal: answer = converter.emit("Equal", both.names); break;
        case ops::Comparison::not_equal: answer = converter.emit("Not", {converter.emit("Equal", both.names)}); break;
        case ops::Comparison::greater: answer = converter.emit("Greater", both.names); break;
        case ops::Comparison::greater_equal: answer = converter.emit("GreaterOrEqual", both.names); break;
    }
    converter.set(result, both.layout, converter.emit("Cast", {answer}, {{"to", onnx_type(node.outputs[0].dtype)}}));
}

void power(OnnxConverter& converter, const Node& node, Value result) {
    const Layout layout = layout_of(converter, node.inputs);
    const std::string exponent = converter.scalar(op_of<ops::Power>(node).exponent, node.outputs[0].dtype);
    converter.set(result, layout, converter.emit("Pow", {converter.name(node.inputs[0], layout), exponent}));
}

void softmax(OnnxConverter& converter, const Node& node, Value result) {
    const Layout layout = layout_of(converter, node.inputs);
    const std::size_t rank = converter.rank(result);
    converter.set(result, layout,
                  converter.emit(op_of<ops::Softmax>(node).log ? "LogSoftmax" : "Softmax",
                                 {converter.name(node.inputs[0], layout)},
                                 {{"axis", axis_in(static_cast<int>(rank) - 1, rank, layout)}}));
}

void reduce(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::Reduce>(node);
    const std::size_t rank = converter.rank(node.inputs[0]);
    // Either layout does where all axes stay, or the batch and one other are left: else the rest would change places.
    const bool any_layout = op.keepdims || (node.outputs[0].shape.rank() < 3 && op.axes.front() != 0);
    const Layout layout = any_layout ? layout_of(converter, node.inputs) : Layout::last;
    std::vector<std::int64_t> axes;
    for (const int axis : op.axes) axes.push_back(axis_in(axis, rank, layout));
    std::ranges::sort(axes);
    const std::string x = converter.name(node.inputs[0], layout);
    const OnnxAttribute keep = {"keepdims", std::int64_t{op.keepdims}};
    std::string y;
    if (op.kind == ops::Reduction::sum) {
        y = converter.emit("ReduceSum", {x, converter.integers(axes)}, {keep});
    } else {
        y = converter.emit(op.kind == ops::Reduction::mean ? "ReduceMean" : "ReduceMax", {x}, {{"axes", axes}, keep});
    }
    converter.set(result, op.keepdims ? layout : Layout::last, y);
}

void concatenate(OnnxConverter& converter, const Node& node, Value result) {
    const Layout layout = layout_of(converter, node.inputs);
    std::vector<std::string> names;
    for (const Value input : node.inputs) names.push_back(converter.name(input, layout));
    const std::int64_t axis = axis_in(op_of<ops::Concatenate>(node).axis, converter.rank(result), layout);
    converter.set(result, layout, converter.emit("Concat", names, {{"axis", axis}}));
}

void pad(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::Pad>(node);
    const Layout layout = layout_of(converter, node.inputs);
    std::vector<std::int64_t> pads = in_layout(op.before, layout);
    const std::vector<std::int64_t> after = in_layout(op.after, layout);
    pads.insert(pads.end(), after.begin(), after.end());
    converter.set(result, layout,
                  converter.emit("Pad", {converter.name(node.inputs[0], layout), converter.integers(pads)}));
}

void slice(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::Slice>(node);
    const Layout layout = layout_of(converter, node.inputs);
    const Shape shape = converter.shape(node.inputs[0]);
    std::vector<std::int64_t> begin, end, axes;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        const std::int64_t size = converter.source().graph().spec(node.inputs[0]).shape[axis];
        if (op.begin[axis] == 0 && op.end[axis] == size) continue;
        begin.push_back(op.begin[axis]);
        end.push_back(op.end[axis]);
        axes.push_back(axis_in(static_cast<int>(axis), shape.rank(), layout));
    }
    const std::string x = converter.name(node.inputs[0], layout);
    converter.set(result, layout,
                  axes.empty() ? x
                               : converter.emit("Slice", {x, converter.integers(begin), converter.integers(end),
                                                          converter.integers(axes)}));
}

void cast(OnnxConverter& converter, const Node& node, Value result) {
    const Layout layout = layout_of(converter, node.inputs);
    converter.set(result, layout,
                  converter.emit("Cast", {converter.name(node.inputs[0], layout)},
                                 {{"to", onnx_type(op_of<ops::Cast>(node).dtype)}}));
}

// (batch, 1, …, channels): the same elements in the same order with channels first or last.
bool one_place(const Shape& shape) {
    return shape.rank() >= 3 &&
           std::all_of(shape.begin() + 1, shape.end() - 1, [](std::int64_t size) { return size == 1; });
}

void reshape(OnnxConverter& converter, const Node& node, Value result) {
    const Value x = node.inputs[0];
    Shape shape = converter.shape(result);
    if (std::ranges::count(shape, None) > 1) {
        throw ValueError(node.label + ": a reshape to several axes that grow with the batch cannot be exported");
    }
    const Shape from = converter.shape(x);
    // Between (batch, channels) and (batch, 1, …, channels) either layout does; else elements move with the last.
    const Layout given = converter.has(x, Layout::first) && one_place(from) ? Layout::first : Layout::last;
    const Layout made = one_place(shape) ? Layout::first : Layout::last;
    converter.set(
        result, made,
        converter.emit("Reshape", {converter.name(x, given), converter.integers(in_layout(shape.dims(), made))}));
}

void transpose(OnnxConverter& converter, const Node& node, Value result) {
    const std::vector<int>& axes = op_of<ops::Transpose>(node).permutation;
    const Value x = node.inputs[0];
    const std::size_t rank = axes.size();
    // A model with channels first brings them last for each convolution, and back: that is a change of name alone.
    if (rank >= 3 && axes == to_first(rank) && converter.has(x, Layout::first)) {
        converter.set(result, Layout::last, converter.name(x, Layout::first));
    } else if (rank >= 3 && axes == to_last(rank)) {
        converter.set(result, Layout::first, converter.name(x));
    } else {
        converter.set(result, Layout::last,
                      converter.emit("Transpose", {converter.name(x)},
                                     {{"perm", std::vector<std::int64_t>(axes.begin(), axes.end())}}));
    }
}

void broadcast_to(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::BroadcastTo>(node);
    std::string x = converter.name(node.inputs[0]);
    if (converter.rank(node.inputs[0]) < op.shape.rank()) {
        x = converter.emit("Unsqueeze", {x, converter.integers({op.axes.begin(), op.axes.end()})});
    }
    std::vector<std::int64_t> dims = converter.shape(result).dims();
    std::ranges::replace(dims, None, std::int64_t{1});  // Expand leaves an axis that it is given 1 for
    x = converter.emit("Expand", {x, converter.integers(dims)});
    if (op.scale != 1) x = converter.emit("Mul", {x, converter.scalar(op.scale, node.outputs[0].dtype)});
    converter.set(result, Layout::last, x);
}

// The map along one axis as a product with its matrix.
void resample(OnnxConverter& converter, const Node& node, Value result) {
    const auto& op = op_of<ops::Resample>(node);
    const std::size_t rank = converter.rank(result);
    // The axis goes to the last but one place, where the matrix stands on the left.
    std::vector<std::int64_t> there(rank);
    for (std::size_t axis = 0; axis < rank; ++axis) there[axis] = static_cast<std::int64_t>(axis);
    std::swap(there[static_cast<std::size_t>(op.axis)], there[rank - 2]);
    const bool moves = static_cast<std::size_t>(op.axis) != rank - 2;
    std::string x = converter.name(node.inputs[0]);
    if (moves) x = converter.emit("Transpose", {x}, {{"perm", there}});
    x = converter.emit("MatMul", {converter.tensor("taps", dense(op.taps)), x});
    if (moves) x = converter.emit("Transpose", {x}, {{"perm", there}});
    converter.set(result, Layout::last, x);
}

}  // namespace

OnnxRule onnx_rule(const ops::Op& op) {
    using Rules = OpRules<OnnxRule>;
    static const Rules rules = {
        Rules::of<ops::Convolution>(convolution),
        Rules::of<ops::ConvolutionInputGradient>(transposed_convolution),
        Rules::of<ops::MaxPool>(max_pool),
        Rules::of<ops::AveragePool>(average_pool),
        Rules::of<ops::BatchNormInference>(batch_norm),
        Rules::of<ops::MatMul>(matmul),
        Rules::of<ops::BatchMatMul>(batch_matmul),
        Rules::of<ops::Unary>(convert_unary),
        Rules::of<ops::Binary>(binary),
        Rules::of<ops::Compare>(compare),
        Rules::of<ops::Power>(power),
        Rules::of<ops::Softmax>(softmax),
        Rules::of<ops::Reduce>(reduce),
        Rules::of<ops::Concatenate>(concatenate),
        Rules::of<ops::Pad>(pad),
        Rules::of<ops::Slice>(slice),
        Rules::of<ops::Cast>(cast),
        Rules::of<ops::Reshape>(reshape),
        Rules::of<ops::Transpose>(transpose),
        Rules::of<ops::BroadcastTo>(broadcast_to),
        Rules::of<ops::Resample>(resample),
    };
    return rules.find(op);
}

}  // namespace markhor::exporting
