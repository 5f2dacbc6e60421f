// A Functional's config: layers by name, and the calls that connect them, each naming the calls it takes its tensors
// from.
#include <algorithm>
#include <deque>
#include <map>
#include <markhor/error.hpp>
#include <optional>
#include <set>
#include <utility>

#include "formats/config.hpp"
#include "formats/config_model.hpp"
#include "formats/config_operators.hpp"
#include "formats/json.hpp"
#include "layers/operators.hpp"
#include "model/functional.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;

/// One tensor as a config names it: an output of a call of a layer.
struct TensorName {
    std::string layer;
    std::int64_t call = 0;
    std::int64_t output = 0;
};

struct PendingLayer {
    std::string name;
    std::shared_ptr<LayerBase> base;
    const json* nodes = nullptr;
    std::size_t replayed = 0;
    std::vector<TensorName> arguments = {};   // of the next call
    std::vector<SymbolicTensor> inputs = {};  // those of them that there are already
    std::vector<std::size_t> waiting = {};    // layers whose next argument is one of this layer's outputs
};

class Replay {
public:
    Replay(const json& config, std::string where) : config_(config), where_(std::move(where)) {}

    void run() {
        read_layers();
        for (std::size_t i = 0; i < layers_.size(); ++i) indices_[layers_[i].name] = i;
        // Each layer in its turn; then those that waited for it, as soon as it has made a call.
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            std::vector<std::size_t> due = {i};
            while (!due.empty()) {
                PendingLayer& layer = layers_[due.back()];
                due.pop_back();
                if (!replay(layer)) continue;
                due.insert(due.end(), layer.waiting.rbegin(), layer.waiting.rend());
                layer.waiting.clear();
            }
        }
        for (const PendingLayer& layer : layers_) {
            if (layer.replayed < layer.nodes->size()) {
                throw ValueError(where_ + ": layer '" + layer.name +
                                 "' takes a tensor from a call that does not exist, or from itself through a cycle");
            }
        }
    }

    /// "input_layers" and "output_layers": one triple, or a list or an object of triples.
    std::vector<SymbolicTensor> ends(const char* key, EndsForm& form) const {
        const json& value = member(config_, key, where_);
        std::vector<SymbolicTensor> tensors;
        form.is_list = !is_triple(value);
        if (!form.is_list) {
            tensors.push_back(end(value, key));
        } else if (value.is_array() || value.is_object()) {
            for (const json& item : value) tensors.push_back(end(item, key));
            if (value.is_object()) {
                for (const auto& [name, item] : value.items()) form.names.push_back(name);
            }
        } else {
            throw ValueError(where_ + ": '" + key + "' is " + shown(value) + "; a list is wanted");
        }
        return tensors;
    }

