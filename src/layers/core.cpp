#include "layers/core.hpp"
#include "layers/kernel_and_bias.hpp"

#include <array>
#include <markhor/error.hpp>
#include <markhor/layers/core.hpp>
#include <optional>

#include "layers/activations.hpp"
#include "layers/single_input.hpp"
#include "ops/matmul.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

std::optional<DType> dtype_named(const std::string& name) {
    if (name == "float16" || name == "bfloat16") return DType::float32;
    for (const DType dtype : {DType::float32, DType::float64, DType::int32, DType::int64, DType::uint8}) {
        if (name == name_of(dtype)) return dtype;
    }
    return std::nullopt;
}

class DenseLayer final : public SingleInputLayer {
public:
    DenseLayer() = default;
    DenseLayer(std::int64_t units, const DenseOptions& options) : units_(units), options_(options) {
        set_trainable(options.trainable);
        activity_regularizer() = options.activity_regularizer;
    }

    std::string_view class_name() const override { return "Dense"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("units", units_);
        visitor.field("activation", options_.activation);
        visitor.field("use_bias", options_.use_bias);
        describe_kernel_and_bias(visitor, options_, nullptr);
    }

    void check() const override {
        check_at_least("units", units_);
        check_activation("activation", options_.activation);
    }

    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        if (input.rank() < 2)
            throw ShapeError("takes an input of shape (batch, …, features); " + input.str() + " came");
        if (input.back() == None) {
            throw ShapeError(
                "the number of features, the last axis, must be known; an input of shape " + input.str() +
                " came (Flatten and global pooling of a map without fixed sizes: give the Input its sizes)");
        }
        if (input.back() < 1) throw ShapeError("takes at least 1 feature; an input of shape " + input.str() + " came");
        const std::int64_t wanted = built() ? kernel_->value.shape()[0] : input.back();
        if (input.back() != wanted) {
            throw ShapeError("was built for " + std::to_string(wanted) + " features; an input of shape " + input.str() +
                             " came");
        }
        Shape output = input;
        output[output.rank() - 1] = units_;
        return activated_shape(options_.activation, output);
    }

    void build_for(const Shape& input) override {
        kernel_ = add_weight("kernel", {input.back(), units_}, options_.kernel_initializer,
                             {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
        if (options_.use_bias)
            bias_ = add_weight("bias", {units_}, options_.bias_initializer,
                               {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const Shape input = graph.spec(x).shape;
        const graph::Value kernel = graph.variable(kernel_);
        const graph::Value bias = options_.use_bias ? graph.variable(bias_) : graph::Value{};
        const bool is_matrix = input.rank() == 2;
        const graph::Value rows =
            is_matrix ? x : ops::reshape(graph, x, {input.elements() / input.back(), input.back()});
        graph::Value y = ops::matmul(graph, rows, kernel, bias);
        if (!is_matrix) {
            std::vector<std::int64_t> sizes = input.dims();
            sizes.back() = units_;
            y = ops::reshape(graph, y, Shape(std::move(sizes)));
        }
        return activate(context, options_.activation, y);
    }

private:
    std::int64_t units_ = 0;
    DenseOptions options_;
    VariablePtr kernel_;
    VariablePtr bias_;
};

class IdentityLayer final : public SingleInputLayer {
public:
    std::string_view class_name() const override { return "Identity"; }
    void describe(FieldVisitor& /*visitor*/) override {}
    Shape output_shape(const Shape& input) const override { return input; }
    graph::Value call_on(CallContext& /*context*/, graph::Value x) const override { return x; }
};

const RegisterLayer<InputLayer> register_input_layer("InputLayer");
const RegisterLayer<DenseLayer> register_dense("Dense");
const RegisterLayer<IdentityLayer> register_identity("Identity");

}  // namespace

void InputLayer::describe(FieldVisitor& visitor) {
    visitor.field("batch_shape", batch_shape_);
    visitor.field("dtype", dtype_);
}

void InputLayer::check() const {
    if (!batch_shape_.is_set()) throw ValueError("the shape has no axis; one with a batch axis is wanted");
    for (const std::int64_t size : batch_shape_.values()) {
        if (size == None || size >= 0) continue;
        throw ValueError("the shape is " + batch_shape().str() + " with a size of " + std::to_string(size) +
                         "; sizes of at least 0, or None, are wanted");
    }
    if (!dtype_named(dtype_)) {
        throw ValueError("dtype is \"" + dtype_ + "\"; float32, float64, int32, int64 or uint8 is wanted");
    }
}

std::vector<Shape> InputLayer::output_shapes(std::span<const Shape> inputs) const {
    if (!inputs.empty()) throw ShapeError("takes no input; " + std::to_string(inputs.size()) + " came");
    return {batch_shape()};
}

DType InputLayer::output_dtype() const { return dtype_named(dtype_).value_or(DType::float32); }

std::vector<graph::Value> InputLayer::call(CallContext& /*context*/, std::span<const graph::Value> /*inputs*/) const {
    throw Error(name() + " (InputLayer): an input is fed by its model, not computed");
}

Dense::Dense(std::int64_t units, const DenseOptions& options)
    : Layer(make_layer<DenseLayer>(options.name, units, options)) {}

Identity::Identity(const LayerOptions& options) : Layer(make_layer<IdentityLayer>(options.name)) {}

}  // namespace markhor::layers
