// Rescaling and Normalization: each element times a number, plus a number.
#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/layers/preprocessing.hpp>

#include "layers/single_input.hpp"
#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

using ops::UnaryKind;

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

void check_finite(const char* what, const Numbers& numbers) {
    for (const double value : numbers.values()) {
        if (std::isfinite(value)) continue;
        throw ValueError(std::string(what) + " is " + ops::text(value) + "; finite numbers are wanted");
    }
}

Tensor floats(const std::vector<double>& values, const Shape& shape) {
    return Tensor::from<double>(shape, values).cast(DType::float32);
}

class RescalingLayer final : public SingleInputLayer {
public:
    RescalingLayer() = default;
    RescalingLayer(Numbers scale, Numbers offset) : scale_(std::move(scale)), offset_(std::move(offset)) {}
    std::string_view class_name() const override { return "Rescaling"; }
    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        for (const auto& [what, numbers] : {std::pair("scale", &scale_), std::pair("offset", &offset_)}) {
            const auto count = static_cast<std::int64_t>(numbers->values().size());
            if (count <= 1 || (input.rank() > 0 && (input.back() == count || input.back() == None))) continue;
            throw ShapeError(std::string(what) + " has " + std::to_string(count) +
                             " numbers; an input with as many along its last axis is wanted and " + input.str() +
                             " came");
        }
        return input;
    }

    void describe(FieldVisitor& visitor) override {
        visitor.field("scale", scale_);
        visitor.field("offset", offset_);
    }

    void check() const override {
        check_finite("scale", scale_);
        check_finite("offset", offset_);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const std::vector<double>& scale = scale_.values();
        const std::vector<double>& offset = offset_.values();
        if (scale.size() <= 1 && offset.size() <= 1) {
            return ops::unary(graph, UnaryKind::scale, x, scale.empty() ? 1 : scale[0], offset.empty() ? 0 : offset[0]);
        }
        const auto along_last = [&](const std::vector<double>& values, double none) {
            return graph.constant(values.empty() ? Tensor::full({1}, static_cast<float>(none))
                                                 : floats(values, {static_cast<std::int64_t>(values.size())}));
        };
        return ops::add(graph, ops::multiply(graph, x, along_last(scale, 1)), along_last(offset, 0));
    }

private:
    Numbers scale_ = 1.0;
    Numbers offset_ = 0.0;
};

class NormalizationLayer final : public SingleInputLayer {
public:
    explicit NormalizationLayer(const NormalizationOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "Normalization"; }
    bool has_build() const override { return true; }

    void describe(FieldVisitor& visitor) override {
        visitor.open_sizes("axis", options_.axis);
        visitor.field("invert", options_.invert);
        visitor.field("mean", options_.mean);
        visitor.field("variance", options_.variance);
    }

    void check() const override {
        if (options_.mean.values().size() != options_.variance.values().size()) {
            throw ValueError("mean has " + std::to_string(options_.mean.values().size()) +
                             " numbers and variance has " + std::to_string(options_.variance.values().size()) +
                             "; as many of both, or neither, are wanted");
        }
        check_finite("mean", options_.mean);
        check_finite("variance", options_.variance);
        for (const double variance : options_.variance.values()) check_at_least("variance", variance, 0.0);
    }

    Shape output_shape(const Shape& input) const override {
        const Shape kept = kept_shape(input);
        if (!kept.is_known()) {
            throw ShapeError("the sizes of axis " + text(options_.axis.values()) +
                             " must be known; an input of shape " + input.str() + " came");
        }
        if (built() && mean_ && mean_->value.shape() != kept) {
            throw ShapeError("was built for sizes of " + text(mean_->value.shape().dims()) + " along axis " +
                             text(options_.axis.values()) + "; an input of shape " + input.str() + " came");
        }
        const auto count = static_cast<std::int64_t>(options_.mean.values().size());
        if (count > 1 && count != kept.elements() && (kept.rank() == 0 || count != kept.back())) {
            throw ShapeError("mean has " + std::to_string(count) +
                             " numbers; as many as the input has places along axis " + text(options_.axis.values()) +
                             " are wanted and one of shape " + input.str() + " came");
        }
        return input;
    }

    void build_for(const Shape& input) override {
        if (options_.mean.is_set()) return;
        const Shape kept = kept_shape(input);
        mean_ = add_weight("mean", kept, "zeros", {.trainable = false});
        variance_ = add_weight("variance", kept, "ones", {.trainable = false});
        add_weight("count", {}, "zeros", {.dtype = DType::int32, .trainable = false});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const Shape input = graph.spec(x).shape;
        const graph::Value mean = spread(graph, mean_, options_.mean, input);
        const graph::Value variance = spread(graph, variance_, options_.variance, input);
        const graph::Value deviation = ops::unary(graph, UnaryKind::clip, ops::unary(graph, UnaryKind::sqrt, variance),
                                                  epsilon, std::numeric_limits<double>::infinity());
        if (options_.invert) return ops::add(graph, ops::multiply(graph, x, deviation), mean);
        return ops::divide(graph, ops::subtract(graph, x, mean), deviation);
    }

