// An inference graph for one example as C++ statements over three arrays: `w` holds the weights, `a` what is computed
// in between, and inputs and outputs are the caller's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "export/inference_graph.hpp"
#include "export/op_rules.hpp"
#include "export/stretches.hpp"
#include "ops/elementwise.hpp"

namespace markhor::exporting {

/// A float that reads back as itself: "1.5F".
std::string cpp_number(float value);
/// A function of one element as an expression of v.
std::string cpp_unary(const ops::Unary& op);

class CppProgram {
public:
    /// Throws ValueError naming the layer whose op or type cannot be written.
    explicit CppProgram(const InferenceGraph& source);

    const std::string& statements() const noexcept { return statements_; }
    const std::vector<float>& weights() const noexcept { return weights_; }
    /// Floats that `a` needs.
    std::size_t arena() const noexcept { return stretches_.peak(); }

    // For the rules.
    const Shape& shape(graph::Value value) const { return source_.graph().spec(value).shape; }
    bool is_constant(graph::Value value) const { return source_.is_constant(value); }
    const Tensor& constant(graph::Value value) const { return source_.constant(value); }
    /// Where the value lies: "a + 128", "w + 32", "input".
    std::string place(graph::Value value);
    std::string weights(const Tensor& values);
    void statement(const std::string& function, const std::vector<std::string>& arguments);

private:
    void write(std::size_t node);
    void find_last_uses();
    void allocate(std::size_t node);
    void release(std::size_t node);
    graph::Value root(graph::Value value) const;

    using Key = std::pair<int, int>;

    const InferenceGraph& source_;
    std::string statements_;
    std::string label_;          // of the layer at hand
    std::string written_label_;  // of the last comment
    std::vector<float> weights_;
    std::map<Key, std::string> places_;  // of inputs, and of constants once written
    Stretches stretches_;
    std::map<Key, std::size_t> offsets_;  // of what lies in the arena now
    std::optional<Key> taken_over_;       // whose place the op at hand has: not free yet
    std::map<Key, std::size_t> last_use_;
};

using CppRule = void (*)(CppProgram&, const graph::Node&, graph::Value result);
/// Null where there is no kernel for the op.
CppRule cpp_rule(const ops::Op& op);

}  // namespace markhor::exporting
