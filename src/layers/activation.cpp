#include <limits>
#include <markhor/error.hpp>
#include <markhor/layers/activation.hpp>

#include "layers/activations.hpp"
#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"

namespace markhor::layers {
namespace {

using ops::UnaryKind;

class KeepsShape : public SingleInputLayer {
public:
    Shape output_shape(const Shape& input) const override { return input; }
};

class ActivationLayer final : public SingleInputLayer {
public:
    explicit ActivationLayer(ActivationFunction activation = "") : activation_(std::move(activation)) {}
    std::string_view class_name() const override { return "Activation"; }
    void describe(FieldVisitor& visitor) override { visitor.field("activation", activation_); }
    void check() const override { check_activation("activation", activation_); }
    Shape output_shape(const Shape& input) const override { return activated_shape(activation_, input); }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return activate(context, activation_, x);
    }

private:
    ActivationFunction activation_;
};

class ReLULayer final : public KeepsShape {
public:
    explicit ReLULayer(const ReLUOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "ReLU"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("max_value", options_.max_value);
        visitor.field("negative_slope", options_.negative_slope);
        visitor.field("threshold", options_.threshold);
    }
    void check() const override {
        if (options_.max_value) check_at_least("max_value", *options_.max_value, 0.0);
        check_at_least("negative_slope", options_.negative_slope, 0.0);
        check_at_least("threshold", options_.threshold, 0.0);
    }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return ops::unary(context.graph, UnaryKind::relu, x,
                          options_.max_value.value_or(std::numeric_limits<double>::infinity()), options_.negative_slope,
                          options_.threshold);
    }

private:
    ReLUOptions options_;
};

class LeakyReLULayer final : public KeepsShape {
public:
    explicit LeakyReLULayer(const LeakyReLUOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "LeakyReLU"; }
    void describe(FieldVisitor& visitor) override { visitor.field("negative_slope", options_.negative_slope); }
    void check() const override { check_at_least("negative_slope", options_.negative_slope, 0.0); }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return ops::unary(context.graph, UnaryKind::relu, x, std::numeric_limits<double>::infinity(),
                          options_.negative_slope);
    }

private:
    LeakyReLUOptions options_;
};

class PReLULayer final : public KeepsShape {
public:
    explicit PReLULayer(const PReLUOptions& options = {}) : options_(options) { set_trainable(options.trainable); }
    std::string_view class_name() const override { return "PReLU"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("alpha_initializer", options_.alpha_initializer);
        visitor.field("alpha_regularizer", options_.alpha_regularizer);
        visitor.field("alpha_constraint", options_.alpha_constraint);
        visitor.field("shared_axes", options_.shared_axes);
    }

    void check() const override { check_each_at_least("shared_axes", options_.shared_axes); }
    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        const Shape wanted = alpha_shape(input);
        if (!wanted.is_known()) {
            throw ShapeError("the sizes of axes that are not shared must be known; an input of shape " + input.str() +
                             " came");
        }
        if (built() && wanted != alpha_->value.shape()) {
            throw ShapeError("was built with an alpha of shape " + alpha_->value.shape().str() +
                             "; an input of shape " + input.str() + " came");
        }
        return input;
    }

    void build_for(const Shape& input) override {
        alpha_ = add_weight("alpha", alpha_shape(input), options_.alpha_initializer,
                            {.regularizer = options_.alpha_regularizer, .constraint = options_.alpha_constraint});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const graph::Value below = ops::relu(graph, ops::unary(graph, UnaryKind::negate, x));
        return ops::subtract(graph, ops::relu(graph, x), ops::multiply(graph, graph.variable(alpha_), below));
    }

private:
    Shape alpha_shape(const Shape& input) const {
        Shape shape = input.without_batch();
        for (const std::int64_t axis : options_.shared_axes.values()) shape[axis_in(input, axis) - 1] = 1;
        return shape;
    }

    PReLUOptions options_;
    VariablePtr alpha_;
};

class ELULayer final : public KeepsShape {
public:
    explicit ELULayer(const ELUOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "ELU"; }
    void describe(FieldVisitor& visitor) override { visitor.field("alpha", options_.alpha); }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return ops::unary(context.graph, UnaryKind::elu, x, options_.alpha);
    }

private:
    ELUOptions options_;
};

class SoftmaxLayer final : public KeepsShape {
public:
    explicit SoftmaxLayer(const SoftmaxOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "Softmax"; }
    void describe(FieldVisitor& visitor) override { visitor.one_or_more("axis", options_.axis); }
    Shape output_shape(const Shape& input) const override {
        axes_in(input, options_.axis);
        return input;
    }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return softmax_along(context.graph, x, axes_in(context.graph.spec(x).shape, options_.axis));
    }

private:
    SoftmaxOptions options_;
};

const RegisterLayer<ActivationLayer> register_activation("Activation");
const RegisterLayer<ReLULayer> register_relu("ReLU");
const RegisterLayer<LeakyReLULayer> register_leaky_relu("LeakyReLU");
const RegisterLayer<PReLULayer> register_prelu("PReLU");
const RegisterLayer<ELULayer> register_elu("ELU");
const RegisterLayer<SoftmaxLayer> register_softmax("Softmax");

}  // namespace

Activation::Activation(const ActivationFunction& activation, const LayerOptions& options)
    : Layer(make_layer<ActivationLayer>(options.name, activation)) {}

ReLU::ReLU(const ReLUOptions& options) : Layer(make_layer<ReLULayer>(options.name, options)) {}

LeakyReLU::LeakyReLU(const LeakyReLUOptions& options) : Layer(make_layer<LeakyReLULayer>(options.name, options)) {}

PReLU::PReLU(const PReLUOptions& options) : Layer(make_layer<PReLULayer>(options.name, options)) {}

ELU::ELU(const ELUOptions& options) : Layer(make_layer<ELULayer>(options.name, options)) {}

Softmax::Softmax(const SoftmaxOptions& options) : Layer(make_layer<SoftmaxLayer>(options.name, options)) {}

}  // namespace markhor::layers
