// Gradients against central differences: the part of support.hpp that is long enough for a file of its own.
#include "support.hpp"

#include <algorithm>
#include <cmath>

#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"

namespace markhor::ops::test {
namespace {

std::string label_of(std::size_t input) { return "x" + std::to_string(input); }

struct Target {
    graph::Graph graph;
    std::vector<Value> inputs;
    Value target;
};

Target build_target(const Build& build, const std::vector<Tensor>& inputs) {
    Target result;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        result.inputs.push_back(result.graph.placeholder(label_of(i), {inputs[i].dtype(), inputs[i].shape()}));
    }
    const Value y = build(result.graph, result.inputs);
    const Value weights = result.graph.constant(random_doubles(result.graph.spec(y).shape, 99));
    result.target = reduce_all(result.graph, Reduction::sum, multiply(result.graph, y, weights));
    return result;
}

graph::Execution execution_of(graph::Graph graph, const std::vector<Tensor>& inputs) {
    graph::Execution execution(graph::Executable::make(std::move(graph), engine::reference()));
    for (std::size_t i = 0; i < inputs.size(); ++i) execution.feed(label_of(i), inputs[i]);
    return execution;
}

std::vector<Tensor> gradients(const Build& build, const std::vector<Tensor>& inputs,
                              const std::vector<std::size_t>& wanted) {
    Target built = build_target(build, inputs);
    std::vector<Value> values;
    values.reserve(wanted.size());
    for (const std::size_t input : wanted) values.push_back(built.inputs[input]);
    built.graph.set_outputs(graph::differentiate(built.graph, built.target, values));
    graph::Execution execution = execution_of(std::move(built.graph), inputs);
    execution.run();
    std::vector<Tensor> results;
    for (std::size_t i = 0; i < wanted.size(); ++i) results.push_back(execution.output(i).clone());
    return results;
}

}  // namespace

void check_gradient(const Build& build, const std::vector<Tensor>& inputs, double tolerance, std::int64_t sample) {
    constexpr double step = 1e-5;
    std::vector<Tensor> fed;  // copies, whose elements are moved to and fro below
    fed.reserve(inputs.size());
    for (const Tensor& input : inputs) fed.push_back(input.clone());
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].dtype() == DType::float64) wanted.push_back(i);
    }
    const std::vector<Tensor> together = gradients(build, inputs, wanted);

    Target built = build_target(build, inputs);
    built.graph.set_outputs({built.target});
    graph::Execution execution = execution_of(std::move(built.graph), fed);
    const auto target_at = [&](double& element, double value) {
        const double old = element;
        element = value;
        execution.run();
        element = old;
        return execution.output(0).data<double>()[0];
    };
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::size_t input = wanted[i];
        EXPECT_EQ(together[i].shape(), inputs[input].shape());
        EXPECT_EQ(values_of(gradients(build, inputs, {input})[0]), values_of(together[i])) << "alone, input " << input;

        const auto elements = fed[input].data<double>();
        const auto gradient = together[i].data<double>();
        const auto stride = static_cast<std::size_t>(std::max<std::int64_t>(fed[input].size() / sample, 1));
        for (std::size_t at = 0; at < elements.size(); at += stride) {
            const double x = elements[at];
            const double above = target_at(elements[at], x + step);
            const double below = target_at(elements[at], x - step);
            const double difference = (above - below) / (2 * step);
            EXPECT_NEAR(gradient[at], difference, tolerance * std::max(1.0, std::abs(difference)))
                << "input " << input << ", element " << at << " = " << x;
        }
    }
}

}  // namespace markhor::ops::test
