// A graph of ops for one batch size: nodes in the order they were added (which is a valid order to run them in), the
// variables it reads, the ones it updates, and what it returns.
#pragma once

#include <markhor/variable.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ops/op.hpp"

namespace markhor::graph {

using ops::TensorSpec;
using ops::Value;

/// A value fed anew for each run.
class Placeholder final : public ops::Op {
public:
    Placeholder(std::string label, TensorSpec spec) : label(std::move(label)), spec(std::move(spec)) {}
    std::string_view name() const override { return "placeholder"; }
    std::string attributes() const override { return label; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec>) const override { return {spec}; }

    const std::string label;
    const TensorSpec spec;
};

/// A variable's value at the start of the run.
class VariableRead final : public ops::Op {
public:
    explicit VariableRead(VariablePtr variable) : variable(std::move(variable)) {}
    std::string_view name() const override { return "variable"; }
    std::string attributes() const override { return variable->path; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec>) const override {
        return {{variable->value.dtype(), variable->value.shape()}};
    }

    const VariablePtr variable;
};

class Constant final : public ops::Op {
public:
    explicit Constant(Tensor value) : value(std::move(value)) {}
    std::string_view name() const override { return "constant"; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec>) const override {
        return {{value.dtype(), value.shape()}};
    }

    const Tensor value;
};

struct Node {
    ops::OpPtr op;
    std::vector<Value> inputs;
    std::vector<TensorSpec> outputs;
    std::string label;  // the layer it was made for; empty for none
};

/// After the run, the variable holds the value.
struct Assignment {
    VariablePtr variable;
    Value value;
};

class Graph final : public ops::Builder {
public:
    Value placeholder(const std::string& label, TensorSpec spec);
    /// The same node for the same variable each time; its value rounded to bfloat16 while round_variables(true) holds.
    Value variable(const VariablePtr& variable);
    /// Whether float32 variables are read as bfloat16 has them from now on; returns what held before.
    bool round_variables(bool rounds) { return std::exchange(rounds_variables_, rounds); }
    Value constant(Tensor value) override;
    std::vector<Value> add(ops::OpPtr op, std::vector<Value> inputs) override;
    const TensorSpec& spec(Value value) const override;
    const ops::Op& producer(Value value) const override;
    std::span<const Value> producer_inputs(Value value) const override;

    void assign(VariablePtr variable, Value value);
    void set_outputs(std::vector<Value> outputs);

    const std::vector<Node>& nodes() const noexcept { return nodes_; }
    const std::vector<Assignment>& assignments() const noexcept { return assignments_; }
    const std::vector<Value>& outputs() const noexcept { return outputs_; }
    /// Ops added from now on carry this label in plans, profiles and errors.
    void set_label(std::string label) { label_ = std::move(label); }
    const std::string& label() const noexcept { return label_; }

    /// One line a node, for reading and for tests.
    std::string str() const;

private:
    std::vector<Node> nodes_;
    std::vector<Assignment> assignments_;
    std::vector<Value> outputs_;
    std::vector<std::pair<const Variable*, Value>> variables_;
    std::string label_;
    bool rounds_variables_ = false;
};

/// The value whose memory a value is: itself, or the source of a chain of views.
Value memory_of(const Graph& graph, Value value);

/// Adds the ops that compute d(target)/d(value) for each of `values` (same dtype and shape as the value; zeros where
/// the target does not depend on it). `target` is a scalar.
std::vector<Value> differentiate(Graph& graph, Value target, std::span<const Value> values);

}  // namespace markhor::graph
