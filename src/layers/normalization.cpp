#include "ops/normalization.hpp"

#include <markhor/error.hpp>
#include <markhor/layers/normalization.hpp>
#include <numeric>

#include "layers/single_input.hpp"
#include "ops/check.hpp"
#include "ops/shape_ops.hpp"
#include "ops/update.hpp"

namespace markhor::layers {
namespace {

class BatchNormalizationLayer final : public SingleInputLayer {
public:
    explicit BatchNormalizationLayer(const BatchNormalizationOptions& options = {}) : options_(options) {
        set_trainable(options.trainable);
    }

    std::string_view class_name() const override { return "BatchNormalization"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("axis", options_.axis);
        visitor.field("momentum", options_.momentum);
        visitor.field("epsilon", options_.epsilon);
        visitor.field("center", options_.center);
        visitor.field("scale", options_.scale);
        visitor.field("beta_initializer", options_.beta_initializer);
        visitor.field("gamma_initializer", options_.gamma_initializer);
        visitor.field("moving_mean_initializer", options_.moving_mean_initializer);
        visitor.field("moving_variance_initializer", options_.moving_variance_initializer);
        visitor.field("beta_regularizer", options_.beta_regularizer);
        visitor.field("gamma_regularizer", options_.gamma_regularizer);
        visitor.field("beta_constraint", options_.beta_constraint);
        visitor.field("gamma_constraint", options_.gamma_constraint);
    }

    void check() const override {
        if (!(options_.momentum >= 0 && options_.momentum <= 1)) {
            throw ValueError("momentum is " + ops::text(options_.momentum) + "; a number from 0 to 1 is wanted");
        }
        check_at_least("epsilon", options_.epsilon, 0.0);
    }

    bool has_build() const override { return true; }
    bool rounds_weights() const override { return false; }

    Shape output_shape(const Shape& input) const override {
        if (input.rank() < 2) throw ShapeError("takes an input of at least 2 axes; " + input.str() + " came");
        const std::int64_t channels = input[axis_in(input, options_.axis)];
        if (channels < 1) {
            throw ShapeError("the size of axis " + std::to_string(options_.axis) +
                             " must be known and at least 1; an input of shape " + input.str() + " came");
        }
        const std::int64_t wanted = built() ? moving_mean_->value.size() : channels;
        if (channels != wanted) {
            throw ShapeError("was built for a size of " + std::to_string(wanted) + " along axis " +
                             std::to_string(options_.axis) + "; an input of shape " + input.str() + " came");
        }
        return input;
    }

    void build_for(const Shape& input) override {
        const Shape shape{input[axis_in(input, options_.axis)]};
        if (options_.scale)
            gamma_ = add_weight("gamma", shape, options_.gamma_initializer,
                                {.regularizer = options_.gamma_regularizer, .constraint = options_.gamma_constraint});
        if (options_.center)
            beta_ = add_weight("beta", shape, options_.beta_initializer,
                               {.regularizer = options_.beta_regularizer, .constraint = options_.beta_constraint});
        moving_mean_ = add_weight("moving_mean", shape, options_.moving_mean_initializer, {.trainable = false});
        moving_variance_ =
            add_weight("moving_variance", shape, options_.moving_variance_initializer, {.trainable = false});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const std::size_t rank = graph.spec(x).shape.rank();
        const std::size_t axis = axis_in(graph.spec(x).shape, options_.axis);
        if (axis + 1 == rank) return normalize(context, x);
        std::vector<int> swapped(rank);  // its own inverse
        std::iota(swapped.begin(), swapped.end(), 0);
        std::swap(swapped[axis], swapped.back());
        return ops::transpose(graph, normalize(context, ops::transpose(graph, x, swapped)), swapped);
    }

private:
    graph::Value normalize(CallContext& context, graph::Value x) const {
        graph::Graph& graph = context.graph;
        const Shape& shape = moving_mean_->value.shape();
        const graph::Value gamma = options_.scale ? graph.variable(gamma_) : graph.constant(Tensor::full(shape, 1));
        const graph::Value beta = options_.center ? graph.variable(beta_) : graph.constant(Tensor::zeros(shape));
        if (!context.training || !trainable()) {
            return ops::batch_norm_inference(graph, x, gamma, beta, graph.variable(moving_mean_),
                                             graph.variable(moving_variance_), options_.epsilon);
        }
        const ops::BatchNormResult batch = ops::batch_norm_training(graph, x, gamma, beta, options_.epsilon);
        update(graph, moving_mean_, batch.mean);
        update(graph, moving_variance_, batch.variance);
        return batch.y;
    }

    /// Averages on from what the graph gives the variable so far: a layer that is called twice averages twice.
    void update(graph::Graph& graph, const VariablePtr& moving, graph::Value value) const {
        graph::Value before = graph.variable(moving);
        for (const graph::Assignment& assignment : graph.assignments()) {
            if (assignment.variable == moving) before = assignment.value;
        }
        graph.assign(moving, graph.add1(std::make_shared<ops::MovingAverage>(options_.momentum), {before, value}));
    }

    BatchNormalizationOptions options_;
    VariablePtr gamma_;
    VariablePtr beta_;
    VariablePtr moving_mean_;
    VariablePtr moving_variance_;
};

const RegisterLayer<BatchNormalizationLayer> register_batch_normalization("BatchNormalization");

}  // namespace

BatchNormalization::BatchNormalization(const BatchNormalizationOptions& options)
    : Layer(make_layer<BatchNormalizationLayer>(options.name, options)) {}

}  // namespace markhor::layers
