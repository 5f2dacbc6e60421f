// Networks in Graphviz's language: keras.utils.model_to_dot.
#include <algorithm>
#include <array>
#include <map>
#include <markhor/error.hpp>
#include <markhor/plotting.hpp>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/text.hpp"
#include "formats/config.hpp"
#include "layers/operators.hpp"
#include "model/functional.hpp"

namespace markhor::utils {
namespace {

/// "(None, 4)", or "[(None, 4), (None, 2)]".
template <class T, class Text>
std::string listed(const std::vector<T>& items, bool is_list, const Text& text) {
    if (!is_list && items.size() == 1) return text(items[0]);
    std::string list = "[";
    for (std::size_t i = 0; i < items.size(); ++i) list += (i > 0 ? ", " : "") + text(items[i]);
    return list + "]";
}

std::string shapes_text(const std::vector<SymbolicTensor>& tensors, const EndsForm& form = {}) {
    if (!form.names.empty()) {
        std::string named;
        for (std::size_t i = 0; i < tensors.size(); ++i)
            named += (i > 0 ? ", " : "") + form.names[i] + ": " + tensors[i].shape().str();
        return named;
    }
    return listed(tensors, form.is_list, [](const SymbolicTensor& tensor) { return tensor.shape().str(); });
}

std::string dtypes_text(const std::vector<SymbolicTensor>& tensors, const EndsForm& form = {}) {
    if (tensors.size() == 1 && !form.is_list) return std::string(name_of(tensors[0].dtype()));
    return listed(tensors, true,
                  [](const SymbolicTensor& tensor) { return "'" + std::string(name_of(tensor.dtype())) + "'"; });
}

class DotWriter {
public:
    DotWriter(const ModelBase& model, const PlotOptions& options) : options_(options) {
        text_ = "digraph G {\nrankdir=" + options.rankdir + ";\nconcentrate=true;\ndpi=" + std::to_string(options.dpi) +
                ";\nsplines=" + options.splines + ";\nnode [shape=record];\n";
        write(model, 0);
        text_ += "}\n";
    }

    std::string text() && { return std::move(text_); }

private:
    using Calls = std::unordered_map<const LayerBase*, std::vector<std::shared_ptr<const CallNode>>>;

    struct Ends {
        std::vector<SymbolicTensor> inputs;
        std::vector<SymbolicTensor> outputs;
        EndsForm input_form = {};
        EndsForm output_form = {};
    };

    std::string id(const LayerBase& layer) {
        return "n" + std::to_string(ids_.emplace(&layer, ids_.size()).first->second);
    }

    static const ModelBase* as_model(const LayerBase& layer) { return dynamic_cast<const ModelBase*>(&layer); }

    /// What the layer was first given and gave; of a model, its own.
    static Ends ends_of(const LayerBase& layer, const Calls& calls) {
        if (const ModelBase* model = as_model(layer)) {
            Ends ends{model->inputs(), model->outputs()};
            if (const auto* functional = dynamic_cast<const FunctionalModel*>(&layer)) {
                ends.input_form = functional->input_form();
                ends.output_form = functional->output_form();
            }
            return ends;
        }
        const auto found = calls.find(&layer);
        if (found == calls.end()) return {};
        const std::shared_ptr<const CallNode>& first =
            *std::ranges::min_element(found->second, {}, [](const auto& call) { return call->index; });
        Ends ends{first->inputs, {}};
        for (std::size_t i = 0; i < first->output_shapes.size(); ++i)
            ends.outputs.emplace_back(first, static_cast<int>(i));
        return ends;
    }

    /// A layer's "activation" option, by its name where it is a layer; empty where it has none.
    static std::string activation_of(LayerBase& layer) {
        if (as_model(layer) || dynamic_cast<const layers::Operator*>(&layer)) return {};
        const auto config = formats::layer_config(layer)["config"];
        const auto found = config.find("activation");
        if (found == config.end()) return {};
        if (found->is_object()) return found->at("config").value("name", std::string());
        return found->is_string() ? found->get<std::string>() : std::string();
    }

    std::string label(LayerBase& layer, const Calls& calls) const {
        const std::string class_name = text::html(layer.class_name());
        const bool shows_names = options_.show_layer_names.value_or(true);
        const int columns =
            (options_.show_dtype ? 1 : 0) + (options_.show_trainable ? 1 : 0) + (options_.show_shapes ? 2 : 0);
        const std::string span = " colspan=\"" + std::to_string(std::max(1, columns)) + "\"";
        std::string table =
            R"(<table border="0" cellborder="1" bgcolor="black" cellpadding="10"><tr><td)" + span +
            R"( bgcolor="black"><font point-size="16" color="white"><b>)" +
            (shows_names ? text::html(layer.name()) + "</b> (" + class_name + ")" : class_name + "</b>") +
            "</font></td></tr>";
        const std::string activation = options_.show_layer_activations ? activation_of(layer) : std::string();
        if (!activation.empty()) {
            table += R"(<tr><td bgcolor="white")" + span + R"(><font point-size="14">Activation: <b>)" +
                     text::html(activation) + "</b></font></td></tr>";
        }
        const std::string cells = facts(layer, ends_of(layer, calls));
        return table + (cells.empty() ? "" : "<tr>" + cells + "</tr>") + "</table>";
    }

