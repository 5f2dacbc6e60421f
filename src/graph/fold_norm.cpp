// Batch normalization folded into what reads it, in a training step.
//
// y = s x + t with s = gamma / sqrt(variance + epsilon), t = beta - s mean, N numbers a channel. A convolution without
// padding, z = conv(y, w) + b, is conv(x, s w) + b + sum w t. With dw' and db the gradients of its kernel and bias
// there:
//   dw    = s dw' + t db                       (t and s go with the kernel's input channels)
//   dbeta = sum w db, dgamma = (sum w dw' - mean dbeta) / sqrt(variance + epsilon)
//   dx    = conv'(dz, s w) + a x + c, a = -s dgamma / (N sqrt(variance + epsilon)), c = -s dbeta / N - a mean
// A mean over all positions is such a convolution with kernels of 1 / positions, a channel by itself.
#include <algorithm>
#include <optional>

#include "graph/passes.hpp"
#include "graph/rewriter.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/normalization.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::graph {
namespace {

// A normalization that can be folded: nodes by number, -1 where there is none.
struct Found {
    int norm = -1, forward = -1, weights = -1, input = -1, gradient = -1;
};

bool is_valid(const ops::Convolution& conv) {
    return conv.groups == 1 && conv.window.pad_before == ops::Spatial{} && conv.window.pad_after == ops::Spatial{} &&
           !conv.tail.adds;
}

// All positions of an image (batch, …, channels).
bool is_global_mean(const ops::Reduce& reduce, const Shape& image) {
    return reduce.kind == ops::Reduction::mean && reduce.axes.size() + 2 == image.rank() &&
           std::ranges::count(reduce.axes, 0) == 0 &&
           std::ranges::count(reduce.axes, static_cast<int>(image.rank()) - 1) == 0;
}

class Finder {
public:
    explicit Finder(const Graph& graph) : graph_(graph), uses_(count_uses(graph)), readers_(graph.nodes().size()) {
        for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
            for (const Value input : graph.nodes()[static_cast<std::size_t>(i)].inputs) {
                readers_[static_cast<std::size_t>(input.node)].push_back({i, input.output});
            }
        }
    }

    std::optional<Found> of(int norm) const {
        const auto* op = as<ops::BatchNormTraining>(norm);
        if (op == nullptr) return std::nullopt;
        Found found{.norm = norm};
        for (const auto& [node, output] : readers_[static_cast<std::size_t>(norm)]) {
            if (as<ops::BatchNormTrainingGradient>(node) != nullptr) {  // reads the mean and the variance
                const bool is_other = found.gradient >= 0 && found.gradient != node;
                if (is_other || output == 0) return std::nullopt;
                found.gradient = node;
            } else if (output == 0 && !take_reader(node, found)) {
                return std::nullopt;
            }
        }
        if (found.forward < 0 || found.gradient < 0) return std::nullopt;
        // The upstream gradient is the convolution's own, and nothing else reads it.
        const Value upstream = node(found.gradient).inputs[0];
        if (uses_of(uses_, upstream) != 1) return std::nullopt;
        found.input = upstream.node;
        if (as<ops::Convolution>(found.forward) != nullptr) {
            const auto* dx = as<ops::ConvolutionInputGradient>(found.input);
            const bool agrees = dx != nullptr && dx->fusion == ops::GradientFusion{} && found.weights >= 0 &&
                                found.weights < found.gradient &&
                                node(found.input).inputs[0] == node(found.weights).inputs[1] &&
                                node(found.input).inputs[1] == node(found.forward).inputs[1];
            return agrees ? std::optional(found) : std::nullopt;
        }
        const auto* spread = as<ops::BroadcastTo>(found.input);
        const auto& reduce = *as<ops::Reduce>(found.forward);
        return spread != nullptr && spread->axes == reduce.axes ? std::optional(found) : std::nullopt;
    }

private:
    const Node& node(int index) const { return graph_.nodes()[static_cast<std::size_t>(index)]; }
    template <class T>
    const T* as(int index) const {
        return ops::as<T>(*node(index).op);
    }

