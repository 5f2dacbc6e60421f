#include "layers/activations.hpp"

#include <limits>
#include <map>
#include <markhor/error.hpp>
#include <numeric>
#include <utility>

#include "ops/elementwise.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"

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

Value relu_above(Builder& b, Value x, double threshold) {
    return ops::unary(b, UnaryKind::relu, x, std::numeric_limits<double>::infinity(), 0, threshold);
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

Value hard_silu(Builder& b, Value x) { return ops::multiply(b, x, ops::unary(b, UnaryKind::hard_sigmoid, x)); }

Value hard_tanh(Builder& b, Value x) { return ops::unary(b, UnaryKind::clip, x, -1, 1); }

Value tanh_shrink(Builder& b, Value x) { return ops::subtract(b, x, ops::unary(b, UnaryKind::tanh, x)); }

// x beyond ±1/2, else 0.
Value hard_shrink(Builder& b, Value x) {
    return ops::subtract(b, relu_above(b, x, 0.5), relu_above(b, ops::unary(b, UnaryKind::negate, x), 0.5));
}

// What is left of |x| after 1/2 is taken off, with x's sign.
Value soft_shrink(Builder& b, Value x) {
    return ops::subtract(b, ops::relu(b, scaled(b, x, 1, -0.5)), ops::relu(b, scaled(b, x, -1, -0.5)));
}

// (x + sqrt(x² + 4)) / 2
Value squareplus(Builder& b, Value x) {
    const Value root = ops::unary(b, UnaryKind::sqrt, scaled(b, ops::unary(b, UnaryKind::square, x), 1, 4));
    return scaled(b, ops::add(b, x, root), 0.5);
}

// 0 up to -1, (x + 1)² / 4 up to 1, x beyond.
Value sparse_plus(Builder& b, Value x) {
    const Value middle = ops::unary(b, UnaryKind::square, ops::unary(b, UnaryKind::clip, scaled(b, x, 1, 1), 0, 2));
    return ops::add(b, scaled(b, middle, 0.25), ops::relu(b, scaled(b, x, 1, -1)));
}

Value sparse_sigmoid(Builder& b, Value x) { return ops::unary(b, UnaryKind::clip, scaled(b, x, 0.5, 0.5), 0, 1); }

const std::map<std::string, Function>& functions() {
    static const std::map<std::string, Function> table = {
        {"celu", elu},  // the same for alpha = 1
        {"elu", elu},
        {"exponential", plain<UnaryKind::exponential>},
        {"gelu", plain<UnaryKind::gelu>},
        {"hard_shrink", hard_shrink},
        {"hard_sigmoid", plain<UnaryKind::hard_sigmoid>},
        {"hard_silu", hard_silu},
        {"hard_swish", hard_silu},
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
        {"sparse_plus", sparse_plus},
        {"sparse_sigmoid", sparse_sigmoid},
        {"squareplus", squareplus},
        {"swish", plain<UnaryKind::silu>},
        {"tanh", plain<UnaryKind::tanh>},
        {"tanh_shrink", tanh_shrink},
    };
    return table;
}

}  // namespace

void check_activation(const std::string& what, const std::string& name) {
    if (functions().contains(name)) return;
    std::string known;
    for (const auto& [key, function] : functions()) known += (known.empty() ? "" : ", ") + key;
    throw ValueError(what + " is \"" + name + "\"; one of " + known + " is wanted");
}

ops::Value activate(ops::Builder& builder, const std::string& name, ops::Value x) {
    return functions().at(name)(builder, x);
}

ops::Value softmax_along(ops::Builder& builder, ops::Value x, std::size_t axis) {
    const std::size_t rank = builder.spec(x).shape.rank();
    if (axis + 1 == rank) return ops::softmax(builder, x);
    std::vector<int> swapped(rank);  // its own inverse
    std::iota(swapped.begin(), swapped.end(), 0);
    std::swap(swapped[axis], swapped.back());
    return ops::transpose(builder, ops::softmax(builder, ops::transpose(builder, x, swapped)), swapped);
}

}  // namespace markhor::layers