    std::string facts(const LayerBase& layer, const Ends& ends) const {
        std::string cells;
        const auto fact = [&](const char* what, const std::string& value) {
            cells += std::string(R"(<td bgcolor="white"><font point-size="14">)") + what + ": <b>" + text::html(value) +
                     "</b></font></td>";
        };
        if (options_.show_shapes && layer.class_name() != "InputLayer")
            fact("Input shape", shapes_text(ends.inputs, ends.input_form));
        if (options_.show_shapes) fact("Output shape", shapes_text(ends.outputs, ends.output_form));
        if (options_.show_dtype) fact("Output dtype", dtypes_text(ends.outputs, ends.output_form));
        if (options_.show_trainable && !layer.weights().empty()) {
            cells += layer.trainable()
                         ? R"(<td bgcolor="forestgreen"><font point-size="14" color="white"><b>Trainable)"
                         : R"(<td bgcolor="firebrick"><font point-size="14" color="white"><b>Non-trainable)";
            cells += "</b></font></td>";
        }
        return cells;
    }

    static Calls calls_of(const ModelBase& model) {
        Calls calls;
        for (const auto& call : model.calls()) calls[call->layer.get()].push_back(call);
        return calls;
    }

    void write(const ModelBase& model, std::size_t depth) {
        const Calls calls = calls_of(model);
        for (const auto& layer : model.layers()) {
            const ModelBase* inner = as_model(*layer);
            if (options_.expand_nested && inner) {
                text_ += "subgraph " +
                         text::dot_string("cluster_" + std::to_string(clusters_++) + "_" + inner->name()) +
                         " {\nstyle=dashed;\nlabel=" + text::dot_string(inner->name()) + ";\nlabeljust=l;\n";
                write(*inner, depth + 1);
                text_ += "}\n";
            } else {
                text_ += id(*layer) + " [label=<" + label(*layer, calls) +
                         ">, fontname=\"Helvetica\", border=0, margin=0];\n";
            }
        }
        for (const auto& layer : model.layers()) {
            const auto found = calls.find(layer.get());
            if (found == calls.end()) continue;
            for (const auto& call : found->second) write_edges(*call);
        }
    }

    void write_edges(const CallNode& call) {
        for (std::size_t i = 0; i < call.inputs.size(); ++i) {
            const LayerBase* source = source_of(call.inputs[i]);
            const LayerBase* target = target_of(call.layer.get(), i);
            // A Sequential's InputLayer is not drawn.
            if (!ids_.contains(source) || !ids_.contains(target)) continue;
            if (edges_.emplace(source, target).second) text_ += id(*source) + " -> " + id(*target) + " [penwidth=2];\n";
        }
    }

    /// The box that the tensor comes from: inside a nested model that is drawn open, the layer that makes its output.
    const LayerBase* source_of(const SymbolicTensor& tensor) const {
        const ModelBase* model = options_.expand_nested ? as_model(*tensor.node()->layer) : nullptr;
        if (!model) return tensor.node()->layer.get();
        return source_of(model->outputs()[static_cast<std::size_t>(tensor.index())]);
    }

    /// The box that the i-th input goes to: of an open Sequential its first layer, of another model its InputLayer.
    const LayerBase* target_of(const LayerBase* layer, std::size_t input) const {
        const ModelBase* model = options_.expand_nested ? as_model(*layer) : nullptr;
        if (!model) return layer;
        if (model->class_name() == "Sequential") return target_of(model->layers().front().get(), input);
        return model->inputs()[input].node()->layer.get();
    }

    const PlotOptions& options_;
    std::map<const LayerBase*, std::size_t> ids_;
    std::set<std::pair<const LayerBase*, const LayerBase*>> edges_;
    std::size_t clusters_ = 0;
    std::string text_;
};

template <std::size_t Count>
void check_choice(const char* what, const std::string& value, const std::array<std::string_view, Count>& known) {
    if (std::ranges::find(known, value) != known.end()) return;
    std::string list;
    for (const std::string_view choice : known) list += (list.empty() ? "" : ", ") + std::string(choice);
    throw ValueError("model_to_dot: " + std::string(what) + " is \"" + value + "\"; one of " + list + " is wanted");
}

}  // namespace

std::string model_to_dot(const Model& model, const PlotOptions& options) {
    check_choice("rankdir", options.rankdir, std::array<std::string_view, 4>{"TB", "LR", "BT", "RL"});
    check_choice("splines", options.splines,
                 std::array<std::string_view, 5>{"ortho", "curved", "polyline", "spline", "line"});
    if (options.dpi < 1 || options.dpi > 2400)
        throw ValueError("model_to_dot: dpi is " + std::to_string(options.dpi) + "; 1 to 2400 is wanted");
    model.model_base()->check_ready();
    return DotWriter(*model.model_base(), options).text();
}

}  // namespace markhor::utils