private:
    void read_layers() {
        const json& layers = member(config_, "layers", where_);
        if (!layers.is_array()) throw ValueError(where_ + ": 'layers' is " + shown(layers) + "; a list is wanted");
        check_layer_count(layers.size(), where_);
        for (const json& given : layers) {
            std::optional<ReadOperator> operation = read_operator(given, where_);
            const json& serialized = operation ? rewritten_.emplace_back(std::move(operation->entry)) : given;
            const std::shared_ptr<LayerBase> base =
                operation ? std::shared_ptr<LayerBase>(operation->operation) : layer_from_config(given, where_);
            const json& outer = serialized.contains("name") ? serialized["name"] : json(base->name());
            if (!outer.is_string())
                throw ValueError(where_ + ": a layer's 'name' is " + shown(outer) + "; a string is wanted");
            const json& nodes = member(serialized, "inbound_nodes", where_ + ": layer '" + base->name() + "'");
            if (!nodes.is_array())
                throw ValueError(where_ + ": 'inbound_nodes' is " + shown(nodes) + "; a list is wanted");
            const std::string name = outer.get<std::string>();
            if (outputs_.contains(name)) throw ValueError(where_ + ": two layers have the name '" + name + "'");
            Calls& calls = outputs_[name];
            calls.is_functional = base->class_name() == "Functional";
            const auto* inner = dynamic_cast<const ModelBase*>(base.get());
            calls.from_one = inner && inner->ready() && std::ranges::any_of(nodes, &json::is_array);
            if (base->class_name() == "InputLayer") calls.outputs.push_back(base->apply({}));
            layers_.push_back({name, base, &nodes});
        }
    }

    /// Makes as many of the layer's calls as have their tensors; whether it made one. Where one is missing, the layer
    /// is put among those that wait for it.
    bool replay(PendingLayer& layer) {
        bool progress = false;
        for (; layer.replayed < layer.nodes->size(); ++layer.replayed) {
            const std::string what = where_ + ": layer '" + layer.name + "'";
            const json& node = (*layer.nodes)[layer.replayed];
            if (layer.arguments.empty()) layer.arguments = arguments(node, what);
            while (layer.inputs.size() < layer.arguments.size()) {
                const TensorName& name = layer.arguments[layer.inputs.size()];
                const std::optional<SymbolicTensor> tensor = find(name, what);
                if (!tensor) {
                    layers_[indices_.at(name.layer)].waiting.push_back(indices_.at(layer.name));
                    return progress;
                }
                layer.inputs.push_back(*tensor);
            }
            layer.arguments.clear();
            const std::vector<SymbolicTensor> inputs = std::exchange(layer.inputs, {});
            located(where_, [&] {
                outputs_[layer.name].outputs.push_back(
                    layer.base->apply(inputs, {.training = training_argument(node)}));
            });
            progress = true;
        }
        return progress;
    }

    /// The call's argument `training`, once arguments() has checked it.
    static std::optional<bool> training_argument(const json& node) {
        json keywords;
        if (node.is_object()) {
            keywords = node.value("kwargs", json());
        } else if (!node.empty() && node[0].is_array() && node[0].size() > 3) {
            keywords = node[0][3];
        }
        const json training = keywords.is_object() ? keywords.value("training", json()) : json();
        return training.is_boolean() ? std::optional(training.get<bool>()) : std::nullopt;
    }

    static bool is_triple(const json& value) {
        return value.is_array() && value.size() >= 3 && value[0].is_string() && value[1].is_number_integer() &&
               value[2].is_number_integer();
    }

    TensorName triple(const json& value, const std::string& what) const {
        if (!is_triple(value)) throw ValueError(what + ": " + shown(value) + " where [layer, call, output] is wanted");
        if (!outputs_.contains(value[0].get<std::string>())) {
            throw ValueError(what + ": it refers to the layer " + shown(value[0]) + ", which the model does not have");
        }
        return {value[0].get<std::string>(), value[1].get<std::int64_t>(), value[2].get<std::int64_t>()};
    }

    TensorName keras_tensor(const json& value, const std::string& what) const {
        if (!value.is_object() || value.value("class_name", json()) != "__keras_tensor__") {
            throw ValueError(what + ": its call has the argument " + shown(value) + "; only tensors are supported");
        }
        return triple(member(member(value, "config", what), "keras_history", what), what);
    }

    /// The tensors of one entry of "inbound_nodes", as Keras 3 or Keras 2 writes it.
    std::vector<TensorName> arguments(const json& node, const std::string& what) const {
        std::vector<TensorName> names;
        if (node.is_array()) {
            for (const json& item : is_triple(node) ? json::array({node}) : node) {
                names.push_back(triple(item, what));
                if (item.size() > 3) check_keywords(item[3], what);
            }
            return names;
        }
        const json& args = member(node, "args", what);
        if (!args.is_array() || args.size() != 1) {
            throw ValueError(what + ": its call has the arguments " + shown(args) +
                             "; one tensor or one list of tensors is wanted");
        }
        if (args[0].is_array()) {
            for (const json& item : args[0]) names.push_back(keras_tensor(item, what));
        } else {
            names.push_back(keras_tensor(args[0], what));
        }
        if (node.contains("kwargs")) check_keywords(node["kwargs"], what);
        return names;
    }

    [[noreturn]] static void refuse_keyword(const std::string& key, const json& value, const std::string& what) {
        throw ValueError(what + ": its call has the argument '" + key + "' = " + shown(value) +
                         ", which is not supported");
    }

    static void check_keywords(const json& keywords, const std::string& what) {
        if (!keywords.is_object()) throw ValueError(what + ": its call's keyword arguments are " + shown(keywords));
        for (const auto& [key, value] : keywords.items()) {
            const bool is_known = key == "training" && value.is_boolean();
            if (!value.is_null() && !is_known) refuse_keyword(key, value, what);
        }
    }

    struct Calls {
        bool is_functional = false;
        bool from_one = false;  // Keras 2 counts a nested model's own making as its call 0
        std::vector<std::vector<SymbolicTensor>> outputs;
    };

    static const SymbolicTensor* at(const Calls& calls, std::int64_t call, std::int64_t output) {
        if (call < 0 || call >= static_cast<std::int64_t>(calls.outputs.size())) return nullptr;
        const std::vector<SymbolicTensor>& outputs = calls.outputs[static_cast<std::size_t>(call)];
        if (output < 0 || output >= static_cast<std::int64_t>(outputs.size())) return nullptr;
        return &outputs[static_cast<std::size_t>(output)];
    }

    /// Nothing while the call has not been made. Some versions of Keras count a nested functional model's calls from 1.
    std::optional<SymbolicTensor> find(const TensorName& name, const std::string& what) const {
        if (name.call < 0 || name.output < 0) throw ValueError(what + ": it refers to a negative call or output");
        const Calls& calls = outputs_.at(name.layer);
        const SymbolicTensor* tensor = at(calls, name.call - (calls.from_one ? 1 : 0), name.output);
        if (!tensor && calls.is_functional && name.call == total_calls(name.layer)) {
            tensor = at(calls, name.call - 1, name.output);
        }
        return tensor ? std::optional(*tensor) : std::nullopt;
    }

    std::int64_t total_calls(const std::string& name) const {
        return static_cast<std::int64_t>(layers_[indices_.at(name)].nodes->size());
    }

    /// Here Keras counts a nested functional model's calls from 1: its own making is call 0.
    SymbolicTensor end(const json& value, const char* key) const {
        const std::string what = where_ + ": '" + key + "'";
        const TensorName name = triple(value, what);
        const Calls& calls = outputs_.at(name.layer);
        const bool from_one = calls.is_functional || calls.from_one;
        const SymbolicTensor* tensor = at(calls, name.call - (from_one ? 1 : 0), name.output);
        if (!tensor && calls.is_functional) tensor = at(calls, name.call, name.output);
        if (!tensor) throw ValueError(what + ": there is no call " + shown(value));
        return *tensor;
    }

    const json& config_;
    std::string where_;
    std::deque<json> rewritten_;  // what layers_ refer to where an operator was replaced
    std::vector<PendingLayer> layers_;
    std::map<std::string, std::size_t> indices_;  // of layers_, by name
    std::map<std::string, Calls> outputs_;
};

