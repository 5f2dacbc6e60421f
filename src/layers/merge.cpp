// Layers of several inputs.
#include <algorithm>
#include <limits>
#include <markhor/error.hpp>
#include <markhor/layers/merge.hpp>

#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/reduction.hpp"
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
    if (a != b)
        throw ShapeError("takes inputs of equal sizes, or of size 1 where they differ; " + all_shapes(inputs) +
                         " came");
    return a;
}

std::int64_t merged_batch(std::int64_t a, std::int64_t b, std::span<const Shape> inputs) {
    if (a != None && b != None && a != b)
        throw ShapeError("takes inputs of one batch size; " + all_shapes(inputs) + " came");
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
            for (std::size_t axis = 1; axis < rank; ++axis)
                merged[axis] = merged_size(merged[axis], next[axis], inputs);
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
    virtual graph::Value finish(graph::Graph& /*graph*/, graph::Value merged, std::size_t /*inputs*/) const {
        return merged;
    }
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

class DotLayer final : public LayerBase {
public:
    DotLayer() = default;
    DotLayer(Ints axes, const DotOptions& options) : axes_(std::move(axes)), options_(options) {}
    std::string_view class_name() const override { return "Dot"; }
    bool has_build() const override { return true; }

    void describe(FieldVisitor& visitor) override {
        visitor.one_or_more("axes", axes_);
        visitor.field("normalize", options_.normalize);
    }

    void check() const override {
        const std::size_t count = axes_.values().size();
        if (count == 1 || count == 2) return;
        throw ValueError("axes is " + text(axes_.values()) +
                         "; one axis, or one for each of the two inputs, is wanted");
    }

    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override {
        if (inputs.size() != 2) throw ShapeError("takes two inputs; " + std::to_string(inputs.size()) + " came");
        const std::size_t along = axis_of(inputs[0], 0);
        const std::size_t with = axis_of(inputs[1], 1);
        const std::int64_t a = inputs[0][along];
        const std::int64_t b = inputs[1][with];
        if (along == 0 || with == 0 || (a != b && a != None && b != None)) {
            throw ShapeError("axes is " + text(axes_.values()) +
                             "; axes of one size other than the batch's are wanted and " + all_shapes(inputs) +
                             " came");
        }
        Shape output{merged_batch(inputs[0][0], inputs[1][0], inputs)};
        for (const std::int64_t size : others(inputs[0], along)) output.push_back(size);
        for (const std::int64_t size : others(inputs[1], with)) output.push_back(size);
        if (output.rank() == 1) output.push_back(1);
        return {output};
    }

    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override {
        graph::Graph& graph = context.graph;
        const std::vector<Shape> shapes{graph.spec(inputs[0]).shape, graph.spec(inputs[1]).shape};
        const graph::Value products = ops::batch_matmul(graph, rows(graph, inputs[0], axis_of(shapes[0], 0)),
                                                        rows(graph, inputs[1], axis_of(shapes[1], 1)), false, true);
        return {ops::reshape(graph, products, output_shapes(shapes)[0])};
    }

private:
    std::size_t axis_of(const Shape& shape, std::size_t input) const {
        return axis_in(shape, axes_.values()[axes_.values().size() == 1 ? 0 : input]);
    }

    static std::vector<std::int64_t> others(const Shape& shape, std::size_t axis) {
        std::vector<std::int64_t> sizes(shape.begin() + 1, shape.end());
        sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(axis) - 1);
        return sizes;
    }

    /// (batch, everything else, the axis), normalized where that is wanted.
    graph::Value rows(graph::Graph& graph, graph::Value x, std::size_t axis) const {
        const Shape shape = graph.spec(x).shape;
        std::vector<int> last;
        for (std::size_t i = 0; i < shape.rank(); ++i) {
            if (i != axis) last.push_back(static_cast<int>(i));
        }
        last.push_back(static_cast<int>(axis));
        std::int64_t count = 1;
        for (const std::int64_t size : others(shape, axis)) count *= size;
        const graph::Value moved = axis + 1 == shape.rank() ? x : ops::transpose(graph, x, last);
        const graph::Value stacked = ops::reshape(graph, moved, {shape[0], count, shape[axis]});
        if (!options_.normalize) return stacked;
        const graph::Value squares = ops::unary(graph, ops::UnaryKind::square, stacked);
        const graph::Value sums = ops::reduce(graph, ops::Reduction::sum, squares, {2}, true);
        const graph::Value nonzero = ops::unary(graph, ops::UnaryKind::clip, sums, std::numeric_limits<float>::min(),
                                                std::numeric_limits<float>::infinity());
        return ops::divide(graph, stacked, ops::unary(graph, ops::UnaryKind::sqrt, nonzero));
    }

    Ints axes_;
    DotOptions options_;
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
const RegisterLayer<DotLayer> register_dot("Dot");

}  // namespace

Add::Add(const LayerOptions& options) : Layer(make_layer<AddLayer>(options.name)) {}
Subtract::Subtract(const LayerOptions& options) : Layer(make_layer<SubtractLayer>(options.name)) {}
Multiply::Multiply(const LayerOptions& options) : Layer(make_layer<MultiplyLayer>(options.name)) {}
Average::Average(const LayerOptions& options) : Layer(make_layer<AverageLayer>(options.name)) {}
Maximum::Maximum(const LayerOptions& options) : Layer(make_layer<MaximumLayer>(options.name)) {}
Minimum::Minimum(const LayerOptions& options) : Layer(make_layer<MinimumLayer>(options.name)) {}
Concatenate::Concatenate(const ConcatenateOptions& options)
    : Layer(make_layer<ConcatenateLayer>(options.name, options)) {}
Dot::Dot(Ints axes, const DotOptions& options) : Layer(make_layer<DotLayer>(options.name, std::move(axes), options)) {}

}  // namespace markhor::layers
