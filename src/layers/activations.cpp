#include "layers/activations.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <markhor/error.hpp>
#include <span>
#include <utility>

#include "ops/elementwise.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"
#include "ops/sparsemax.hpp"

namespace markhor::layers {
namespace {

using ops::Builder;
using ops::UnaryKind;
using ops::Value;

using Function = Value (*)(Builder&, Value);

template <UnaryKind Kind>
Value plain(Builder& b, Value x) {
    return ops::unary(b, Kind, x);
}

Value scaled(Builder& b, Value x, double factor, double offset = 0) {
    return ops::unary(b, UnaryKind::scale, x, factor, offset);
}

Value linear(Builder& /*b*/, Value x) { return x; }

Value relu6(Builder& b, Value x) { return ops::unary(b, UnaryKind::relu, x, 6); }

Value leaky_relu(Builder& b, Value x) {
    return ops::unary(b, UnaryKind::relu, x, std::numeric_limits<double>::infinity(), 0.2);
}

Value elu(Builder& b, Value x) { return ops::unary(b, UnaryKind::elu, x, 1); }

Value hard_tanh(Builder& b, Value x) { return ops::unary(b, UnaryKind::clip, x, -1, 1); }

Value tanh_shrink(Builder& b, Value x) { return ops::subtract(b, x, ops::unary(b, UnaryKind::tanh, x)); }

Value celu(Builder& b, Value x) { return ops::unary(b, UnaryKind::celu, x, 1); }

Value hard_shrink(Builder& b, Value x) { return ops::unary(b, UnaryKind::hard_shrink, x, 0.5); }

Value soft_shrink(Builder& b, Value x) { return ops::unary(b, UnaryKind::soft_shrink, x, 0.5); }

// (x + sqrt(x² + 4)) / 2
Value squareplus(Builder& b, Value x) {
    const Value root = ops::unary(b, UnaryKind::sqrt, scaled(b, ops::unary(b, UnaryKind::square, x), 1, 4));
    return scaled(b, ops::add(b, x, root), 0.5);
}

// The first half along the last axis, times the sigmoid of the second.
Value glu(Builder& b, Value x) {
    const Shape whole = b.spec(x).shape;
    const std::size_t last = whole.rank() - 1;
    std::vector<std::int64_t> zero(whole.rank(), 0);
    std::vector<std::int64_t> second = zero;
    std::vector<std::int64_t> middle = whole.dims();
    second[last] = middle[last] = whole[last] / 2;
    const Value gate = ops::unary(b, UnaryKind::sigmoid, ops::slice(b, x, second, whole.dims()));
    return ops::multiply(b, ops::slice(b, x, std::move(zero), std::move(middle)), gate);
}

const std::map<std::string, Function>& functions() {
    static const std::map<std::string, Function> table = {
        {"celu", celu},
        {"elu", elu},
        {"exponential", plain<UnaryKind::exponential>},
        {"gelu", plain<UnaryKind::gelu>},
        {"glu", glu},
        {"hard_shrink", hard_shrink},
        {"hard_sigmoid", plain<UnaryKind::hard_sigmoid>},
        {"hard_silu", plain<UnaryKind::hard_silu>},
        {"hard_swish", plain<UnaryKind::hard_silu>},
        {"hard_tanh", hard_tanh},
        {"leaky_relu", leaky_relu},
        {"linear", linear},
        {"log_sigmoid", plain<UnaryKind::log_sigmoid>},
        {"log_softmax", ops::log_softmax},
        {"mish", plain<UnaryKind::mish>},
        {"relu", ops::relu},
        {"relu6", relu6},
        {"selu", plain<UnaryKind::selu>},
        {"sigmoid", plain<UnaryKind::sigmoid>},
        {"silu", plain<UnaryKind::silu>},
        {"soft_shrink", soft_shrink},
        {"softmax", ops::softmax},
        {"softplus", plain<UnaryKind::softplus>},
        {"softsign", plain<UnaryKind::softsign>},
        {"sparse_plus", plain<UnaryKind::sparse_plus>},
        {"sparse_sigmoid", plain<UnaryKind::sparse_sigmoid>},
        {"sparsemax", ops::sparsemax},
        {"squareplus", squareplus},
        {"swish", plain<UnaryKind::silu>},
        {"tanh", plain<UnaryKind::tanh>},
        {"tanh_shrink", tanh_shrink},
    };
    return table;
}

}  // namespace

void check_activation(const std::string& what, const ActivationFunction& activation) {
    if (const auto& layer = activation.layer()) {
        if (!layer->has_build()) return;
        throw ValueError(what + " is the layer '" + layer->name() + "' (" + std::string(layer->class_name()) +
                         "), which is built for its inputs; a function or a layer without "
                         "a build is wanted");
    }
    if (functions().contains(activation.name())) return;
    std::string known;
    for (const auto& [key, function] : functions()) known += (known.empty() ? "" : ", ") + key;
    throw ValueError(what + " is \"" + activation.name() + "\"; one of " + known + " is wanted");
}

ops::Value activate(CallContext& context, const ActivationFunction& activation, ops::Value x) {
    if (activation.layer()) return activation.layer()->lower(context, std::span(&x, 1)).front();
    return functions().at(activation.name())(context.graph, x);
}

Shape activated_shape(const ActivationFunction& activation, Shape shape) {
    if (activation.layer()) return activation.layer()->checked_output_shapes(std::span(&shape, 1)).front();
    if (activation.name() != "glu") return shape;
    if (shape.rank() == 0 || shape.back() == None || shape.back() % 2 != 0) {
        throw ShapeError("glu halves the last axis; one of even size is wanted and a shape of " + shape.str() +
                         " came");
    }
    shape[shape.rank() - 1] /= 2;
    return shape;
}

ops::Value softmax_along(ops::Builder& builder, ops::Value x, const std::vector<int>& axes) {
    const Shape shape = builder.spec(x).shape;
    const auto rank = static_cast<int>(shape.rank());
    if (axes.size() == 1 && axes[0] + 1 == rank) return ops::softmax(builder, x);
    std::vector<int> order;  // the axes last
    for (int axis = 0; axis < rank; ++axis) {
        if (std::ranges::find(axes, axis) == axes.end()) order.push_back(axis);
    }
    std::int64_t row = 1;
    std::int64_t rows = 1;
    for (const int axis : order) rows *= shape[static_cast<std::size_t>(axis)];
    for (const int axis : axes) row *= shape[static_cast<std::size_t>(axis)];
    order.insert(order.end(), axes.begin(), axes.end());
    std::vector<int> back(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) back[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
    const Value moved = ops::transpose(builder, x, order);
    const Shape moved_shape = builder.spec(moved).shape;
    const Value y = ops::softmax(builder, ops::reshape(builder, moved, {rows, row}));
    return ops::transpose(builder, ops::reshape(builder, y, moved_shape), back);
}

}  // namespace markhor::layers
