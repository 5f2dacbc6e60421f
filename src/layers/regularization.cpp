// Dropout and its kin, and ActivityRegularization.
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/layers/regularization.hpp>
#include <markhor/regularizers.hpp>

#include "layers/seeded.hpp"
#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/random.hpp"

namespace markhor::layers {
namespace {

using ops::UnaryKind;

/// `open`: 1 itself is refused.
void check_fraction(const char* what, double value, bool open = false) {
    if (value >= 0 && (open ? value < 1 : value <= 1)) return;
    throw ValueError(std::string(what) + " is " + ops::text(value) + "; a number from 0 to " + (open ? "below " : "") +
                     "1 is wanted");
}

void check_noise_shape(const Ints& noise_shape) {
    for (const std::int64_t size : noise_shape.values()) {
        if (size == None || size > 0) continue;
        throw ValueError("noise_shape is " + text(noise_shape.values()) + "; sizes of at least 1, or None, are wanted");
    }
}

Shape noise_shape_for(const Shape& input, const Ints& wanted) {
    if (!wanted.is_set()) return input;
    Shape noise(wanted.values());
    bool fits = noise.rank() == input.rank();
    for (std::size_t axis = 0; fits && axis < input.rank(); ++axis) {
        if (noise[axis] == None) noise[axis] = input[axis];
        fits = noise[axis] == 1 || noise[axis] == input[axis] || input[axis] == None;
    }
    if (!fits) {
        throw ShapeError("noise_shape is " + text(wanted.values()) + "; one that fits the input's shape " +
                         input.str() + ", with 1 where a draw is shared, is wanted");
    }
    return noise;
}

/// Layers that do something in training alone.
class NoiseLayer : public SingleInputLayer {
public:
    bool training_defaults_to_false() const override { return true; }
};

class DropoutLayer final : public NoiseLayer {
public:
    DropoutLayer() = default;
    DropoutLayer(double rate, const DropoutOptions& options) : rate_(rate), options_(options) {}

    std::string_view class_name() const override { return "Dropout"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("rate", rate_);
        visitor.field("seed", options_.seed);
        visitor.field("noise_shape", options_.noise_shape);
    }

    void check() const override {
        check_fraction("rate", rate_);
        check_noise_shape(options_.noise_shape);
    }

    Shape output_shape(const Shape& input) const override {
        noise_shape_for(input, options_.noise_shape);
        return input;
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        if (!context.training || rate_ == 0) return x;
        graph::Graph& graph = context.graph;
        return ops::dropout(graph, x, seed_of(context, options_.seed), rate_,
                            noise_shape_for(graph.spec(x).shape, options_.noise_shape), context.next_stream());
    }

private:
    double rate_ = 0;
    DropoutOptions options_;
};

template <int Rank>
class SpatialDropoutLayer final : public NoiseLayer {
public:
    SpatialDropoutLayer() = default;
    SpatialDropoutLayer(double rate, const SpatialDropoutOptions& options) : rate_(rate), options_(options) {}

    std::string_view class_name() const override {
        return Rank == 1 ? "SpatialDropout1D" : Rank == 2 ? "SpatialDropout2D" : "SpatialDropout3D";
    }

    void describe(FieldVisitor& visitor) override {
        visitor.field("rate", rate_);
        visitor.field("seed", options_.seed);
        if constexpr (Rank > 1) visitor.field("data_format", options_.data_format);
    }

    bool has_trainable_argument() const override { return false; }

    void check() const override {
        check_fraction("rate", rate_);
        check_data_format(options_.data_format);
    }

    Shape output_shape(const Shape& input) const override {
        channels_last(input, Rank, options_.data_format);  // refuses another rank
        return input;
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        if (!context.training || rate_ == 0) return x;
        graph::Graph& graph = context.graph;
        Shape shared = channels_last(graph.spec(x).shape, Rank, options_.data_format);
        for (std::size_t axis = 1; axis <= Rank; ++axis) shared[axis] = 1;
        return ops::dropout(graph, x, seed_of(context, options_.seed), rate_, in_format(shared, options_.data_format),
                            context.next_stream());
    }

private:
    double rate_ = 0;
    SpatialDropoutOptions options_;
};

class GaussianDropoutLayer final : public NoiseLayer {
public:
    GaussianDropoutLayer() = default;
    GaussianDropoutLayer(double rate, const NoiseOptions& options) : rate_(rate), options_(options) {}
    std::string_view class_name() const override { return "GaussianDropout"; }
    Shape output_shape(const Shape& input) const override { return input; }
    void check() const override { check_fraction("rate", rate_, true); }

    void describe(FieldVisitor& visitor) override {
        visitor.field("rate", rate_);
        visitor.field("seed", options_.seed);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        if (!context.training || rate_ == 0) return x;
        graph::Graph& graph = context.graph;
        const graph::Value normal = ops::noise(graph, ops::NoiseKind::normal, seed_of(context, options_.seed),
                                               graph.spec(x).shape, context.next_stream());
        const double deviation = std::sqrt(rate_ / (1 - rate_));
        return ops::multiply(graph, x, ops::unary(graph, UnaryKind::scale, normal, deviation, 1));
    }

private:
    double rate_ = 0;
    NoiseOptions options_;
};

class GaussianNoiseLayer final : public NoiseLayer {
public:
    GaussianNoiseLayer() = default;
    GaussianNoiseLayer(double stddev, const NoiseOptions& options) : stddev_(stddev), options_(options) {}
    std::string_view class_name() const override { return "GaussianNoise"; }
    Shape output_shape(const Shape& input) const override { return input; }
    void check() const override { check_fraction("stddev", stddev_); }

