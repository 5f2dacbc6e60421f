// Where a network's time goes: each op of its planned graph with the algorithm that was chosen, milliseconds, GFLOP/s
// and GB/s.
//
//   profile HEAD train|infer SIZE CHANNELS BATCH [RUNS]     HEAD is flatten or gap
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
#include "model/model_base.hpp"
#include "ops/reduction.hpp"
#include "ops/softmax.hpp"
#include "ops/update.hpp"

namespace {

namespace keras = markhor;
using namespace markhor::layers;
using markhor::graph::Graph;
using markhor::ops::Value;

keras::Sequential network(const std::string& head, const keras::Shape& shape) {
    keras::Sequential model({
        keras::Input(shape),
        Conv2D(32, {3, 3}, {.activation = "relu"}),
        Conv2D(32, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}, {.strides = {2, 2}}),
        BatchNormalization(),
        Conv2D(64, {3, 3}, {.activation = "relu"}),
        Conv2D(64, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}, {.strides = {2, 2}}),
        BatchNormalization(),
    });
    if (head == "flatten") {
        model.add(Flatten());
        model.add(Dropout(0.3));
        model.add(Dense(64, {.activation = "relu"}));
        model.add(Dense(32, {.activation = "relu"}));
    } else {
        model.add(GlobalAveragePooling2D());
        model.add(Dropout(0.3));
    }
    model.add(Dense(10, {.activation = "softmax"}));
    return model;
}

// The step that fit() runs: forward, loss, gradients, Adam.
void add_training(keras::LoweredModel& lowered, const markhor::ModelBase& model, std::int64_t batch) {
    using namespace markhor::ops;
    Graph& graph = lowered.graph;
    const Value target = graph.placeholder("target", {keras::DType::int32, {batch}});
    const Value alpha = graph.placeholder("alpha", {keras::DType::float32, {}});
    const Value logits = graph.producer_inputs(lowered.outputs[0])[0];
    const Value loss = reduce(graph, Reduction::mean, softmax_cross_entropy(graph, logits, target, true), {0});
    const auto weights = model.trainable_weights();
    std::vector<Value> values;
    values.reserve(weights.size());
    for (const auto& weight : weights) values.push_back(graph.variable(weight));
    const auto gradients = markhor::graph::differentiate(graph, loss, values);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const auto slot = [&](const char* name) {
            return std::make_shared<markhor::Variable>(
                markhor::Variable{.name = name,
                                  .path = weights[i]->path + name,
                                  .value = keras::Tensor::zeros(weights[i]->value.shape())});
        };
        const auto m = slot("/m");
        const auto v = slot("/v");
        const auto next = graph.add(std::make_shared<AdamStep>(0.9, 0.999, 1e-7),
                                    {values[i], graph.variable(m), graph.variable(v), gradients[i], alpha});
        graph.assign(weights[i], next[0]);
        graph.assign(m, next[1]);
        graph.assign(v, next[2]);
    }
    graph.set_outputs({loss});
}

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
    auto model = network(arguments[0], {size, size, channels});
    keras::LoweredModel lowered = keras::lower(*model.model_base(), batch, training);
    if (training) {
        add_training(lowered, *model.model_base(), batch);
    } else {
        lowered.graph.set_outputs(lowered.outputs);
    }
    const auto executable =
        markhor::graph::Executable::make(markhor::graph::optimize(lowered.graph), markhor::engine::cpu());
    markhor::graph::Execution execution(executable);
    execution.feed("input_0", noise({batch, size, size, channels}));
    if (training) {
        execution.feed("target", keras::Tensor::zeros({batch}, keras::DType::int32));
        execution.feed("alpha", keras::Tensor::full({}, 1e-4F));
        execution.feed("seed", keras::Tensor::zeros({2}, keras::DType::int64));
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
