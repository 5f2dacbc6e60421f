// Where a network's time goes: each op of its planned graph with the algorithm that was chosen, milliseconds, GFLOP/s
// and GB/s.
//
//   profile HEAD train|infer SIZE CHANNELS BATCH [RUNS]     HEAD is flatten, gap or gmp
//
// Times are the fastest of RUNS (default 5).
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <markhor/markhor.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "insight/networks.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace {

namespace keras = markhor;
using markhor::graph::Graph;
using markhor::ops::Value;

keras::Tensor noise(const keras::Shape& shape) {
    keras::Tensor tensor(shape, keras::DType::float32);
    std::uint32_t state = 1;
    for (float& value : tensor.data<float>()) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(state >> 8U) / 16777216.0F;
    }
    return tensor;
}

int run(const std::vector<std::string>& arguments) {
    const bool training = arguments[1] == "train";
    const std::int64_t size = std::stol(arguments[2]), channels = std::stol(arguments[3]),
                       batch = std::stol(arguments[4]);
    const int runs = arguments.size() > 5 ? std::stoi(arguments[5]) : 5;
    auto model = keras::insight::network(keras::insight::head(arguments[0]), {size, size, channels}, 10);
    Graph graph;
    if (training) {
        model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
        graph = model.model_base()->trainer().training_graph(batch, {keras::DType::int32, {batch}});
    } else {
        keras::LoweredModel lowered = keras::lower(*model.model_base(), batch, false);
        graph = std::move(lowered.graph);
    }
    const auto executable = markhor::graph::Executable::make(markhor::graph::optimize(graph), markhor::engine::cpu());
    markhor::graph::Execution execution(executable);
    for (const auto& node : executable->graph().nodes()) {
        const auto* fed = markhor::ops::as<markhor::graph::Placeholder>(*node.op);
        if (fed == nullptr) continue;
        const bool is_image = fed->label == "input_0";
        execution.feed(fed->label,
                       is_image ? noise(fed->spec.shape) : keras::Tensor::zeros(fed->spec.shape, fed->spec.dtype));
    }
    const auto& nodes = executable->graph().nodes();
    std::vector<double> best(nodes.size(), 1e9);
    std::vector<double> totals;
    for (int i = 0; i < runs + 1; ++i) {
        std::vector<double> seconds;
        execution.run_timed(seconds);
        totals.push_back(std::accumulate(seconds.begin(), seconds.end(), 0.0));
        for (std::size_t k = 0; k < seconds.size(); ++k) best[k] = std::min(best[k], seconds[k]);
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (best[i] <= 0) continue;
        std::vector<markhor::ops::TensorSpec> inputs;
        for (const Value input : nodes[i].inputs) inputs.push_back(executable->graph().spec(input));
        const auto cost = nodes[i].op->cost(inputs, nodes[i].outputs);
        std::printf("%8.3f ms %7.1f GFLOP/s %6.1f GB/s  %-26.26s %-30.30s %s %s\n", best[i] * 1e3,
                    cost.flops / best[i] / 1e9, cost.bytes / best[i] / 1e9, std::string(nodes[i].op->name()).c_str(),
                    std::string(executable->algorithm(static_cast<int>(i))).c_str(),
                    nodes[i].outputs[0].shape.str().c_str(), nodes[i].label.c_str());
    }
    const double sum = std::accumulate(best.begin(), best.end(), 0.0);
    std::printf("sum of the fastest %.3f ms; fastest run %.3f ms; %.1f images/s; arena %.1f MB\n", sum * 1e3,
                *std::min_element(totals.begin(), totals.end()) * 1e3,
                static_cast<double>(batch) / *std::min_element(totals.begin(), totals.end()),
                static_cast<double>(executable->arena_bytes()) / 1e6);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 5) {
        std::cerr << "usage: profile HEAD train|infer SIZE CHANNELS BATCH [RUNS]\n";
        return 2;
    }
    try {
        return run(arguments);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
