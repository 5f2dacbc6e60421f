// A loss of tensors: its ops as a graph of their own, run once.
#include <numeric>
#include <vector>

#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "training/loss.hpp"

namespace markhor {

Tensor Loss::operator()(const Tensor& targets, const Tensor& predictions, const Tensor& sample_weight) const {
    const Tensor floats = predictions.dtype() == DType::float64 ? predictions : predictions.cast(DType::float32);
    const auto count = floats.shape().rank() == 0 ? std::int64_t{0} : floats.shape()[0];
    graph::Graph graph;
    const auto place = [&](const std::string& label, const Tensor& tensor) {
        return graph.placeholder(label, {tensor.dtype(), tensor.shape()});
    };
    const graph::Value target = place("targets", targets);
    const graph::Value prediction = place("predictions", floats);
    const graph::Value weight = sample_weight.defined() ? place("sample_weight", sample_weight) : graph::Value{};
    graph.set_outputs({base_->lower(graph, target, prediction, weight)});

    std::vector<std::int64_t> items(static_cast<std::size_t>(count));
    std::iota(items.begin(), items.end(), 0);
    base_->check_targets(targets, floats.shape(), items);
    graph::Execution execution(graph::Executable::make(std::move(graph), engine::cpu()));
    execution.feed("targets", targets);
    execution.feed("predictions", floats);
    if (sample_weight.defined()) execution.feed("sample_weight", sample_weight);
    execution.run();
    return execution.output(0).clone();
}

}  // namespace markhor
