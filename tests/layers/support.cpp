#include "layers/support.hpp"

#include <array>
#include <fstream>

#include "formats/config.hpp"
#include "graph/executable.hpp"
#include "layers/layer_base.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "support/paths.hpp"

namespace markhor::layers::test {

Layer layer_from(const std::string& class_name, nlohmann::json config) {
    return Layer(formats::layer_from_config({{"class_name", class_name}, {"config", std::move(config)}}));
}

LayerRun run_layer(const Layer& layer, const std::vector<Tensor>& inputs, const graph::Engine& engine, bool training,
                   const Tensor& upstream, std::int64_t seed, std::int64_t step) {
    graph::Graph graph;
    std::vector<graph::Value> wanted;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        wanted.push_back(graph.placeholder("x" + std::to_string(i), {inputs[i].dtype(), inputs[i].shape()}));
    }
    const std::vector<graph::Value> x = wanted;
    CallContext context{graph, training, graph.placeholder("seed", {DType::int64, {2}})};
    const graph::Value y = layer.base()->lower(context, x).front();
    std::vector<graph::Value> outputs = {y};
    if (upstream.defined()) {
        for (const VariablePtr& weight : layer.trainable_weights()) wanted.push_back(graph.variable(weight));
        const graph::Value weighted = ops::multiply(graph, y, graph.constant(upstream));
        const graph::Value target = ops::reduce_all(graph, ops::Reduction::sum, weighted);
        for (const graph::Value gradient : graph::differentiate(graph, target, wanted)) outputs.push_back(gradient);
    }
    graph.set_outputs(outputs);

    graph::Execution execution(graph::Executable::make(std::move(graph), engine));
    for (std::size_t i = 0; i < inputs.size(); ++i) execution.feed("x" + std::to_string(i), inputs[i]);
    const std::array<std::int64_t, 2> seeds{seed, step};
    execution.feed("seed", Tensor::from<std::int64_t>({2}, seeds));
    execution.run();

    LayerRun run{execution.output(0).clone(), {}, {}};
    for (std::size_t i = 1; i < outputs.size(); ++i) {
        (i <= inputs.size() ? run.input_gradients : run.weight_gradients).push_back(execution.output(i).clone());
    }
    return run;
}

nlohmann::json golden_json(const std::string& file) {
    std::ifstream stream(markhor::test::golden(file));
    if (!stream) throw FileError(file + ": not found in tests/golden");
    return nlohmann::json::parse(stream);
}

}  // namespace markhor::layers::test