    // A reader of y: the convolution, its kernel's gradient, or the mean; each once.
    bool take_reader(int reader, Found& found) const {
        if (const auto* conv = as<ops::Convolution>(reader)) {
            if (found.forward >= 0 || !is_valid(*conv) || node(reader).inputs[0].node != found.norm) return false;
            found.forward = reader;
            return uses_of(uses_, {found.norm, 0}) == 2;
        }
        if (as<ops::ConvolutionWeightGradient>(reader) != nullptr) {
            if (found.weights >= 0 || node(reader).inputs[0].node != found.norm) return false;
            found.weights = reader;
            return true;
        }
        const auto* reduce = as<ops::Reduce>(reader);
        if (reduce == nullptr || !is_global_mean(*reduce, node(found.norm).outputs[0].shape)) return false;
        found.forward = reader;
        return uses_of(uses_, {found.norm, 0}) == 1;
    }

    const Graph& graph_;
    std::vector<std::vector<int>> uses_;
    std::vector<std::vector<std::pair<int, int>>> readers_;  // [node]: who reads it, and which output
};

// Values of the new graph that the parts of one normalization share.
struct Folded {
    Value x, mean, inverse, scale, shift;  // (channels,)
    Value kernel, scaled_kernel;           // the convolution's
    Value kernel_gradient, bias_gradient;  // of the folded convolution
    Value upstream;                        // of the mean: dz
    Value average;                         // the mean of x
};

class Folding {
public:
    explicit Folding(const Graph& graph) : graph_(graph), role_(graph.nodes().size()) {
        const Finder finder(graph);
        for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
            const auto found = finder.of(i);
            if (!found) continue;
            found_.push_back(*found);
            for (const int member : {found->norm, found->forward, found->weights, found->gradient}) {
                if (member >= 0) role_[static_cast<std::size_t>(member)] = static_cast<int>(found_.size());
            }
        }
        folded_.resize(found_.size());
    }

    bool rewrite(Rewriter& rewriter, int i, const Node& node) {
        const int role = role_[static_cast<std::size_t>(i)];
        if (role == 0) return false;
        const Found& found = found_[static_cast<std::size_t>(role - 1)];
        Folded& folded = folded_[static_cast<std::size_t>(role - 1)];
        rewriter.label_as(node);
        if (i == found.norm) begin(rewriter, i, node, folded);
        if (i == found.forward) forward(rewriter, i, node, folded);
        if (i == found.weights) weights(rewriter, i, node, folded);
        if (i == found.gradient) gradient(rewriter, i, node, found, folded);
        return true;
    }

