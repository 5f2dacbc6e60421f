#include "layers/layer_base.hpp"

#include <algorithm>
#include <new>

#include "layers/constraint.hpp"
#include "layers/errors.hpp"
#include "layers/finite_fields.hpp"
#include "layers/pending_weights.hpp"
#include "layers/regularizer.hpp"
#include "ops/elementwise.hpp"
#include "ops/shape_ops.hpp"

namespace markhor {

/// Runs body(); an error in it gets this layer's name in front, unless it has a layer's already.
template <class Body>
auto LayerBase::named(const Body& body) const {
    const auto with_name = [&](const std::string& message) {
        return message.starts_with(name_ + ":") ? message : name_ + " (" + std::string(class_name()) + "): " + message;
    };
    try {
        return body();
    } catch (const Named<ShapeError>&) {
        throw;
    } catch (const Named<ValueError>&) {
        throw;
    } catch (const ShapeError& error) {
        throw Named<ShapeError>(with_name(error.what()));
    } catch (const ValueError& error) {
        throw Named<ValueError>(with_name(error.what()));
    }
}

std::vector<VariablePtr> LayerBase::trainable_weights() const {
    std::vector<VariablePtr> trained;
    if (!trainable_) return trained;
    std::ranges::copy_if(weights_, std::back_inserter(trained),
                         [](const VariablePtr& weight) { return weight->trainable; });
    return trained;
}

void LayerBase::finish_construction(std::string name) {
    name_ = name.empty() ? unique_name(class_name()) : std::move(name);
    named([&] {
        // Weights are stored under names with '/' between their parts.
        if (name_.find('/') != std::string::npos) throw ValueError("the name has a '/' in it; one without is wanted");
        standardize();
        check_finite_fields("", *this);
        check();
    });
}

std::vector<Shape> LayerBase::checked_output_shapes(std::span<const Shape> inputs,
                                                    std::span<const std::string> sources) const {
    return named([&] {
        try {
            return output_shapes(inputs);
        } catch (const MapTooSmall& error) {
            if (sources.size() != 1) throw;
            throw ShapeError(error.with_source(sources[0]));
        }
    });
}

void LayerBase::ensure_built(std::span<const Shape> inputs) {
    if (built_) return;
    try {
        named([&] { build(inputs); });
    } catch (...) {
        weights_.clear();
        regularized_.clear();
        throw;
    }
    build_shapes_.assign(inputs.begin(), inputs.end());
    built_ = true;
}

std::vector<SymbolicTensor> LayerBase::apply(const std::vector<SymbolicTensor>& inputs, const CallOptions& options) {
    std::vector<Shape> shapes;
    std::vector<std::string> sources;
    for (const SymbolicTensor& input : inputs) {
        if (!input.node()) {
            named([] {
                throw ValueError("an input is an empty SymbolicTensor; the output of Input() or of a layer is wanted");
            });
        }
        shapes.push_back(input.shape());
        sources.push_back(input.node()->layer->name());
    }
    auto node = std::make_shared<CallNode>();
    node->output_shapes = checked_output_shapes(shapes, sources);
    ensure_built(shapes);
    node->layer = shared_from_this();
    node->inputs = inputs;
    node->output_dtypes.assign(node->output_shapes.size(), output_dtype());
    node->index = static_cast<int>(calls_.size());
    node->training = options.training;
    calls_.push_back(node);
    std::vector<SymbolicTensor> outputs;
    for (std::size_t i = 0; i < node->output_shapes.size(); ++i) outputs.emplace_back(node, static_cast<int>(i));
    return outputs;
}

std::shared_ptr<const CallNode> LayerBase::first_call() const {
    for (const auto& call : calls_) {
        if (auto node = call.lock()) return node;
    }
    throw ValueError(name_ + " (" + std::string(class_name()) +
                     "): the layer is part of no network: it has no input and output");
}

SymbolicTensor LayerBase::input() const {
    const auto call = first_call();
    return call->inputs.empty() ? SymbolicTensor(call, 0) : call->inputs.front();  // an InputLayer's is its own
}

SymbolicTensor LayerBase::output() const { return {first_call(), 0}; }

std::vector<graph::Value> LayerBase::lower(CallContext& context, std::span<const graph::Value> inputs) const {
    graph::Graph& graph = context.graph;
    const std::string outer = graph.label();
    graph.set_label(name_);
    std::vector<graph::Value> values(inputs.begin(), inputs.end());
    const bool in_bfloat16 = dtype_policy_ == mixed_bfloat16 && follows_own_policy();
    for (graph::Value& value : values) {
        if (graph.spec(value).dtype != DType::float32) value = ops::cast(graph, value, DType::float32);
        if (in_bfloat16) value = ops::rounded(graph, value);
    }
    const bool rounded_before = graph.round_variables(in_bfloat16 && rounds_weights());
    std::vector<graph::Value> outputs = call(context, values);
    graph.round_variables(false);
    for (graph::Value& value : outputs) {
        if (in_bfloat16 && graph.spec(value).dtype == DType::float32) value = ops::rounded(graph, value);
    }
    add_losses(context, outputs);
    graph.round_variables(rounded_before);
    graph.set_label(outer);
    return outputs;
}

void LayerBase::add_losses(CallContext& context, std::span<const graph::Value> outputs) const {
    named([&] {
        for (const graph::Value output : outputs) add_activity_loss(context, activity_regularizer_, output);
        if (!trainable_) return;
        for (const auto& [weight, regularizer] : regularized_) {
            if (!context.regularized.insert(weight.get()).second) continue;
            context.losses.push_back(regularizer.base()->lower(context.graph, context.graph.variable(weight)));
        }
    });
}

void LayerBase::add_activity_loss(CallContext& context, const Regularizer& regularizer, graph::Value output) {
    if (!regularizer) return;
    const Shape shape = context.graph.spec(output).shape;
    const graph::Value penalty = regularizer.base()->lower(context.graph, output);
    const double batch = shape.rank() == 0 ? 1 : static_cast<double>(std::max<std::int64_t>(shape[0], 1));
    context.losses.push_back(ops::unary(context.graph, ops::UnaryKind::scale, penalty, 1 / batch));
}

VariablePtr LayerBase::add_weight(std::string name, const Shape& shape, const Initializer& initializer,
                                  const WeightOptions& options) {
    auto weight = std::make_shared<Variable>();
    weight->path = name_ + "/" + name;
    weight->name = std::move(name);
    weight->trainable = options.trainable;
    weight->constraint = options.constraint.base();
    try {
        if (weight->constraint) weight->constraint->check_weight(shape);
        PendingWeights* pending = PendingWeights::current();
        weight->value = pending ? pending->allocate(shape, options.dtype)
                                : initializer(shape, next_weight_seed()).cast(options.dtype);
    } catch (const std::bad_alloc&) {
        throw ValueError("there is no memory for the weight '" + weight->name + "' of shape " + shape.str());
    } catch (const ShapeError& error) {
        throw ShapeError("the weight '" + weight->name + "': " + error.what());
    } catch (const ValueError& error) {
        throw ValueError("the weight '" + weight->name + "': " + error.what());
    }
    weights_.push_back(weight);
    if (options.regularizer) regularized_.emplace_back(weight, options.regularizer);
    return weight;
}

}  // namespace markhor
