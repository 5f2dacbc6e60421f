// The ops of inference graphs as calls of the kernels in embedded/kernels.hpp.
#include <algorithm>
#include <cmath>
#include <map>

#include "export/cpp_program.hpp"
#include "ops/comparison.hpp"
#include "ops/convolution.hpp"
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
using Numbers = std::vector<std::int64_t>;

std::string text(std::int64_t number) { return std::to_string(number); }
std::string text(bool flag) { return flag ? "true" : "false"; }

template <class Range>
std::string braces(const Range& numbers) {
    std::string list;
    for (const std::int64_t number : numbers) list += (list.empty() ? "" : ", ") + text(number);
    return "{" + list + "}";
}

std::string image(const ops::Window& window, const Shape& shape) {
    return "Image{" + braces(window.spatial(shape)) + ", " + text(shape.back()) + "}";
}

std::string window_text(const ops::Window& window) {
    return "Window{" + braces(window.size) + ", " + braces(window.stride) + ", " + braces(window.dilation) + ", " +
           braces(window.pad_before) + "}";
}

// In elements; at least one axis, as the kernels want it.
Numbers strides(const Shape& shape) {
    Numbers strides(shape.rank(), 1);
    for (std::size_t axis = shape.rank(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
    return strides;
}

std::string array(const Numbers& numbers) {
    return "std::array<Index, " + std::to_string(std::max<std::size_t>(numbers.size(), 1)) + ">" +
           (numbers.empty() ? "{1}" : braces(numbers));
}

void convolution(CppProgram& program, const Node& node, Value result) {
    const auto& op = op_of<ops::Convolution>(node);
    program.statement(
        "convolution",
        {program.place(node.inputs[0]), image(op.window, program.shape(node.inputs[0])), program.place(node.inputs[1]),
         op.has_bias ? program.place(node.inputs[2]) : "nullptr", program.place(result),
         image(op.window, program.shape(result)), window_text(op.window), text(op.groups)});
}

void transposed_convolution(CppProgram& program, const Node& node, Value result) {
    const auto& op = op_of<ops::ConvolutionInputGradient>(node);
    program.statement(
        "transposed_convolution",
        {program.place(node.inputs[0]), image(op.window, program.shape(node.inputs[0])), program.place(node.inputs[1]),
         program.place(result), image(op.window, program.shape(result)), window_text(op.window), text(op.groups)});
}

template <class Pool>
void pool(CppProgram& program, const Node& node, Value result) {
    const ops::Window& window = op_of<Pool>(node).window;
    program.statement(std::is_same_v<Pool, ops::MaxPool> ? "max_pool" : "average_pool",
                      {program.place(node.inputs[0]), image(window, program.shape(node.inputs[0])),
                       program.place(result), image(window, program.shape(result)), window_text(window)});
}

void batch_norm(CppProgram& program, const Node& node, Value result) {
    const double epsilon = op_of<ops::BatchNormInference>(node).epsilon;
    const auto numbers = [&](std::size_t input) { return program.constant(node.inputs[input]).data<float>(); };
    const auto gamma = numbers(1), beta = numbers(2), mean = numbers(3), variance = numbers(4);
    Tensor scale = Tensor::zeros(program.shape(node.inputs[1])), shift = scale.clone();
    for (std::size_t c = 0; c < gamma.size(); ++c) {
        const double factor = gamma[c] / std::sqrt(variance[c] + epsilon);
        scale.data<float>()[c] = static_cast<float>(factor);
        shift.data<float>()[c] = static_cast<float>(beta[c] - mean[c] * factor);
    }
    const std::int64_t channels = scale.size();
    program.statement("scale_shift",
                      {program.place(node.inputs[0]), text(program.shape(result).elements() / channels), text(channels),
                       program.weights(scale), program.weights(shift), program.place(result)});
}

void matmul(CppProgram& program, const Node& node, Value result) {
    const auto& op = op_of<ops::MatMul>(node);
    const Shape& a = program.shape(node.inputs[0]);
    program.statement("matmul", {program.place(node.inputs[0]), program.place(node.inputs[1]),
                                 op.has_bias ? program.place(node.inputs[2]) : "nullptr", program.place(result),
                                 text(program.shape(result)[0]), text(a[op.transpose_a ? 0 : 1]),
                                 text(program.shape(result)[1]), text(op.transpose_a), text(op.transpose_b)});
}

void batch_matmul(CppProgram& program, const Node& node, Value result) {
    const auto& op = op_of<ops::BatchMatMul>(node);
    const Shape &a = program.shape(node.inputs[0]), &b = program.shape(node.inputs[1]), &y = program.shape(result);
    const auto part = [&](Value value, const Shape& shape, std::int64_t i) {
        return program.place(value) + " + " + text(i * shape[1] * shape[2]);
    };
    for (std::int64_t i = 0; i < y[0]; ++i) {
        program.statement("matmul", {part(node.inputs[0], a, i), part(node.inputs[1], b, i), "nullptr",
                                     part(result, y, i), text(y[1]), text(a[op.transpose_a ? 1 : 2]), text(y[2]),
                                     text(op.transpose_a), text(op.transpose_b)});
    }
}

void map(CppProgram& program, const Node& node, Value result, const std::string& expression) {
    program.statement("map", {program.place(node.inputs[0]), program.place(result),
                              text(program.shape(result).elements()), "[](float v) { return " + expression + "; }"});
}

void unary(CppProgram& program, const Node& node, Value result) {
    map(program, node, result, cpp_unary(op_of<ops::Unary>(node)));
}

void power(CppProgram& program, const Node& node, Value result) {
    map(program, node, result, "std::pow(v, " + cpp_number(static_cast<float>(op_of<ops::Power>(node).exponent)) + ")");
}

// Two operands that broadcast, x and y in the expression.
void combine(CppProgram& program, const Node& node, Value result, const std::string& expression) {
    const Shape& shape = program.shape(result);
    const auto repeated = [&](Value operand) {
        const Shape& own = program.shape(operand);
        Numbers steps(shape.rank() - own.rank(), 0);
        const Numbers given = strides(own);
        for (std::size_t axis = 0; axis < own.rank(); ++axis) steps.push_back(own[axis] == 1 ? 0 : given[axis]);
        return array(steps);
    };
    program.statement("combine", {array(shape.dims()), program.place(node.inputs[0]), repeated(node.inputs[0]),
                                  program.place(node.inputs[1]), repeated(node.inputs[1]), program.place(result),
                                  "[](float x, float y) { return " + expression + "; }"});
}

void binary(CppProgram& program, const Node& node, Value result) {
    static const std::map<ops::BinaryKind, std::string> expressions = {
        {ops::BinaryKind::add, "x + y"},
        {ops::BinaryKind::subtract, "x - y"},
        {ops::BinaryKind::multiply, "x * y"},
        {ops::BinaryKind::divide, "x / y"},
        {ops::BinaryKind::maximum, "x < y ? y : x"},
        {ops::BinaryKind::minimum, "y < x ? y : x"},
    };
    combine(program, node, result, expressions.at(op_of<ops::Binary>(node).kind));
}

void compare(CppProgram& program, const Node& node, Value result) {
    static const std::map<ops::Comparison, std::string> signs = {
        {ops::Comparison::equal, "=="},
        {ops::Comparison::not_equal, "!="},
        {ops::Comparison::greater, ">"},
        {ops::Comparison::greater_equal, ">="},
    };
    combine(program, node, result, "x " + signs.at(op_of<ops::Compare>(node).kind) + " y ? 1.0F : 0.0F");
}

void softmax(CppProgram& program, const Node& node, Value result) {
    const Shape& shape = program.shape(result);
    program.statement("softmax", {program.place(node.inputs[0]), text(shape.elements() / shape.back()),
                                  text(shape.back()), text(op_of<ops::Softmax>(node).log), program.place(result)});
}

void reduce(CppProgram& program, const Node& node, Value result) {
    const auto& op = op_of<ops::Reduce>(node);
    const Shape& from = program.shape(node.inputs[0]);
    Shape kept = from;
    for (const int axis : op.axes) kept[static_cast<std::size_t>(axis)] = 1;
    Numbers steps = strides(kept);
    for (const int axis : op.axes) steps[static_cast<std::size_t>(axis)] = 0;
    const bool most = op.kind == ops::Reduction::max;
    const std::string to = program.place(result), count = text(kept.elements());
    program.statement(
        "reduce", {array(from.dims()), program.place(node.inputs[0]), array(steps), to, count,
                   most ? "-std::numeric_limits<float>::infinity()" : "0.0F",
                   most ? "[](float x, float y) { return x < y ? y : x; }" : "[](float x, float y) { return x + y; }"});
    if (op.kind == ops::Reduction::mean) {
        const auto share =
            static_cast<float>(static_cast<double>(kept.elements()) / static_cast<double>(from.elements()));
        program.statement("map", {to, to, count, "[](float v) { return v * " + cpp_number(share) + "; }"});
    }
}

void concatenate(CppProgram& program, const Node& node, Value result) {
    const auto axis = static_cast<std::size_t>(op_of<ops::Concatenate>(node).axis);
    const Numbers steps = strides(program.shape(result));
    std::int64_t offset = 0;
    for (const Value input : node.inputs) {
        const Shape& from = program.shape(input);
        program.statement("copy", {array(from.dims()), program.place(input), array(strides(from)),
                                   program.place(result) + " + " + text(offset), array(steps)});
        offset += from[axis] * steps[axis];
    }
}

std::int64_t offset_of(const Numbers& begin, const Numbers& steps) {
    std::int64_t offset = 0;
    for (std::size_t axis = 0; axis < begin.size(); ++axis) offset += begin[axis] * steps[axis];
    return offset;
}

void pad(CppProgram& program, const Node& node, Value result) {
    const Shape& from = program.shape(node.inputs[0]);
    const Numbers steps = strides(program.shape(result));
    const std::string to = program.place(result);
    program.statement("std::fill", {to, to + " + " + text(program.shape(result).elements()), "0.0F"});
    program.statement("copy", {array(from.dims()), program.place(node.inputs[0]), array(strides(from)),
                               to + " + " + text(offset_of(op_of<ops::Pad>(node).before, steps)), array(steps)});
}

void slice(CppProgram& program, const Node& node, Value result) {
    const Numbers steps = strides(program.shape(node.inputs[0]));
    const Shape& shape = program.shape(result);
    program.statement("copy",
                      {array(shape.dims()),
                       program.place(node.inputs[0]) + " + " + text(offset_of(op_of<ops::Slice>(node).begin, steps)),
                       array(steps), program.place(result), array(strides(shape))});
}

void transpose(CppProgram& program, const Node& node, Value result) {
    const Numbers given = strides(program.shape(node.inputs[0]));
    const Shape& shape = program.shape(result);
    Numbers steps;
    for (const int axis : op_of<ops::Transpose>(node).permutation)
        steps.push_back(given[static_cast<std::size_t>(axis)]);
    program.statement("copy", {array(shape.dims()), program.place(node.inputs[0]), array(steps), program.place(result),
                               array(strides(shape))});
}

void broadcast_to(CppProgram& program, const Node& node, Value result) {
    const auto& op = op_of<ops::BroadcastTo>(node);
    Shape from = op.shape;
    for (const int axis : op.axes) from[static_cast<std::size_t>(axis)] = 1;
    Numbers steps = strides(from);
    for (const int axis : op.axes) steps[static_cast<std::size_t>(axis)] = 0;
    const std::string to = program.place(result);
    program.statement(
        "copy", {array(op.shape.dims()), program.place(node.inputs[0]), array(steps), to, array(strides(op.shape))});
    if (op.scale != 1) {
        program.statement("map", {to, to, text(op.shape.elements()),
                                  "[](float v) { return v * " + cpp_number(static_cast<float>(op.scale)) + "; }"});
    }
}

void resample(CppProgram& program, const Node& node, Value result) {
    const auto& op = op_of<ops::Resample>(node);
    const Shape& from = program.shape(node.inputs[0]);
    std::int64_t outer = 1, inner = 1;
    for (std::size_t axis = 0; axis < from.rank(); ++axis) {
        if (axis < static_cast<std::size_t>(op.axis)) outer *= from[axis];
        if (axis > static_cast<std::size_t>(op.axis)) inner *= from[axis];
    }
    program.statement("along_axis", {program.place(node.inputs[0]), text(outer), text(op.taps.in), text(op.taps.out()),
                                     text(inner), program.weights(dense(op.taps)), program.place(result)});
}

}  // namespace

CppRule cpp_rule(const ops::Op& op) {
    using Rules = OpRules<CppRule>;
    static const Rules rules = {
        Rules::of<ops::Convolution>(convolution),
        Rules::of<ops::ConvolutionInputGradient>(transposed_convolution),
        Rules::of<ops::MaxPool>(pool<ops::MaxPool>),
        Rules::of<ops::AveragePool>(pool<ops::AveragePool>),
        Rules::of<ops::BatchNormInference>(batch_norm),
        Rules::of<ops::MatMul>(matmul),
        Rules::of<ops::BatchMatMul>(batch_matmul),
        Rules::of<ops::Unary>(unary),
        Rules::of<ops::Binary>(binary),
        Rules::of<ops::Compare>(compare),
        Rules::of<ops::Power>(power),
        Rules::of<ops::Softmax>(softmax),
        Rules::of<ops::Reduce>(reduce),
        Rules::of<ops::Concatenate>(concatenate),
        Rules::of<ops::Pad>(pad),
        Rules::of<ops::Slice>(slice),
        Rules::of<ops::Transpose>(transpose),
        Rules::of<ops::BroadcastTo>(broadcast_to),
        Rules::of<ops::Resample>(resample),
    };
    return rules.find(op);
}

}  // namespace markhor::exporting