private:
    static Value by_row(Graph& to, Value channels) {
        return ops::reshape(to, channels, {to.spec(channels).shape[0], 1});
    }
    // The sum over all axes but the one of the kernel's input channels.
    static Value sum_by_row(Graph& to, Value kernel) {
        const auto rank = static_cast<int>(to.spec(kernel).shape.rank());
        std::vector<int> axes;
        for (int axis = 0; axis < rank; ++axis) {
            if (axis != rank - 2) axes.push_back(axis);
        }
        return ops::reduce(to, ops::Reduction::sum, kernel, axes);
    }

    static void begin(Rewriter& rewriter, int i, const Node& node, Folded& folded) {
        Graph& to = rewriter.to();
        const std::vector<Value> inputs = rewriter.inputs(node);
        const std::vector<Value> results = to.add(node.op, inputs);  // for its statistics
        rewriter.map(i, results);
        folded.x = inputs[0];
        folded.mean = results[1];
        const double epsilon = ops::as<ops::BatchNormTraining>(*node.op)->epsilon;
        const Value variance = ops::unary(to, ops::UnaryKind::scale, results[2], 1.0, epsilon);
        folded.inverse = ops::unary(to, ops::UnaryKind::reciprocal, ops::unary(to, ops::UnaryKind::sqrt, variance));
        folded.scale = ops::multiply(to, inputs[1], folded.inverse);
        folded.shift = ops::subtract(to, inputs[2], ops::multiply(to, folded.scale, folded.mean));
    }

    static void forward(Rewriter& rewriter, int i, const Node& node, Folded& folded) {
        Graph& to = rewriter.to();
        const auto* conv = ops::as<ops::Convolution>(*node.op);
        if (conv == nullptr) {
            folded.average = to.add1(node.op, {folded.x});
            rewriter.map(i, {ops::add(to, ops::multiply(to, folded.average, folded.scale), folded.shift)});
            return;
        }
        folded.kernel = rewriter[node.inputs[1]];
        folded.scaled_kernel = ops::multiply(to, folded.kernel, by_row(to, folded.scale));
        const Value shifted = ops::multiply(to, folded.kernel, by_row(to, folded.shift));
        std::vector<int> all_but_last(to.spec(shifted).shape.rank() - 1);
        for (std::size_t axis = 0; axis < all_but_last.size(); ++axis) all_but_last[axis] = static_cast<int>(axis);
        Value bias = ops::reduce(to, ops::Reduction::sum, shifted, all_but_last);
        if (conv->has_bias) bias = ops::add(to, bias, rewriter[node.inputs[2]]);
        const auto op = std::make_shared<ops::Convolution>(conv->window, conv->groups, true, conv->tail);
        rewriter.map(i, to.add(op, {folded.x, folded.scaled_kernel, bias}));
    }

    static void weights(Rewriter& rewriter, int i, const Node& node, Folded& folded) {
        Graph& to = rewriter.to();
        const auto* dw = ops::as<ops::ConvolutionWeightGradient>(*node.op);
        const auto op = std::make_shared<ops::ConvolutionWeightGradient>(dw->window, dw->groups, true, dw->kernel_shape,
                                                                         dw->unpools);
        std::vector<Value> inputs = rewriter.inputs(node);
        inputs[0] = folded.x;
        const std::vector<Value> results = to.add(op, std::move(inputs));
        folded.kernel_gradient = results[0];
        folded.bias_gradient = results[1];
        const Value scaled = ops::multiply(to, results[0], by_row(to, folded.scale));
        const Value outer = ops::multiply(to, by_row(to, folded.shift), results[1]);
        rewriter.map(i, {ops::add(to, scaled, outer), results[1]});
    }

    void gradient(Rewriter& rewriter, int i, const Node& node, const Found& found, const Folded& folded) const {
        Graph& to = rewriter.to();
        const Shape image = to.spec(folded.x).shape;
        const double count = static_cast<double>(image.elements()) / static_cast<double>(image.back());
        const Node& source = graph_.nodes()[static_cast<std::size_t>(found.input)];
        const auto* dx = ops::as<ops::ConvolutionInputGradient>(*source.op);
        Value upstream, dbeta, product;
        if (dx != nullptr) {
            dbeta = sum_by_row(to, ops::multiply(to, folded.kernel, folded.bias_gradient));
            product = sum_by_row(to, ops::multiply(to, folded.kernel, folded.kernel_gradient));
        } else {
            upstream = ops::reshape(to, rewriter[source.inputs[0]], {image[0], image.back()});
            const Value average = ops::reshape(to, folded.average, {image[0], image.back()});
            dbeta = ops::reduce(to, ops::Reduction::sum, upstream, {0});
            product = ops::reduce(to, ops::Reduction::sum, ops::multiply(to, upstream, average), {0});
        }
        const Value centred = ops::subtract(to, product, ops::multiply(to, folded.mean, dbeta));
        const Value dgamma = ops::multiply(to, centred, folded.inverse);
        const Value minus_share = ops::unary(to, ops::UnaryKind::scale, folded.scale, -1 / count);
        const Value factor = ops::multiply(to, ops::multiply(to, minus_share, dgamma), folded.inverse);
        const Value shift =
            ops::subtract(to, ops::multiply(to, minus_share, dbeta), ops::multiply(to, factor, folded.mean));
        Value result;
        if (dx != nullptr) {
            const auto op = std::make_shared<ops::ConvolutionInputGradient>(dx->window, dx->groups, dx->input_shape,
                                                                            ops::GradientFusion{.adds_line = true});
            result = to.add1(op, {rewriter[source.inputs[0]], folded.scaled_kernel, folded.x, factor, shift});
        } else {
            const double share = ops::as<ops::BroadcastTo>(*source.op)->scale;
            const Value scaled =
                ops::unary(to, ops::UnaryKind::scale, ops::multiply(to, upstream, folded.scale), share);
            Shape spread(std::vector<std::int64_t>(image.rank(), 1));
            spread[0] = image[0];
            spread[image.rank() - 1] = image.back();
            const Value constant = ops::reshape(to, ops::add(to, scaled, shift), spread);
            result = ops::add(to, ops::multiply(to, folded.x, factor), constant);
        }
        rewriter.label_as(node);
        rewriter.map(i, {result, dgamma, dbeta});
    }

    const Graph& graph_;
    std::vector<int> role_;  // [node]: 1 + its normalization's index; 0: none
    std::vector<Found> found_;
    std::vector<Folded> folded_;
};

}  // namespace

Graph fold_training_norm(const Graph& graph) {
    Folding folding(graph);
    return rewritten(graph,
                     [&](Rewriter& rewriter, int i, const Node& node) { return folding.rewrite(rewriter, i, node); });
}

}  // namespace markhor::graph
