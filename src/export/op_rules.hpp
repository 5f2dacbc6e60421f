// Which function writes which op: a table for each form that networks are exported in.
#pragma once

#include <initializer_list>
#include <typeindex>
#include <unordered_map>
#include <utility>

#include "graph/graph.hpp"

namespace markhor::exporting {

/// `Rule` is a pointer to a function.
template <class Rule>
class OpRules {
public:
    using Entry = std::pair<const std::type_index, Rule>;
    template <class OpType>
    static Entry of(Rule rule) {
        return {typeid(OpType), rule};
    }

    OpRules(std::initializer_list<Entry> rules) : rules_(rules) {}
    /// Null where there is none for the op.
    Rule find(const ops::Op& op) const {
        const auto found = rules_.find(typeid(op));
        return found == rules_.end() ? nullptr : found->second;
    }

private:
    std::unordered_map<std::type_index, Rule> rules_;
};

/// The op of a node that a rule of its class was found for.
template <class OpType>
const OpType& op_of(const graph::Node& node) {
    return static_cast<const OpType&>(*node.op);
}

}  // namespace markhor::exporting
