// Class activation maps and Grad-CAM: the model's graph with one layer's map, and the gradient of the score by it,
// among the outputs.
#include <algorithm>
#include <markhor/error.hpp>
#include <markhor/explain.hpp>

#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "insight/layer_graph.hpp"
#include "insight/model_parts.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"

namespace markhor::insight {
namespace {

bool is_map(const Shape& shape) { return shape.rank() == 4 && shape[1] > 0 && shape[2] > 0; }

/// What the network's last Dense and the pooling before it are, where it ends so.
struct PooledHead {
    const LayerNode* dense = nullptr;
    const LayerNode* map = nullptr;  // what is pooled
};

std::optional<PooledHead> pooled_head(const std::vector<LayerNode>& nodes) {
    const auto at = [&](int place) { return &nodes[static_cast<std::size_t>(place)]; };
    const auto output = std::ranges::find_if(nodes, [](const LayerNode& node) { return node.is_output; });
    const LayerNode* node = &*output;
    if (node->class_name() == "Softmax" || node->class_name() == "Activation") node = at(node->inputs[0]);
    if (node->class_name() != "Dense") return std::nullopt;
    PooledHead head{.dense = node};
    node = at(node->inputs[0]);
    while (passes_on(*node)) node = at(node->inputs[0]);
    if (node->class_name() != "GlobalAveragePooling2D" || node->flag("keepdims") ||
        node->text("data_format") == "channels_first") {
        return std::nullopt;
    }
    head.map = at(node->inputs[0]);
    return head;
}

/// The last value with this layer's label.
graph::Value value_of(const graph::Graph& graph, const std::string& layer) {
    for (std::size_t i = graph.nodes().size(); i-- > 0;) {
        if (graph.nodes()[i].label == layer) return {static_cast<int>(i), 0};
    }
    return {};
}

class Explainer {
public:
    Explainer(const Model& model, const ExplainOptions& options)
        : base_(*model.model_base()), options_(options), nodes_(layer_graph(base_)), head_(pooled_head(nodes_)) {
        static const std::vector<std::string> methods = {"auto", "cam", "gradcam"};
        if (std::ranges::find(methods, options.method) == methods.end())
            throw ValueError("explain: there is no method '" + options.method + "'; there are auto, cam, gradcam");
        const bool pooled = head_ && (options.layer.empty() || options.layer == head_->map->name());
        if (options.method == "cam" && !pooled) {
            throw ValueError(base_.name() + (head_ ? ": a class activation map is that of '" + head_->map->name() +
                                                         "', not of '" + options.layer + "'"
                                                   : ": the model does not end in GlobalAveragePooling2D and a Dense; "
                                                     "method gradcam takes networks of any form"));
        }
        result_.method = options.method == "gradcam" || !(pooled && options.layer.empty()) ? "gradcam" : "cam";
        if (options.method == "cam") result_.method = "cam";
        result_.layer = result_.method == "cam" ? head_->map->name() : gradcam_layer();
    }

    Explanation run(const Tensor& image) {
        Shape wanted = base_.inputs()[0].shape().without_batch();
        if (image.shape() != wanted || image.dtype() != DType::float32) {
            throw ShapeError(base_.name() + ": the image is " + std::string(name_of(image.dtype())) + " " +
                             image.shape().str() + "; the model takes float32 " + wanted.str());
        }
        LoweredModel lowered = lower(base_, 1, false);
        graph::Graph& graph = lowered.graph;
        const graph::Value map = value_of(graph, result_.layer);
        if (!map || !is_map(graph.spec(map).shape)) {
            throw ValueError(base_.name() + ": '" + result_.layer + "' makes no map (height, width, channels)");
        }
        const Tensor input = image.reshaped(image.shape().with_batch(1)).cast(base_.inputs()[0].dtype());
        choose_class(graph, input, map);
        if (result_.method == "cam") {
            weigh(class_weights());
        } else {
            graph.set_label("");
            const graph::Value gradient = graph::differentiate(graph, score(graph), std::vector<graph::Value>{map})[0];
            graph.set_outputs({map, gradient});
            graph::Execution execution(graph::Executable::make(graph::optimize(graph), engine::cpu()));
            execution.feed("input_0", input);
            execution.run();
            map_ = execution.output(0).clone();
            weigh(mean_gradients(execution.output(1)));
            for (float& value : result_.heat.data<float>()) value = std::max(value, 0.0F);
        }
        return std::move(result_);
    }

private:
    std::string gradcam_layer() const {
        if (!options_.layer.empty()) {
            const bool known =
                std::ranges::any_of(nodes_, [&](const LayerNode& node) { return node.name() == options_.layer; });
            if (!known) throw ValueError(base_.name() + ": no layer is named '" + options_.layer + "'");
            return options_.layer;
        }
        const auto last = std::ranges::find_if(nodes_.rbegin(), nodes_.rend(), [](const LayerNode& node) {
            return is_convolution(node) && is_map(node.shape);
        });
        // A map of one position says nothing about where: the last larger one.
        const auto larger = std::ranges::find_if(last, nodes_.rend(), [](const LayerNode& node) {
            return is_convolution(node) && is_map(node.shape) && node.shape[1] * node.shape[2] > 1;
        });
        if (last == nodes_.rend()) throw ValueError(base_.name() + ": the model has no convolution over images");
        return larger == nodes_.rend() ? last->name() : larger->name();
    }

