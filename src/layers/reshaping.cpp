// Flatten, Reshape, Permute and RepeatVector.
#include <algorithm>
#include <markhor/error.hpp>
#include <markhor/layers/reshaping.hpp>

#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

class FlattenLayer final : public SingleInputLayer {
public:
    explicit FlattenLayer(const FlattenOptions& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "Flatten"; }
    void describe(FieldVisitor& visitor) override { visitor.field("data_format", options_.data_format); }
    void check() const override { check_data_format(options_.data_format); }
    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        std::int64_t features = 1;
        for (std::size_t axis = 1; axis < input.rank(); ++axis) features = product(features, input[axis]);
        return {input[0], features};
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        if (graph.spec(x).shape.rank() > 2) x = to_channels_last(graph, x, options_.data_format);
        return ops::reshape(graph, x, output_shape(graph.spec(x).shape));
    }

private:
    FlattenOptions options_;
};

class ReshapeLayer final : public SingleInputLayer {
public:
    ReshapeLayer() = default;
    explicit ReshapeLayer(Ints target_shape) : target_shape_(std::move(target_shape)) {}
    std::string_view class_name() const override { return "Reshape"; }
    void describe(FieldVisitor& visitor) override { visitor.open_sizes("target_shape", target_shape_); }

    void check() const override {
        int open = 0;
        for (const std::int64_t size : target_shape_.values()) {
            if (size == -1) {
                ++open;
            } else if (size < 0) {
                refuse("; sizes of at least 0, or -1 for what is left over, are wanted");
            }
        }
        if (open > 1) refuse("; at most one -1 is wanted");
    }

    Shape output_shape(const Shape& input) const override {
        Shape output(target_shape_.values());
        std::int64_t given = 1;
        for (const std::int64_t size : output) given = size == -1 ? given : product(given, size);
        std::int64_t wanted = 1;
        for (std::size_t axis = 1; axis < input.rank(); ++axis) wanted = product(wanted, input[axis]);
        for (std::size_t axis = 0; axis < output.rank(); ++axis) {
            if (output[axis] != -1) continue;
            if (wanted == None) return output.with_batch(input[0]);
            if (given == 0 || wanted % given != 0) mismatch(input);
            output[axis] = wanted / given;
            return output.with_batch(input[0]);
        }
        if (wanted != None && wanted != given) mismatch(input);
        return output.with_batch(input[0]);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return ops::reshape(context.graph, x, output_shape(context.graph.spec(x).shape));
    }

private:
    // Not text(): here -1 is no None.
    std::string target() const {
        std::string list;
        for (const std::int64_t size : target_shape_.values())
            list += (list.empty() ? "" : ", ") + std::to_string(size);
        return "(" + list + (target_shape_.values().size() == 1 ? ",)" : ")");
    }
    [[noreturn]] void refuse(const std::string& wanted) const {
        throw ValueError("target_shape is " + target() + wanted);
    }
    [[noreturn]] void mismatch(const Shape& input) const {
        throw ShapeError("target_shape is " + target() + "; one with as many elements as the input of shape " +
                         input.str() + " has without its batch axis is wanted");
    }

    Ints target_shape_;
};

class PermuteLayer final : public SingleInputLayer {
public:
    PermuteLayer() = default;
    explicit PermuteLayer(Ints dims) : dims_(std::move(dims)) {}
    std::string_view class_name() const override { return "Permute"; }
    void describe(FieldVisitor& visitor) override { visitor.field("dims", dims_); }

    void check() const override {
        std::vector<std::int64_t> sorted = dims_.values();
        std::ranges::sort(sorted);
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            if (sorted[i] == static_cast<std::int64_t>(i) + 1) continue;
            throw ValueError("dims is " + text(dims_.values()) + "; the axes from 1 on, each once, are wanted");
        }
    }

    Shape output_shape(const Shape& input) const override {
        if (input.rank() != dims_.values().size() + 1) {
            throw ShapeError("dims is " + text(dims_.values()) +
                             "; an input of as many axes besides the batch's is wanted and " + input.str() + " came");
        }
        Shape output{input[0]};
        for (const std::int64_t axis : dims_.values()) output.push_back(input[static_cast<std::size_t>(axis)]);
        return output;
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        std::vector<int> permutation{0};
        for (const std::int64_t axis : dims_.values()) permutation.push_back(static_cast<int>(axis));
        return ops::transpose(context.graph, x, std::move(permutation));
    }

private:
    Ints dims_;
};

class RepeatVectorLayer final : public SingleInputLayer {
public:
    explicit RepeatVectorLayer(std::int64_t n = 1) : n_(n) {}
    std::string_view class_name() const override { return "RepeatVector"; }
    void describe(FieldVisitor& visitor) override { visitor.field("n", n_); }
    void check() const override { check_at_least("n", n_); }

    Shape output_shape(const Shape& input) const override {
        if (input.rank() != 2) throw ShapeError("takes an input of shape (batch, features); " + input.str() + " came");
        return {input[0], n_, input[1]};
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        const Shape shape = output_shape(context.graph.spec(x).shape);
        return context.graph.add1(std::make_shared<ops::BroadcastTo>(shape, std::vector<int>{1}), {x});
    }

private:
    std::int64_t n_;
};

const RegisterLayer<FlattenLayer> register_flatten("Flatten");
const RegisterLayer<ReshapeLayer> register_reshape("Reshape");
const RegisterLayer<PermuteLayer> register_permute("Permute");
const RegisterLayer<RepeatVectorLayer> register_repeat_vector("RepeatVector");

}  // namespace

Flatten::Flatten(const FlattenOptions& options) : Layer(make_layer<FlattenLayer>(options.name, options)) {}

Reshape::Reshape(Ints target_shape, const LayerOptions& options)
    : Layer(make_layer<ReshapeLayer>(options.name, std::move(target_shape))) {}

Permute::Permute(Ints dims, const LayerOptions& options)
    : Layer(make_layer<PermuteLayer>(options.name, std::move(dims))) {}

RepeatVector::RepeatVector(std::int64_t n, const LayerOptions& options)
    : Layer(make_layer<RepeatVectorLayer>(options.name, n)) {}

}  // namespace markhor::layers
