#include "insight/receptive_field.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/convolution.hpp"
#include "ops/matmul.hpp"
#include "ops/pooling.hpp"
#include "ops/reduction.hpp"
#include "ops/resample.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::insight {
namespace {

/// Of one value. The three axes are a window's: unused ones lead.
struct Field {
    bool of_image = false;  // depends on the image at all
    bool whole = false;
    std::array<double, 3> size{1, 1, 1};
    std::array<double, 3> jump{1, 1, 1};  // pixels between neighbours
};

Field merged(const std::vector<Field>& inputs) {
    Field result;
    for (const Field& input : inputs) {
        if (!input.of_image) continue;
        if (!result.of_image || (result.whole && !input.whole)) {
            result = input;
        } else if (!input.whole) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                result.size[axis] = std::max(result.size[axis], input.size[axis]);
                result.jump[axis] = std::max(result.jump[axis], input.jump[axis]);
            }
        }
    }
    return result;
}

void slide(Field& field, const ops::Window& window, bool transposed) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto reach = static_cast<double>((window.size[axis] - 1) * window.dilation[axis]);
        const auto stride = static_cast<double>(window.stride[axis]);
        if (transposed) {
            field.size[axis] += std::ceil(reach / stride) * field.jump[axis];
            field.jump[axis] /= stride;
        } else {
            field.size[axis] += reach * field.jump[axis];
            field.jump[axis] *= stride;
        }
    }
}

const ops::Window* window_of(const ops::Op& op) {
    if (const auto* convolution = ops::as<ops::Convolution>(op)) return &convolution->window;
    if (const auto* pool = ops::as<ops::MaxPool>(op)) return &pool->window;
    if (const auto* pool = ops::as<ops::AveragePool>(op)) return &pool->window;
    return nullptr;
}

/// Mixes positions from everywhere: pooling over the map, flattening, attention.
bool sees_all(const graph::Graph& graph, const graph::Node& node) {
    if (node.inputs.empty()) return false;
    const Shape& input = graph.spec(node.inputs[0]).shape;
    if (const auto* reduce = ops::as<ops::Reduce>(*node.op)) {
        const int last = static_cast<int>(input.rank()) - 1;
        return std::ranges::any_of(reduce->axes, [&](int axis) { return axis > 0 && axis < last; });
    }
    if (ops::as<ops::Reshape>(*node.op) != nullptr) {
        return input.rank() > 2 && node.outputs[0].shape.rank() == 2;
    }
    return ops::as<ops::BatchMatMul>(*node.op) != nullptr;
}

Field field_of(const graph::Graph& graph, const graph::Node& node, const std::vector<Field>& fields) {
    if (ops::as<graph::Placeholder>(*node.op) != nullptr) return {.of_image = true};
    std::vector<Field> inputs;
    inputs.reserve(node.inputs.size());
    for (const graph::Value input : node.inputs) inputs.push_back(fields[static_cast<std::size_t>(input.node)]);
    Field field = merged(inputs);
    if (!field.of_image || field.whole) return field;
    if (const ops::Window* window = window_of(*node.op)) {
        slide(field, *window, false);
    } else if (const auto* transposed = ops::as<ops::ConvolutionInputGradient>(*node.op)) {
        slide(field, transposed->window, true);
    } else if (const auto* resample = ops::as<ops::Resample>(*node.op)) {
        // Axes of the image as a window counts them: the last one is the channels'.
        const std::size_t rank = node.outputs[0].shape.rank();
        const std::size_t axis = 3 - (rank - 2) + static_cast<std::size_t>(resample->axis) - 1;
        if (axis < 3) {
            field.size[axis] += field.jump[axis];
            field.jump[axis] *= static_cast<double>(resample->taps.in) /
                                static_cast<double>(std::max<std::int64_t>(1, resample->taps.out()));
        }
    } else if (sees_all(graph, node)) {
        field.whole = true;
    }
    return field;
}

}  // namespace

std::map<std::string, std::vector<std::int64_t>> receptive_fields(const graph::Graph& graph) {
    std::vector<Field> fields;
    std::map<std::string, std::vector<std::int64_t>> found;
    std::size_t axes = 0;
    for (const graph::Node& node : graph.nodes()) {
        fields.push_back(field_of(graph, node, fields));
        const Field& field = fields.back();
        if (ops::as<graph::Placeholder>(*node.op) != nullptr) {
            const std::size_t rank = node.outputs[0].shape.rank();
            axes = rank < 3 ? 0 : std::min<std::size_t>(rank - 2, 3);
        }
        if (node.label.empty() || !field.of_image) continue;
        std::vector<std::int64_t>& sides = found[node.label];
        sides.clear();
        for (std::size_t axis = 3 - axes; axis < 3 && !field.whole; ++axis) {
            sides.push_back(static_cast<std::int64_t>(std::llround(field.size[axis])));
        }
    }
    return found;
}

}  // namespace markhor::insight