    void describe(FieldVisitor& visitor) override {
        visitor.field("stddev", stddev_);
        visitor.field("seed", options_.seed);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        if (!context.training || stddev_ == 0) return x;
        graph::Graph& graph = context.graph;
        const graph::Value normal = ops::noise(graph, ops::NoiseKind::normal, seed_of(context, options_.seed),
                                               graph.spec(x).shape, context.next_stream());
        return ops::add(graph, x, ops::unary(graph, UnaryKind::scale, normal, stddev_));
    }

private:
    double stddev_ = 0;
    NoiseOptions options_;
};

class AlphaDropoutLayer final : public NoiseLayer {
public:
    AlphaDropoutLayer() = default;
    AlphaDropoutLayer(double rate, const DropoutOptions& options) : rate_(rate), options_(options) {}
    std::string_view class_name() const override { return "AlphaDropout"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("rate", rate_);
        visitor.field("seed", options_.seed);
        visitor.field("noise_shape", options_.noise_shape);
    }

    void check() const override {
        check_fraction("rate", rate_, true);
        check_noise_shape(options_.noise_shape);
    }

    Shape output_shape(const Shape& input) const override {
        noise_shape_for(input, options_.noise_shape);
        return input;
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        if (!context.training || rate_ == 0) return x;
        graph::Graph& graph = context.graph;
        const Shape noise = noise_shape_for(graph.spec(x).shape, options_.noise_shape);
        // Dropout of ones: 1 / (1 - rate) where an element is kept, 0 where it is dropped.
        const graph::Value kept = ops::dropout(graph, graph.constant(Tensor::full(noise, 1)),
                                               seed_of(context, options_.seed), rate_, noise, context.next_stream());
        constexpr double limit = -1.6732632423543772 * 1.0507009873554805;  // of selu, downwards
        const double a = 1 / std::sqrt((1 - rate_) * (1 + rate_ * limit * limit));
        const double b = -a * limit * rate_;
        // a (x kept + limit (1 - kept)) + b
        const graph::Value factor = ops::unary(graph, UnaryKind::scale, kept, a * (1 - rate_));
        const graph::Value offset = ops::unary(graph, UnaryKind::scale, kept, -a * limit * (1 - rate_), a * limit + b);
        return ops::add(graph, ops::multiply(graph, x, factor), offset);
    }

private:
    double rate_ = 0;
    DropoutOptions options_;
};

class ActivityRegularizationLayer final : public SingleInputLayer {
public:
    explicit ActivityRegularizationLayer(const ActivityRegularizationOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "ActivityRegularization"; }
    Shape output_shape(const Shape& input) const override { return input; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("l1", options_.l1);
        visitor.field("l2", options_.l2);
    }

    void check() const override { regularizers::L1L2({.l1 = options_.l1, .l2 = options_.l2}); }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        add_activity_loss(context, regularizers::L1L2({.l1 = options_.l1, .l2 = options_.l2}), x);
        return x;
    }

private:
    ActivityRegularizationOptions options_;
};

const RegisterLayer<DropoutLayer> register_dropout("Dropout");
const RegisterLayer<SpatialDropoutLayer<1>> register_spatial_dropout1d("SpatialDropout1D");
const RegisterLayer<SpatialDropoutLayer<2>> register_spatial_dropout2d("SpatialDropout2D");
const RegisterLayer<SpatialDropoutLayer<3>> register_spatial_dropout3d("SpatialDropout3D");
const RegisterLayer<GaussianDropoutLayer> register_gaussian_dropout("GaussianDropout");
const RegisterLayer<GaussianNoiseLayer> register_gaussian_noise("GaussianNoise");
const RegisterLayer<AlphaDropoutLayer> register_alpha_dropout("AlphaDropout");
const RegisterLayer<ActivityRegularizationLayer> register_activity_regularization("ActivityRegularization");

}  // namespace

Dropout::Dropout(double rate, const DropoutOptions& options)
    : Layer(make_layer<DropoutLayer>(options.name, rate, options)) {}

template <int Rank>
SpatialDropout<Rank>::SpatialDropout(double rate, const SpatialDropoutOptions& options)
    : Layer(make_layer<SpatialDropoutLayer<Rank>>(options.name, rate, options)) {}

template class SpatialDropout<1>;
template class SpatialDropout<2>;
template class SpatialDropout<3>;

GaussianDropout::GaussianDropout(double rate, const NoiseOptions& options)
    : Layer(make_layer<GaussianDropoutLayer>(options.name, rate, options)) {}

GaussianNoise::GaussianNoise(double stddev, const NoiseOptions& options)
    : Layer(make_layer<GaussianNoiseLayer>(options.name, stddev, options)) {}

AlphaDropout::AlphaDropout(double rate, const DropoutOptions& options)
    : Layer(make_layer<AlphaDropoutLayer>(options.name, rate, options)) {}

ActivityRegularization::ActivityRegularization(const ActivityRegularizationOptions& options)
    : Layer(make_layer<ActivityRegularizationLayer>(options.name, options)) {}

}  // namespace markhor::layers
