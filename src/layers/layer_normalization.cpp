// Normalization of each example by itself: LayerNormalization, RMSNormalization, GroupNormalization and
// UnitNormalization.
#include <algorithm>
#include <limits>
#include <markhor/error.hpp>
#include <markhor/layers/normalization.hpp>
#include <numeric>

#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

using ops::Reduction;
using ops::UnaryKind;

/// 1 / sqrt(x + epsilon)
graph::Value inverse_root(graph::Graph& graph, graph::Value x, double epsilon) {
    const graph::Value root = ops::unary(graph, UnaryKind::sqrt, ops::unary(graph, UnaryKind::scale, x, 1, epsilon));
    return ops::unary(graph, UnaryKind::reciprocal, root);
}

graph::Value mean_square(graph::Graph& graph, graph::Value x, const std::vector<int>& axes) {
    return ops::reduce(graph, Reduction::mean, ops::unary(graph, UnaryKind::square, x), axes, true);
}

/// (x - mean) / sqrt(variance + epsilon) along `axes`, or x / sqrt(variance + epsilon) where that is wanted.
graph::Value standardized(graph::Graph& graph, graph::Value x, const std::vector<int>& axes, double epsilon,
                          bool keep_mean = false) {
    const graph::Value centered = ops::subtract(graph, x, ops::reduce(graph, Reduction::mean, x, axes, true));
    const graph::Value factor = inverse_root(graph, mean_square(graph, centered, axes), epsilon);
    return ops::multiply(graph, keep_mean ? x : centered, factor);
}

/// What normalizations along axes with weights of those axes' sizes share.
class AlongAxes : public SingleInputLayer {
public:
    bool has_build() const override { return true; }
    bool rounds_weights() const override { return false; }

    Shape output_shape(const Shape& input) const override {
        const Shape sizes = weight_shape(input);
        for (const std::int64_t size : sizes) {
            if (size < 1) {
                throw ShapeError("the sizes of axis " + text(axis().values()) +
                                 " must be known and at least 1; an input of shape " + input.str() + " came");
            }
        }
        const std::vector<VariablePtr> all = weights();
        if (!all.empty() && all[0]->value.shape() != sizes) {
            throw ShapeError("was built for sizes of " + text(all[0]->value.shape().dims()) + " along axis " +
                             text(axis().values()) + "; an input of shape " + input.str() + " came");
        }
        return input;
    }

protected:
    virtual const Ints& axis() const = 0;

    Shape weight_shape(const Shape& input) const {
        Shape sizes;
        for (const int along : axes_in(input, axis())) sizes.push_back(input[static_cast<std::size_t>(along)]);
        return sizes;
    }

    /// The weight with axes of size 1 where the input has others than those normalized.
    graph::Value spread(graph::Graph& graph, const VariablePtr& weight, const Shape& input) const {
        Shape shape(std::vector<std::int64_t>(input.rank(), 1));
        for (const int along : axes_in(input, axis())) {
            shape[static_cast<std::size_t>(along)] = input[static_cast<std::size_t>(along)];
        }
        return ops::reshape(graph, graph.variable(weight), shape);
    }
};

class LayerNormalizationLayer final : public AlongAxes {
public:
    explicit LayerNormalizationLayer(const LayerNormalizationOptions& options = {}) : options_(options) {
        set_trainable(options.trainable);
    }

    std::string_view class_name() const override { return "LayerNormalization"; }

    void describe(FieldVisitor& visitor) override {
        visitor.open_sizes("axis", options_.axis);
        visitor.field("epsilon", options_.epsilon);
        visitor.field("center", options_.center);
        visitor.field("scale", options_.scale);
        visitor.field("rms_scaling", options_.rms_scaling);
        visitor.field("beta_initializer", options_.beta_initializer);
        visitor.field("gamma_initializer", options_.gamma_initializer);
        visitor.field("beta_regularizer", options_.beta_regularizer);
        visitor.field("gamma_regularizer", options_.gamma_regularizer);
        visitor.field("beta_constraint", options_.beta_constraint);
        visitor.field("gamma_constraint", options_.gamma_constraint);
    }

    void check() const override { check_at_least("epsilon", options_.epsilon, 0.0); }

