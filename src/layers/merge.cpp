// Layers of several inputs.
#include <algorithm>
#include <markhor/error.hpp>
#include <markhor/layers/merge.hpp>

#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

using ops::BinaryKind;

std::string all_shapes(std::span<const Shape> shapes) {
    std::string list;
    for (const Shape& shape : shapes) list += (list.empty() ? "" : ", ") + shape.str();
    return list;
}

/// `shape` with axes of size 1 after the batch axis, up to this rank.
Shape at_rank(const Shape& shape, std::size_t rank) {
    std::vector<std::int64_t> dims = shape.dims();
    if (!dims.empty()) dims.insert(dims.begin() + 1, rank - dims.size(), 1);
    return Shape(std::move(dims));
}

std::size_t highest_rank(std::span<const Shape> shapes) {
    return std::ranges::max_element(shapes, {}, &Shape::rank)->rank();
}

/// The size that two sizes broadcast to. None with a larger size than 1 stays None, as in Keras: they may still differ.
std::int64_t merged_size(std::int64_t a, std::int64_t b, std::span<const Shape> inputs) {
    if (a == 1) return b;
    if (b == 1) return a;
    if (a == None || b == None) return None;
    if (a != b) throw ShapeError("takes inputs of equal sizes, or of size 1 where they differ; " + all_shapes(inputs) + " came");
    return a;
}

std::int64_t merged_batch(std::int64_t a, std::int64_t b, std::span<const Shape> inputs) {
    if (a != None && b != None && a != b) throw ShapeError("takes inputs of one batch size; " + all_shapes(inputs) + " came");
    return a == None ? b : a;
}

class MergeLayer : public LayerBase {
public:
    void describe(FieldVisitor& /*visitor*/) override {}
    bool has_build() const override { return true; }

    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override {
        if (inputs.empty()) throw ShapeError("takes at least one input; none came");
        const std::size_t rank = highest_rank(inputs);
        Shape merged = at_rank(inputs[0], rank);
        for (const Shape& input : inputs.subspan(1)) {
            const Shape next = at_rank(input, rank);
            merged[0] = merged_batch(merged[0], next[0], inputs);
            for (std::size_t axis = 1; axis < rank; ++axis) merged[axis] = merged_size(merged[axis], next[axis], inputs);
        }
        return {merged};
    }

    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override {
        graph::Graph& graph = context.graph;
        std::vector<Shape> shapes;
        for (const graph::Value input : inputs) shapes.push_back(graph.spec(input).shape);
        const std::size_t rank = highest_rank(shapes);
        graph::Value merged;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            graph::Value next = inputs[i];
            if (shapes[i].rank() != rank) next = ops::reshape(graph, next, at_rank(shapes[i], rank));
            merged = merged ? merge(graph, merged, next) : next;
        }
        return {finish(graph, merged, inputs.size())};
    }

protected:
    virtual graph::Value merge(graph::Graph& graph, graph::Value a, graph::Value b) const = 0;
    virtual graph::Value finish(graph::Graph& /*graph*/, graph::Value merged, std::size_t /*inputs*/) const { return merged; }
};

template <BinaryKind Kind>
class Elementwise : public MergeLayer {
public:
    std::string_view class_name() const override {
        switch (Kind) {
            case BinaryKind::add: return "Add";
            case BinaryKind::subtract: return "Subtract";
            case BinaryKind::multiply: return "Multiply";
            case BinaryKind::maximum: return "Maximum";
            default: return "Minimum";
        }
    }

protected:
    graph::Value merge(graph::Graph& graph, graph::Value a, graph::Value b) const override {
        return ops::binary(graph, Kind, a, b);
    }
};

class SubtractLayer final : public Elementwise<BinaryKind::subtract> {
public:
    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override {
        if (inputs.size() != 2) throw ShapeError("takes two inputs; " + std::to_string(inputs.size()) + " came");
        return MergeLayer::output_shapes(inputs);
    }
};

class AverageLayer final : public Elementwise<BinaryKind::add> {
public:
    std::string_view class_name() const override { return "Average"; }

protected:
    graph::Value finish(graph::Graph& graph, graph::Value merged, std::size_t inputs) const override {
        return ops::unary(graph, ops::UnaryKind::scale, merged, 1.0 / static_cast<double>(inputs));
    }
};

class ConcatenateLayer final : public LayerBase {
public:
    explicit ConcatenateLayer(const ConcatenateOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "Concatenate"; }
    void describe(FieldVisitor& visitor) override { visitor.field("axis", options_.axis); }
    bool has_build() const override { return true; }

    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override {
        if (inputs.empty()) throw ShapeError("takes at least one input; none came");
        Shape joined = inputs[0];
        const std::size_t along = axis_in(joined, options_.axis);
        for (const Shape& next : inputs.subspan(1)) {
            bool fits = next.rank() == joined.rank();
            for (std::size_t axis = 0; fits && axis < joined.rank(); ++axis) {
                if (axis == along) {
                    joined[axis] = sum(joined[axis], next[axis]);
                } else if (joined[axis] == None) {
                    joined[axis] = next[axis];
                } else {
                    fits = next[axis] == None || next[axis] == joined[axis];
                }
            }
            if (!fits) {
                throw ShapeError("takes inputs that differ along axis " + std::to_string(options_.axis) + " alone; " +
                                 all_shapes(inputs) + " came");
            }
        }
        return {joined};
    }

    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override {
        const std::size_t axis = axis_in(context.graph.spec(inputs[0]).shape, options_.axis);
        return {ops::concatenate(context.graph, {inputs.begin(), inputs.end()}, static_cast<int>(axis))};
    }

private:
    ConcatenateOptions options_;
};

using AddLayer = Elementwise<BinaryKind::add>;
using MultiplyLayer = Elementwise<BinaryKind::multiply>;
using MaximumLayer = Elementwise<BinaryKind::maximum>;
using MinimumLayer = Elementwise<BinaryKind::minimum>;

const RegisterLayer<AddLayer> register_add("Add");
const RegisterLayer<SubtractLayer> register_subtract("Subtract");
const RegisterLayer<MultiplyLayer> register_multiply("Multiply");
const RegisterLayer<AverageLayer> register_average("Average");
const RegisterLayer<MaximumLayer> register_maximum("Maximum");
const RegisterLayer<MinimumLayer> register_minimum("Minimum");
const RegisterLayer<ConcatenateLayer> register_concatenate("Concatenate");

}  // namespace

Add::Add(const LayerOptions& options) : Layer(make_layer<AddLayer>(options.name)) {}
Subtract::Subtract(const LayerOptions& options) : Layer(make_layer<SubtractLayer>(options.name)) {}
Multiply::Multiply(const LayerOptions& options) : Layer(make_layer<MultiplyLayer>(options.name)) {}
Average::Average(const LayerOptions& options) : Layer(make_layer<AverageLayer>(options.name)) {}
Maximum::Maximum(const LayerOptions& options) : Layer(make_layer<MaximumLayer>(options.name)) {}
Minimum::Minimum(const LayerOptions& options) : Layer(make_layer<MinimumLayer>(options.name)) {}
Concatenate::Concatenate(const ConcatenateOptions& options)
    : Layer(make_layer<ConcatenateLayer>(options.name, options)) {}

}  // namespace markhor::layers