json triple_of(const SymbolicTensor& tensor, const std::map<const CallNode*, std::int64_t>& indices, bool from_one) {
    const CallNode& call = *tensor.node();
    const std::int64_t first = from_one && call.layer->class_name() == "Functional" ? 1 : 0;
    return json::array({call.layer->name(), indices.at(&call) + first, tensor.index()});
}

}  // namespace

Model functional_from_config(const json& config, const std::string& name, const std::string& where) {
    Replay replay(config, where);
    replay.run();
    return located(where, [&] {
        EndsForm of_inputs;
        EndsForm of_outputs;
        const std::vector<SymbolicTensor> inputs = replay.ends("input_layers", of_inputs);
        const std::vector<SymbolicTensor> outputs = replay.ends("output_layers", of_outputs);
        const std::shared_ptr<FunctionalModel> model = FunctionalModel::make(inputs, outputs, name);
        model->set_forms(std::move(of_inputs), std::move(of_outputs));
        return Model(model);
    });
}

void write_functional(const FunctionalModel& model, json& config) {
    std::map<const LayerBase*, std::vector<const CallNode*>> calls;
    for (const auto& call : model.calls()) calls[call->layer.get()].push_back(call.get());
    std::map<const CallNode*, std::int64_t> indices;
    for (auto& [layer, of_layer] : calls) {
        std::ranges::sort(of_layer, {}, &CallNode::index);
        for (std::size_t i = 0; i < of_layer.size(); ++i) indices[of_layer[i]] = static_cast<std::int64_t>(i);
    }

    json& layers = config["layers"] = json::array();
    for (const auto& layer : model.layers()) {
        auto* operation = dynamic_cast<layers::Operator*>(layer.get());
        json serialized = operation ? operator_config(*operation) : layer_config(*layer);
        json nodes = json::array();
        for (const CallNode* call : calls.at(layer.get())) {
            json tensors = json::array();
            for (const SymbolicTensor& input : call->inputs) {
                tensors.push_back({{"class_name", "__keras_tensor__"},
                                   {"config",
                                    {{"shape", shape_config(input.shape())},
                                     {"dtype", name_of(input.dtype())},
                                     {"keras_history", triple_of(input, indices, false)}}}});
            }
            if (tensors.empty()) continue;
            json args = operation ? operator_arguments(*operation, tensors)
                                  : json::array({tensors.size() == 1 ? tensors[0] : tensors});
            json keywords = json::object();
            if (call->training) keywords["training"] = *call->training;
            nodes.push_back({{"args", std::move(args)}, {"kwargs", std::move(keywords)}});
        }
        serialized["name"] = layer->name();
        serialized["inbound_nodes"] = std::move(nodes);
        layers.push_back(std::move(serialized));
    }
    const auto ends = [&](const std::vector<SymbolicTensor>& tensors, const EndsForm& form) {
        if (tensors.size() == 1 && !form.is_list) return triple_of(tensors[0], indices, true);
        json list = form.names.empty() ? json::array() : json::object();
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            json triple = triple_of(tensors[i], indices, true);
            if (form.names.empty()) {
                list.push_back(std::move(triple));
            } else {
                list[form.names[i]] = std::move(triple);
            }
        }
        return list;
    };
    config["input_layers"] = ends(model.inputs(), model.input_form());
    config["output_layers"] = ends(model.outputs(), model.output_form());
}

}  // namespace markhor::formats