    void build_for(const Shape& input) override {
        const Shape shape = weight_shape(input);
        if (options_.scale || options_.rms_scaling) {
            gamma_ = add_weight("gamma", shape, options_.gamma_initializer,
                                {.regularizer = options_.gamma_regularizer, .constraint = options_.gamma_constraint});
        }
        if (options_.center && !options_.rms_scaling) {
            beta_ = add_weight("beta", shape, options_.beta_initializer,
                               {.regularizer = options_.beta_regularizer, .constraint = options_.beta_constraint});
        }
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const Shape shape = graph.spec(x).shape;
        graph::Value y = standardized(graph, x, axes_in(shape, options_.axis), options_.epsilon, options_.rms_scaling);
        if (gamma_) y = ops::multiply(graph, y, spread(graph, gamma_, shape));
        if (beta_) y = ops::add(graph, y, spread(graph, beta_, shape));
        return y;
    }

protected:
    const Ints& axis() const override { return options_.axis; }

private:
    LayerNormalizationOptions options_;
    VariablePtr gamma_;
    VariablePtr beta_;
};

class RMSNormalizationLayer final : public AlongAxes {
public:
    explicit RMSNormalizationLayer(const RMSNormalizationOptions& options = {}) : options_(options) {
        set_trainable(options.trainable);
    }

    std::string_view class_name() const override { return "RMSNormalization"; }

    void describe(FieldVisitor& visitor) override {
        visitor.open_sizes("axis", options_.axis);
        visitor.field("epsilon", options_.epsilon);
    }

    void check() const override { check_at_least("epsilon", options_.epsilon, 0.0); }

    void build_for(const Shape& input) override { scale_ = add_weight("scale", weight_shape(input), "ones"); }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const Shape shape = graph.spec(x).shape;
        const graph::Value squares = mean_square(graph, x, axes_in(shape, options_.axis));
        const graph::Value y = ops::multiply(graph, x, inverse_root(graph, squares, options_.epsilon));
        return ops::multiply(graph, y, spread(graph, scale_, shape));
    }

protected:
    const Ints& axis() const override { return options_.axis; }

private:
    RMSNormalizationOptions options_;
    VariablePtr scale_;
};

class GroupNormalizationLayer final : public SingleInputLayer {
public:
    explicit GroupNormalizationLayer(const GroupNormalizationOptions& options = {}) : options_(options) {
        set_trainable(options.trainable);
    }

    std::string_view class_name() const override { return "GroupNormalization"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("groups", options_.groups);
        visitor.field("axis", options_.axis);
        visitor.field("epsilon", options_.epsilon);
        visitor.field("center", options_.center);
        visitor.field("scale", options_.scale);
        visitor.field("beta_initializer", options_.beta_initializer);
        visitor.field("gamma_initializer", options_.gamma_initializer);
        visitor.field("beta_regularizer", options_.beta_regularizer);
        visitor.field("gamma_regularizer", options_.gamma_regularizer);
        visitor.field("beta_constraint", options_.beta_constraint);
        visitor.field("gamma_constraint", options_.gamma_constraint);
    }

    void check() const override {
        if (options_.groups != -1) check_at_least("groups", options_.groups);
        check_at_least("epsilon", options_.epsilon, 0.0);
    }

    bool has_build() const override { return true; }
    bool rounds_weights() const override { return false; }

    Shape output_shape(const Shape& input) const override {
        const std::size_t axis = axis_in(input, options_.axis);
        if (input.rank() < 2 || axis == 0) {
            throw ShapeError("takes channels along another axis than the batch's; axis " +
                             std::to_string(options_.axis) + " of an input of shape " + input.str() + " came");
        }
        const std::int64_t channels = input[axis];
        if (channels < 1 || channels % groups_of(channels) != 0) {
            throw ShapeError("groups is " + std::to_string(options_.groups) + " and the input of shape " + input.str() +
                             " has " + (channels == None ? "unknown" : std::to_string(channels)) +
                             " channels; a known number that groups divides is wanted");
        }
        const std::vector<VariablePtr> all = weights();
        if (!all.empty() && all[0]->value.size() != channels) {
            throw ShapeError("was built for " + std::to_string(all[0]->value.size()) + " channels; an input of shape " +
                             input.str() + " came");
        }
        return input;
    }