    void adapt(const Tensor& data) {
        if (options_.mean.is_set()) throw ValueError(name() + ": adapt() came; mean and variance were given already");
        const std::vector<Shape> shapes{data.shape()};
        checked_output_shapes(shapes);
        if (data.size() == 0) throw ValueError(name() + ": adapt() was given no data; at least one example is wanted");
        ensure_built(shapes);
        const Tensor values = data.cast(DType::float64);
        const Shape kept = broadcast_shape(data.shape());
        const auto places = static_cast<std::size_t>(kept.elements());
        std::vector<double> mean(places, 0);
        std::vector<double> variance(places, 0);
        const std::vector<std::size_t> place = places_of(data.shape());
        const double share = static_cast<double>(places) / static_cast<double>(data.size());
        const auto x = values.data<double>();
        for (std::size_t i = 0; i < x.size(); ++i) mean[place[i]] += x[i] * share;
        for (std::size_t i = 0; i < x.size(); ++i)
            variance[place[i]] += (x[i] - mean[place[i]]) * (x[i] - mean[place[i]]) * share;
        std::ranges::copy(mean, mean_->value.data<float>().begin());
        std::ranges::copy(variance, variance_->value.data<float>().begin());
    }

private:
    Shape kept_shape(const Shape& input) const {
        Shape kept;
        for (const int axis : axes_in(input, options_.axis)) kept.push_back(input[static_cast<std::size_t>(axis)]);
        return kept;
    }

    /// 1 where an axis is averaged over.
    Shape broadcast_shape(const Shape& input) const {
        Shape shape(std::vector<std::int64_t>(input.rank(), 1));
        for (const int axis : axes_in(input, options_.axis)) {
            shape[static_cast<std::size_t>(axis)] = input[static_cast<std::size_t>(axis)];
        }
        return shape;
    }

    /// For each element of `input`, the index of its statistics.
    std::vector<std::size_t> places_of(const Shape& input) const {
        const Shape kept = broadcast_shape(input);
        std::vector<std::size_t> places(static_cast<std::size_t>(input.elements()));
        for (std::size_t i = 0; i < places.size(); ++i) {
            auto rest = static_cast<std::int64_t>(i);
            std::int64_t stride = 1;
            std::int64_t place = 0;
            for (std::size_t axis = input.rank(); axis-- > 0;) {
                if (kept[axis] > 1) place += rest % input[axis] * stride;
                stride *= kept[axis];
                rest /= input[axis];
            }
            places[i] = static_cast<std::size_t>(place);
        }
        return places;
    }

    /// The weight, or the given numbers, with axes of size 1 where they are shared.
    graph::Value spread(graph::Graph& graph, const VariablePtr& weight, const Numbers& given,
                        const Shape& input) const {
        if (weight) return ops::reshape(graph, graph.variable(weight), broadcast_shape(input));
        const std::vector<double>& values = given.values();
        Shape shape(std::vector<std::int64_t>(input.rank(), 1));
        if (values.size() == 1) return graph.constant(floats(values, shape));
        const Shape kept = broadcast_shape(input);
        if (static_cast<std::int64_t>(values.size()) == kept.elements()) return graph.constant(floats(values, kept));
        const auto last = static_cast<std::size_t>(axes_in(input, options_.axis).back());
        shape[last] = input[last];
        return graph.constant(floats(values, shape));
    }

    NormalizationOptions options_;
    VariablePtr mean_;
    VariablePtr variance_;
};

const RegisterLayer<RescalingLayer> register_rescaling("Rescaling");
const RegisterLayer<NormalizationLayer> register_normalization("Normalization");

}  // namespace

Rescaling::Rescaling(Numbers scale, const RescalingOptions& options)
    : Layer(make_layer<RescalingLayer>(options.name, std::move(scale), options.offset)) {}

Normalization::Normalization(const NormalizationOptions& options)
    : Layer(make_layer<NormalizationLayer>(options.name, options)) {}

Normalization::Normalization(const Layer& layer) : Layer(layer) {
    if (dynamic_cast<NormalizationLayer*>(base().get()) != nullptr) return;
    throw ValueError(name() + " (" + class_name() + "): a Normalization layer is wanted");
}

void Normalization::adapt(const Tensor& data) { dynamic_cast<NormalizationLayer&>(*base()).adapt(data); }

}  // namespace markhor::layers
