#include <limits>
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

class ActivationLayer final : public KeepsShape {
public:
    explicit ActivationLayer(std::string activation = "") : activation_(std::move(activation)) {}
    std::string_view class_name() const override { return "Activation"; }
    void describe(FieldVisitor& visitor) override { visitor.field("activation", activation_); }
    void check() const override { check_activation("activation", activation_); }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return activate(context.graph, activation_, x);
    }

private:
    std::string activation_;
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
    void describe(FieldVisitor& visitor) override { visitor.field("axis", options_.axis); }
    Shape output_shape(const Shape& input) const override {
        axis_in(input, options_.axis);
        return input;
    }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return softmax_along(context.graph, x, axis_in(context.graph.spec(x).shape, options_.axis));
    }

private:
    SoftmaxOptions options_;
};

const RegisterLayer<ActivationLayer> register_activation("Activation");
const RegisterLayer<ReLULayer> register_relu("ReLU");
const RegisterLayer<LeakyReLULayer> register_leaky_relu("LeakyReLU");
const RegisterLayer<ELULayer> register_elu("ELU");
const RegisterLayer<SoftmaxLayer> register_softmax("Softmax");

}  // namespace

Activation::Activation(const std::string& activation, const LayerOptions& options)
    : Layer(make_layer<ActivationLayer>(options.name, activation)) {}

ReLU::ReLU(const ReLUOptions& options) : Layer(make_layer<ReLULayer>(options.name, options)) {}

LeakyReLU::LeakyReLU(const LeakyReLUOptions& options) : Layer(make_layer<LeakyReLULayer>(options.name, options)) {}

ELU::ELU(const ELUOptions& options) : Layer(make_layer<ELULayer>(options.name, options)) {}

Softmax::Softmax(const SoftmaxOptions& options) : Layer(make_layer<SoftmaxLayer>(options.name, options)) {}

}  // namespace markhor::layers
