#include "insight/layer_graph.hpp"

#include <algorithm>

#include "formats/config.hpp"
#include "layers/operators.hpp"
#include "model/network.hpp"

namespace markhor::insight {
namespace {

struct Source {
    int node = -1;
    Shape shape;
};

class Collector {
public:
    std::vector<LayerNode> nodes;

    std::vector<Source> walk(const ModelBase& model, const std::vector<Source>& inputs) {
        ByTensor<Source> sources;
        for (std::size_t i = 0; i < inputs.size(); ++i) sources.set(model.inputs()[i], inputs[i]);
        for (const auto& call : model.calls()) {
            if (call->inputs.empty()) continue;
            const std::vector<Source> given = sources.all(call->inputs);
            const auto* inner = dynamic_cast<const ModelBase*>(call->layer.get());
            sources.set(*call, inner != nullptr ? walk(*inner, given) : add(*call, given));
        }
        return sources.all(model.outputs());
    }

    std::vector<Source> add(const CallNode& call, const std::vector<Source>& given) {
        LayerNode node{.layer = call.layer.get()};
        if (dynamic_cast<const layers::Operator*>(node.layer) == nullptr) {
            node.config = formats::layer_config(*node.layer).at("config");
        }
        const int place = static_cast<int>(nodes.size());
        for (const Source& source : given) {
            node.inputs.push_back(source.node);
            node.input_shapes.push_back(source.shape);
            nodes[static_cast<std::size_t>(source.node)].readers.push_back(place);
        }
        if (!call.output_shapes.empty()) node.shape = call.output_shapes.front();
        nodes.push_back(std::move(node));
        std::vector<Source> sources;
        for (const Shape& shape : call.output_shapes) sources.push_back({place, shape});
        return sources;
    }
};

}  // namespace

std::string LayerNode::text(const char* key) const {
    const auto found = config.find(key);
    if (found == config.end()) return {};
    if (!found->is_object()) return found->is_string() ? found->get<std::string>() : std::string();
    const std::string class_of = found->value("class_name", std::string());  // an activation that is a layer
    return class_of == "Softmax" ? "softmax" : class_of;
}

bool LayerNode::flag(const char* key) const {
    const auto found = config.find(key);
    return found != config.end() && found->is_boolean() && found->get<bool>();
}

std::vector<LayerNode> layer_graph(const ModelBase& model) {
    Collector collector;
    std::vector<Source> inputs;
    for (const SymbolicTensor& input : model.inputs()) {
        inputs.push_back(collector.add(*input.node(), {}).at(static_cast<std::size_t>(input.index())));
    }
    for (const Source& output : collector.walk(model, inputs)) {
        collector.nodes[static_cast<std::size_t>(output.node)].is_output = true;
    }
    return std::move(collector.nodes);
}

bool is_convolution(const LayerNode& node) {
    const std::string name = node.class_name();
    return name.find("Conv") != std::string::npos;
}

std::int64_t params_of(const LayerNode& node) {
    std::int64_t sum = 0;
    for (const VariablePtr& weight : node.layer->weights()) sum += weight->value.size();
    return sum;
}

bool scales_inputs(const ModelBase& model) {
    for (const LayerNode& node : layer_graph(model)) {
        const std::string name = node.class_name();
        if (name == "Rescaling" || name == "Normalization" || name == "BatchNormalization") return true;
        if (is_convolution(node) || name == "Dense") return false;
    }
    return false;
}

bool passes_on(const LayerNode& node) {
    const std::string name = node.class_name();
    return name == "Dropout" || name == "SpatialDropout1D" || name == "SpatialDropout2D" ||
           name == "SpatialDropout3D" || name == "GaussianNoise" || name == "GaussianDropout" ||
           name == "ActivityRegularization" || name == "Identity" ||
           (name == "Activation" && node.text("activation") == "linear");
}

}  // namespace markhor::insight
