// Ops written as the formulas they are: the steps of optimizers read as in the papers.
#pragma once

#include "graph/graph.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"

namespace markhor {

/// A value of a graph in a formula. Scalars meet arrays by broadcasting.
class Term {
public:
    Term(graph::Graph& graph, graph::Value value) : graph_(&graph), value_(value) {}
    operator graph::Value() const { return value_; }  // NOLINT(google-explicit-constructor)

    friend Term operator+(Term a, Term b) { return {*a.graph_, ops::add(*a.graph_, a, b)}; }
    friend Term operator-(Term a, Term b) { return {*a.graph_, ops::subtract(*a.graph_, a, b)}; }
    friend Term operator*(Term a, Term b) { return {*a.graph_, ops::multiply(*a.graph_, a, b)}; }
    friend Term operator/(Term a, Term b) { return {*a.graph_, ops::divide(*a.graph_, a, b)}; }
    friend Term operator*(double a, Term b) { return b.unary(ops::UnaryKind::scale, a, 0); }
    friend Term operator+(Term a, double b) { return a.unary(ops::UnaryKind::scale, 1, b); }
    friend Term operator-(Term a) { return a.unary(ops::UnaryKind::negate); }

    friend Term square(Term a) { return a.unary(ops::UnaryKind::square); }
    friend Term sqrt(Term a) { return a.unary(ops::UnaryKind::sqrt); }
    friend Term abs(Term a) { return a.unary(ops::UnaryKind::absolute); }
    friend Term clip(Term a, double low, double high) { return a.unary(ops::UnaryKind::clip, low, high); }
    /// a^power for a >= 0.
    friend Term pow(Term a, double power) {
        if (power == 0.5) return sqrt(a);
        return (power * a.unary(ops::UnaryKind::log)).unary(ops::UnaryKind::exponential);
    }
    friend Term max(Term a, Term b) { return {*a.graph_, ops::binary(*a.graph_, ops::BinaryKind::maximum, a, b)}; }
    friend Term max(Term a, double b) {
        return max(a, Term(*a.graph_, a.graph_->constant(Tensor::full({}, static_cast<float>(b)))));
    }
    /// -1, 0 or 1 (for numbers that are not denormal).
    friend Term sign(Term a) { return a / max(abs(a), 1.2e-38); }
    friend Term sum(Term a) { return {*a.graph_, ops::reduce_all(*a.graph_, ops::Reduction::sum, a)}; }
    friend Term mean(Term a) { return {*a.graph_, ops::reduce_all(*a.graph_, ops::Reduction::mean, a)}; }
    friend Term mean(Term a, int axis, bool keepdims) {
        return {*a.graph_, ops::reduce(*a.graph_, ops::Reduction::mean, a, {axis}, keepdims)};
    }
    const Shape& shape() const { return graph_->spec(value_).shape; }

private:
    Term unary(ops::UnaryKind kind, double a = 0, double b = 0) const {
        return {*graph_, ops::unary(*graph_, kind, value_, a, b)};
    }

    graph::Graph* graph_;
    graph::Value value_;
};

}  // namespace markhor
