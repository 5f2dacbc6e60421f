#include "export/cpp_program.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <markhor/error.hpp>

#include "core/text.hpp"

namespace markhor::exporting {

std::string cpp_number(float value) {
    if (std::isinf(value)) return std::string(value < 0 ? "-" : "") + "std::numeric_limits<float>::infinity()";
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    std::string text(digits.begin(), end);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text + "F";
}

CppProgram::CppProgram(const InferenceGraph& source) : source_(source) {
    const graph::Graph& graph = source.graph();
    const auto check = [&](graph::Value value, const std::string& what) {
        const DType dtype = graph.spec(value).dtype;
        if (dtype == DType::float32) return;
        throw ValueError(what + " is of type " + std::string(name_of(dtype)) + "; C++ is written for float32 alone");
    };
    find_last_uses();
    for (std::size_t i = 0; i < source.inputs().size(); ++i) {
        check(source.inputs()[i], "the input " + source.input_names()[i]);
        places_[{source.inputs()[i].node, 0}] = source.inputs().size() == 1 ? "input" : "input_" + std::to_string(i);
    }
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
        const graph::Value result{static_cast<int>(i), 0};
        if (is_constant(result) || ops::as<graph::Placeholder>(*graph.nodes()[i].op) != nullptr) continue;
        check(result, graph.nodes()[i].label + ": a value");
        write(i);
    }
    label_ = "the end";
    for (std::size_t i = 0; i < source.outputs().size(); ++i) {
        const graph::Value output = source.outputs()[i];
        const std::string from = place(output);
        statement("std::copy", {from, from + " + " + std::to_string(shape(output).elements()),
                                source.outputs().size() == 1 ? "output" : "output_" + std::to_string(i)});
    }
}

void CppProgram::write(std::size_t index) {
    const graph::Node& node = source_.graph().nodes()[index];
    const bool view = node.op->is_view();
    if (!view) {
        const CppRule rule = cpp_rule(*node.op);
        if (rule == nullptr) {
            throw ValueError(node.label + ": there is no C++ to write for " + std::string(node.op->name()));
        }
        allocate(index);
        label_ = node.label;
        rule(*this, node, {static_cast<int>(index), 0});
    }
    release(index);
}

// A view lies where its input lies.
graph::Value CppProgram::root(graph::Value value) const {
    for (;;) {
        const graph::Node& node = source_.graph().nodes()[static_cast<std::size_t>(value.node)];
        if (!node.op->is_view() || is_constant(value)) return value;
        value = node.inputs[0];
    }
}

void CppProgram::find_last_uses() {
    const std::vector<graph::Node>& nodes = source_.graph().nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const graph::Value input : nodes[i].inputs) last_use_[{root(input).node, root(input).output}] = i;
    }
    for (const graph::Value output : source_.outputs()) {
        last_use_[{root(output).node, root(output).output}] = nodes.size();
    }
}

void CppProgram::allocate(std::size_t index) {
    const auto result = static_cast<int>(index);
    if (const graph::Node& node = source_.graph().nodes()[index]; ops::as<ops::Unary>(*node.op) != nullptr) {
        const graph::Value input = root(node.inputs[0]);  // whose memory it takes over, if it is the last to read it
        const auto offset = offsets_.find({input.node, input.output});
        if (offset != offsets_.end() && last_use_.at(offset->first) == index) {
            offsets_[{result, 0}] = offset->second;
            taken_over_ = offset->first;
            return;
        }
    }
    offsets_[{result, 0}] = stretches_.take(static_cast<std::size_t>(shape({result, 0}).elements()));
}

void CppProgram::release(std::size_t index) {
    std::erase_if(offsets_, [&](const auto& entry) {
        const auto last = last_use_.find(entry.first);
        const bool ends = last == last_use_.end() || last->second == index;
        if (ends && entry.first != taken_over_) stretches_.give_back(entry.second);
        return ends;
    });
    taken_over_.reset();
}

std::string CppProgram::place(graph::Value value) {
    value = root(value);
    const Key key{value.node, value.output};
    if (const auto offset = offsets_.find(key); offset != offsets_.end()) {
        return "a + " + std::to_string(offset->second);
    }
    std::string& place = places_[key];
    if (place.empty()) place = weights(constant(value));
    return place;
}

std::string CppProgram::weights(const Tensor& values) {
    const std::size_t at = weights_.size();
    const Tensor floats = values.cast(DType::float32);
    const std::span<const float> data = floats.data<float>();
    weights_.insert(weights_.end(), data.begin(), data.end());
    return "w + " + std::to_string(at);
}

void CppProgram::statement(const std::string& function, const std::vector<std::string>& arguments) {
    if (label_ != written_label_) statements_ += "        // " + text::cpp_comment(label_) + "\n";
    written_label_ = label_;
    statements_ += "        " + function + "(";
    for (std::size_t i = 0; i < arguments.size(); ++i) statements_ += (i > 0 ? ", " : "") + arguments[i];
    statements_ += ");\n";
}

}  // namespace markhor::exporting
