// Dropout.
#include <array>
#include <markhor/error.hpp>
#include <markhor/layers/regularization.hpp>

#include "layers/single_input.hpp"
#include "ops/check.hpp"
#include "ops/random.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

class DropoutLayer final : public SingleInputLayer {
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
        if (!(rate_ >= 0 && rate_ <= 1)) {
            throw ValueError("rate is " + ops::text(rate_) + "; a number from 0 to 1 is wanted");
        }
        for (const std::int64_t size : options_.noise_shape.values()) {
            if (size == None || size > 0) continue;
            throw ValueError("noise_shape is " + text(options_.noise_shape.values()) +
                             "; sizes of at least 1, or None, are wanted");
        }
    }

    Shape output_shape(const Shape& input) const override {
        noise_shape(input);
        return input;
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        if (!context.training || rate_ == 0) return x;
        graph::Graph& graph = context.graph;
        return ops::dropout(graph, x, seed(context), rate_, noise_shape(graph.spec(x).shape), context.next_stream());
    }

private:
    Shape noise_shape(const Shape& input) const {
        if (!options_.noise_shape.is_set()) return input;
        Shape noise(options_.noise_shape.values());
        bool fits = noise.rank() == input.rank();
        for (std::size_t axis = 0; fits && axis < input.rank(); ++axis) {
            if (noise[axis] == None) noise[axis] = input[axis];
            fits = noise[axis] == 1 || noise[axis] == input[axis] || input[axis] == None;
        }
        if (!fits) {
            throw ShapeError("noise_shape is " + text(options_.noise_shape.values()) + "; one that fits the input's shape " +
                             input.str() + ", with 1 where a draw is shared, is wanted");
        }
        return noise;
    }

    /// {seed, step}: with a seed of its own, the layer takes only the step from the run.
    graph::Value seed(CallContext& context) const {
        if (!options_.seed) return context.seed;
        graph::Graph& graph = context.graph;
        const std::array<std::int64_t, 1> own{*options_.seed};
        const graph::Value step = ops::slice(graph, context.seed, {1}, {2});
        return ops::concatenate(graph, {graph.constant(Tensor::from<std::int64_t>({1}, own)), step}, 0);
    }

    double rate_ = 0;
    DropoutOptions options_;
};

const RegisterLayer<DropoutLayer> register_dropout("Dropout");

}  // namespace

Dropout::Dropout(double rate, const DropoutOptions& options) : Layer(make_layer<DropoutLayer>(options.name, rate, options)) {}

}  // namespace markhor::layers