    void build_for(const Shape& input) override {
        const Shape shape{input[axis_in(input, options_.axis)]};
        if (options_.scale) {
            gamma_ = add_weight("gamma", shape, options_.gamma_initializer,
                                {.regularizer = options_.gamma_regularizer, .constraint = options_.gamma_constraint});
        }
        if (options_.center) {
            beta_ = add_weight("beta", shape, options_.beta_initializer,
                               {.regularizer = options_.beta_regularizer, .constraint = options_.beta_constraint});
        }
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const Shape shape = graph.spec(x).shape;
        const std::size_t axis = axis_in(shape, options_.axis);
        const std::int64_t groups = groups_of(shape[axis]);
        Shape grouped;
        Shape channels(std::vector<std::int64_t>(shape.rank(), 1));
        channels[axis] = shape[axis];
        std::vector<int> reduced;  // all axes but the batch's and the groups'
        for (std::size_t i = 0; i < shape.rank(); ++i) {
            if (i == axis) grouped.push_back(groups);
            if (i > 0) reduced.push_back(static_cast<int>(grouped.rank()));
            grouped.push_back(i == axis ? shape[axis] / groups : shape[i]);
        }
        const graph::Value apart = standardized(graph, ops::reshape(graph, x, grouped), reduced, options_.epsilon);
        graph::Value y = ops::reshape(graph, apart, shape);
        if (gamma_) y = ops::multiply(graph, y, ops::reshape(graph, graph.variable(gamma_), channels));
        if (beta_) y = ops::add(graph, y, ops::reshape(graph, graph.variable(beta_), channels));
        return y;
    }

private:
    std::int64_t groups_of(std::int64_t channels) const { return options_.groups == -1 ? channels : options_.groups; }

    GroupNormalizationOptions options_;
    VariablePtr gamma_;
    VariablePtr beta_;
};

class UnitNormalizationLayer final : public SingleInputLayer {
public:
    explicit UnitNormalizationLayer(const UnitNormalizationOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "UnitNormalization"; }
    void describe(FieldVisitor& visitor) override { visitor.one_or_more("axis", options_.axis); }

    Shape output_shape(const Shape& input) const override {
        axes_in(input, options_.axis);
        return input;
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const graph::Value squares = ops::unary(graph, UnaryKind::square, x);
        const std::vector<int> axes = axes_in(graph.spec(x).shape, options_.axis);
        const graph::Value sums = ops::reduce(graph, Reduction::sum, squares, axes, true);
        // Keras bounds 1 / norm by 1e12; the square of that bound's norm is no normal float32 number.
        const graph::Value bounded = ops::unary(graph, UnaryKind::clip, sums, std::numeric_limits<float>::min(),
                                                std::numeric_limits<float>::infinity());
        return ops::multiply(graph, x, inverse_root(graph, bounded, 0));
    }

private:
    UnitNormalizationOptions options_;
};

const RegisterLayer<LayerNormalizationLayer> register_layer_normalization("LayerNormalization");
const RegisterLayer<RMSNormalizationLayer> register_rms_normalization("RMSNormalization");
const RegisterLayer<GroupNormalizationLayer> register_group_normalization("GroupNormalization");
const RegisterLayer<UnitNormalizationLayer> register_unit_normalization("UnitNormalization");

}  // namespace

LayerNormalization::LayerNormalization(const LayerNormalizationOptions& options)
    : Layer(make_layer<LayerNormalizationLayer>(options.name, options)) {}

RMSNormalization::RMSNormalization(const RMSNormalizationOptions& options)
    : Layer(make_layer<RMSNormalizationLayer>(options.name, options)) {}

GroupNormalization::GroupNormalization(const GroupNormalizationOptions& options)
    : Layer(make_layer<GroupNormalizationLayer>(options.name, options)) {}

UnitNormalization::UnitNormalization(const UnitNormalizationOptions& options)
    : Layer(make_layer<UnitNormalizationLayer>(options.name, options)) {}

}  // namespace markhor::layers