    /// Runs the network once: the class, its output, and the map.
    void choose_class(graph::Graph& graph, const Tensor& input, graph::Value map) {
        output_ = graph.outputs()[0];
        graph.set_outputs({output_, map});
        graph::Execution execution(graph::Executable::make(graph::optimize(graph), engine::cpu()));
        execution.feed("input_0", input);
        execution.run();
        const std::span<const float> said = execution.output(0).data<float>();
        const auto classes = static_cast<std::int64_t>(said.size());
        result_.class_index = options_.class_index.value_or(std::ranges::max_element(said) - said.begin());
        if (result_.class_index < 0 || result_.class_index >= classes) {
            throw ValueError(base_.name() + ": class " + std::to_string(result_.class_index) +
                             " was asked for; the model has " + std::to_string(classes));
        }
        result_.output = said[static_cast<std::size_t>(result_.class_index)];
        map_ = execution.output(1).clone();
    }

    graph::Value score(graph::Graph& graph) const {
        graph::Value scores = output_;
        const ops::Op& last = graph.producer(scores);
        const auto* unary = ops::as<ops::Unary>(last);
        if (ops::as<ops::Softmax>(last) != nullptr || (unary != nullptr && unary->kind == ops::UnaryKind::sigmoid))
            scores = graph.producer_inputs(scores)[0];
        if (graph.spec(scores).shape.rank() != 2)
            throw ValueError(base_.name() + ": the outputs are " + graph.spec(scores).shape.str() +
                             "; one score a class is wanted");
        const graph::Value one = ops::slice(graph, scores, {0, result_.class_index}, {1, result_.class_index + 1});
        return ops::reduce_all(graph, ops::Reduction::sum, one);
    }

    std::vector<double> class_weights() const {
        const std::vector<float> kernel = values_of(*head_->dense->layer, "kernel");
        const auto classes = static_cast<std::size_t>(head_->dense->shape.back());
        std::vector<double> weights;
        for (std::size_t i = static_cast<std::size_t>(result_.class_index); i < kernel.size(); i += classes)
            weights.push_back(kernel[i]);
        return weights;
    }

    static std::vector<double> mean_gradients(const Tensor& gradient) {
        const auto channels = static_cast<std::size_t>(gradient.shape().back());
        const std::span<const float> values = gradient.data<float>();
        std::vector<double> means(channels, 0.0);
        for (std::size_t i = 0; i < values.size(); ++i) means[i % channels] += values[i];
        for (double& mean : means) mean *= static_cast<double>(channels) / static_cast<double>(values.size());
        return means;
    }

    void weigh(const std::vector<double>& weights) {
        const std::span<const float> values = std::as_const(map_).data<float>();
        result_.heat = Tensor({map_.shape()[1], map_.shape()[2]}, DType::float32);
        const std::span<float> heat = result_.heat.data<float>();
        for (std::size_t i = 0; i < heat.size(); ++i) {
            double sum = 0;
            for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * values[i * weights.size() + k];
            heat[i] = static_cast<float>(sum);
        }
    }

    const ModelBase& base_;
    const ExplainOptions& options_;
    std::vector<LayerNode> nodes_;
    std::optional<PooledHead> head_;
    Explanation result_;
    graph::Value output_;
    Tensor map_;
};

}  // namespace

Explanation explain(const Model& model, const Tensor& image, const ExplainOptions& options) {
    const ModelBase& base = *model.model_base();
    if (!base.ready()) throw ValueError(base.name() + ": the model has no input shape yet; build() it first");
    if (base.inputs().size() != 1 || base.outputs().size() != 1)
        throw ValueError(base.name() + ": explaining takes a model of one input and one output");
    return Explainer(model, options).run(image);
}

}  // namespace markhor::insight
