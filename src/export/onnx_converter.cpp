#include "export/onnx_converter.hpp"

#include <algorithm>
#include <markhor/error.hpp>
#include <numeric>

namespace markhor::exporting {
namespace {

std::vector<std::int64_t> wide(const std::vector<int>& values) { return {values.begin(), values.end()}; }

}  // namespace

std::vector<int> to_first(std::size_t rank) {
    std::vector<int> axes(rank);
    std::iota(axes.begin(), axes.end(), 0);
    std::rotate(axes.begin() + 1, axes.end() - 1, axes.end());
    return axes;
}

std::vector<int> to_last(std::size_t rank) {
    std::vector<int> axes(rank);
    std::iota(axes.begin(), axes.end(), 0);
    std::rotate(axes.begin() + 1, axes.begin() + 2, axes.end());
    return axes;
}

void OnnxConverter::convert() {
    const graph::Graph& graph = source_.graph();
    for (std::size_t i = 0; i < source_.inputs().size(); ++i) {
        const graph::Value input = source_.inputs()[i];
        const std::string name = file_.unique(source_.input_names()[i]);
        file_.input(name, shape(input), graph.spec(input).dtype);
        set(input, Layout::last, name);
    }
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
        const graph::Node& node = graph.nodes()[i];
        const graph::Value result{static_cast<int>(i), 0};
        if (is_constant(result) || ops::as<graph::Placeholder>(*node.op) != nullptr) continue;
        label_ = node.label;
        const OnnxRule rule = onnx_rule(*node.op);
        if (rule == nullptr) {
            throw ValueError(node.label + ": ONNX has no operator for " + std::string(node.op->name()));
        }
        rule(*this, node, result);
    }
    for (std::size_t i = 0; i < source_.outputs().size(); ++i) {
        const graph::Value output = source_.outputs()[i];
        label_ = "outputs";
        const std::string name = file_.unique(source_.output_names()[i]);
        file_.node("Identity", {this->name(output)}, name);
        file_.output(name, shape(output), graph.spec(output).dtype);
    }
}

bool OnnxConverter::has(graph::Value value, Layout layout) const {
    const auto found = names_.find({value.node, value.output});
    return found != names_.end() && found->second.contains(layout);
}

void OnnxConverter::set(graph::Value value, Layout layout, const std::string& name) {
    names_[{value.node, value.output}][rank(value) < 3 ? Layout::last : layout] = name;
}

std::string OnnxConverter::name(graph::Value value, Layout layout) {
    if (rank(value) < 3) layout = Layout::last;
    if (has(value, layout)) return names_[{value.node, value.output}][layout];
    if (is_constant(value)) return constant_name(value, rank(value), layout);
    const bool first = layout == Layout::first;
    const std::string there = name(value, first ? Layout::last : Layout::first);
    std::string written =
        emit("Transpose", {there}, {{"perm", wide(first ? to_first(rank(value)) : to_last(rank(value)))}});
    set(value, layout, written);
    return written;
}

std::string OnnxConverter::constant_name(graph::Value value, std::size_t rank, Layout layout) {
    const Tensor& held = constant(value);
    const bool first = layout == Layout::first && rank >= 3;
    std::vector<std::int64_t> dims(rank - held.shape().rank(), 1);
    dims.insert(dims.end(), held.shape().begin(), held.shape().end());
    const std::string key = "constant " + std::to_string(value.node) + "." + std::to_string(value.output) + " " +
                            Shape(dims).str() + (first ? " first" : "");
    std::string& name = shared_[key];
    if (name.empty()) {
        const graph::Node& node = source_.graph().nodes()[static_cast<std::size_t>(value.node)];
        const auto* const read = ops::as<graph::VariableRead>(*node.op);
        const Tensor shaped = held.reshaped(Shape(dims));
        name = file_.unique(read != nullptr ? read->variable->path : node.label + "/constant");
        file_.initializer(name, first ? transposed(shaped, to_first(rank)) : shaped);
    }
    return name;
}

std::string OnnxConverter::emit(const std::string& type, const std::vector<std::string>& inputs,
                                const std::vector<OnnxAttribute>& attributes) {
    std::string name = file_.unique(label_ + "/" + type);
    file_.node(type, inputs, name, attributes);
    return name;
}

std::string OnnxConverter::tensor(const std::string& label, const Tensor& value) {
    std::string name = file_.unique(label_ + "/" + label);
    file_.initializer(name, value);
    return name;
}

std::string OnnxConverter::scalar(double value, DType dtype) {
    const auto number = static_cast<float>(value);
    std::string& name =
        shared_[std::string(name_of(dtype)) + " " + std::to_string(std::bit_cast<std::uint32_t>(number))];
    if (name.empty()) {
        name = file_.unique("scalar");
        file_.initializer(name, Tensor::full({}, number).cast(dtype));
    }
    return name;
}

std::string OnnxConverter::integers(const std::vector<std::int64_t>& values) {
    const Shape shape{static_cast<std::int64_t>(values.size())};
    std::string& name = shared_["integers " + Shape(values).str()];
    if (name.empty()) {
        name = file_.unique("integers");
        file_.initializer(name, Tensor::from(shape, values));
    }
    return name;
}

}  // namespace markhor::exporting
