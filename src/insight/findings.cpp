// The findings that a network's form shows. Each says what was seen, in figures, and what to do about it.
#include "insight/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "core/ascii.hpp"
#include "formats/compile_config.hpp"
#include "insight/numbers.hpp"
#include "model/trainer.hpp"

namespace markhor::insight {
namespace {

std::string share(std::int64_t part, std::int64_t whole) {
    return fmt::format("{:.1f} %", whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0);
}

std::string crossed(const std::vector<std::int64_t>& sizes) {
    std::string text;
    for (const std::int64_t size : sizes) text += (text.empty() ? "" : "x") + std::to_string(size);
    return text;
}

/// The sizes of a map's spatial axes, given its shape with batch.
std::vector<std::int64_t> sides(const Shape& map, bool channels_first) {
    if (map.rank() < 3) return {};
    const auto first = map.begin() + (channels_first ? 2 : 1);
    return {first, first + static_cast<std::ptrdiff_t>(map.rank()) - 2};
}

std::vector<std::int64_t> integers(const LayerNode& node, const char* key, std::size_t count) {
    const auto found = node.config.find(key);
    if (found == node.config.end()) return {};
    if (found->is_number_integer()) return std::vector<std::int64_t>(count, found->get<std::int64_t>());
    if (!found->is_array()) return {};
    std::vector<std::int64_t> values;
    for (const auto& value : *found) {
        if (value.is_number_integer()) values.push_back(value.get<std::int64_t>());
    }
    if (values.size() == 1) values.resize(count, values[0]);
    return values.size() == count ? values : std::vector<std::int64_t>();
}

class Inspection {
public:
    Inspection(const ModelBase& model, const ModelBase& compiled, const Audit& audit)
        : nodes_(layer_graph(model)), compiled_(compiled), audit_(audit) {}

    std::vector<Finding> run() {
        for (const LayerNode& node : nodes_) {
            flatten_before_dense(node);
            bias_before_batch_normalization(node);
            window(node);
            channels_first(node);
            softmax_of_softmax(node);
        }
        heaviest_dense();
        receptive_fields();
        loss();
        return std::move(findings_);
    }

private:
    const LayerNode& at(int place) const { return nodes_[static_cast<std::size_t>(place)]; }

    /// The calls that read this one, beyond those that only pass on.
    std::vector<const LayerNode*> real_readers(const LayerNode& node) const {
        std::vector<const LayerNode*> all;
        for (const int place : node.readers) {
            const LayerNode& reader = at(place);
            if (!passes_on(reader)) {
                all.push_back(&reader);
                continue;
            }
            for (const LayerNode* further : real_readers(reader)) all.push_back(further);
        }
        return all;
    }

    const LayerNode* real_source(const LayerNode& node) const {
        if (node.inputs.empty()) return nullptr;
        const LayerNode* source = &at(node.inputs[0]);
        while (passes_on(*source) && !source->inputs.empty()) source = &at(source->inputs[0]);
        return source;
    }

    void flatten_before_dense(const LayerNode& node) {
        if (node.class_name() != "Flatten" || node.input_shapes[0].rank() < 3) return;
        const bool first = node.text("data_format") == "channels_first";
        const Shape& map = node.input_shapes[0];
        const std::vector<std::int64_t> map_sides = sides(map, first);
        const std::int64_t channels = first ? map[1] : map.back();
        std::int64_t positions = 1;
        for (const std::int64_t side : map_sides) positions *= side;
        if (positions < 2) return;
        for (const LayerNode* dense : real_readers(node)) {
            if (dense->class_name() != "Dense") continue;
            const std::int64_t params = params_of(*dense);
            const std::int64_t units = dense->shape.back();
            const std::int64_t pooled = channels * units + (dense->flag("use_bias") ? units : 0);
            findings_.push_back(
                {.name = "flatten-before-dense",
                 .severity = "warning",
                 .layer = dense->name(),
                 .evidence = fmt::format(
                     "{} ({}) hands the {} map of {} channels to {}, which has {} parameters: {} of the model's {}. It "
                     "learns a weight for each of the {} positions, takes images of this size only, and grows with "
                     "their area",
                     node.name(), node.class_name(), crossed(map_sides), channels, dense->name(), grouped(params),
                     share(params, audit_.cost.params), grouped(audit_.cost.params), grouped(positions)),
                 .remedy = fmt::format(
                     "GlobalAveragePooling{}D in place of {} would leave {} parameters in {} ({} fewer); markhor slim "
                     "does "
                     "it. Pooling forgets where in the image a feature was: where layout, counting or reading matters, "
                     "measure both (markhor compare)",
                     map_sides.size(), node.name(), grouped(pooled), dense->name(), grouped(params - pooled)),
                 .params = params});
        }
    }

    void heaviest_dense() {
        std::int64_t convolutions = 0;
        const LayerNode* heaviest = nullptr;
        std::set<const LayerBase*> counted;
        for (const LayerNode& node : nodes_) {
            if (!counted.insert(node.layer).second) continue;
            if (is_convolution(node)) convolutions += params_of(node);
            if (node.class_name() == "Dense" && (heaviest == nullptr || params_of(node) > params_of(*heaviest)))
                heaviest = &node;
        }
        if (heaviest == nullptr || convolutions == 0 || params_of(*heaviest) <= convolutions) return;
        const std::int64_t params = params_of(*heaviest);
        findings_.push_back(
            {.name = "dense-outweighs-convolutions",
             .severity = "warning",
             .layer = heaviest->name(),
             .evidence = fmt::format("{} alone has {} parameters, all convolutions together {}: {} as many",
                                     heaviest->name(), grouped(params), grouped(convolutions),
                                     times(static_cast<double>(params) / static_cast<double>(convolutions))),
             .remedy = "pool the map before it, or give it fewer inputs or units: weights that see each position once "
                       "learn slowest and overfit first",
             .params = params});
    }

    void bias_before_batch_normalization(const LayerNode& node) {
        const bool has_bias = node.flag("use_bias") && (is_convolution(node) || node.class_name() == "Dense");
        if (!has_bias || !(node.text("activation").empty() || node.text("activation") == "linear")) return;
        if (node.is_output || node.readers.size() != 1) return;
        const LayerNode& reader = at(node.readers[0]);
        if (reader.class_name() != "BatchNormalization") return;
        const std::int64_t biases = reader.shape.back() == None ? 0 : reader.layer->weights().front()->value.size();
        findings_.push_back({.name = "bias-before-batch-normalization",
                             .severity = "note",
                             .layer = node.name(),
                             .evidence = fmt::format("{} adds {} biases, and {} subtracts their effect again: its mean "
                                                     "takes them away, its beta stands in their place",
                                                     node.name(), grouped(biases), reader.name()),
                             .remedy = fmt::format("use_bias=False in {}", node.name()),
                             .params = biases});
    }

    /// Kernels larger than their map, and pooling that leaves a map's rest unread.
    void window(const LayerNode& node) {
        const std::string name = node.class_name();
        const bool pools = name.starts_with("MaxPooling") || name.starts_with("AveragePooling");
        if (!(pools || is_convolution(node)) || node.input_shapes.empty()) return;
        const std::vector<std::int64_t> map = sides(node.input_shapes[0], node.text("data_format") == "channels_first");
        std::vector<std::int64_t> size = integers(node, pools ? "pool_size" : "kernel_size", map.size());
        if (size.empty() || std::ranges::find(map, None) != map.end()) return;
        if (const auto dilation = integers(node, "dilation_rate", map.size()); !dilation.empty()) {
            for (std::size_t i = 0; i < size.size(); ++i) size[i] = dilation[i] * (size[i] - 1) + 1;
        }
        bool below = false;
        for (std::size_t i = 0; i < map.size(); ++i) below |= map[i] < size[i];
        if (below && name.find("Transpose") == std::string::npos) {
            findings_.push_back({.name = "map-below-kernel",
                                 .severity = "warning",
                                 .layer = node.name(),
                                 .evidence = fmt::format(
                                     "{} slides a window of {} over a map of {}: part of it never sees anything but "
                                     "padding",
                                     node.name(), crossed(size), crossed(map)),
                                 .remedy = "a larger image, or less pooling and smaller strides before it"});
        }
        if (pools) dropped_rows(node, map, size);
    }

    void dropped_rows(const LayerNode& node, const std::vector<std::int64_t>& map,
                      const std::vector<std::int64_t>& size) {
        std::vector<std::int64_t> stride = integers(node, "strides", map.size());
        if (stride.empty()) stride = size;
        if (node.text("padding") != "valid") return;
        std::int64_t read = 1;
        std::int64_t all = 1;
        std::vector<std::int64_t> lost;
        for (std::size_t i = 0; i < map.size(); ++i) {
            const std::int64_t positions = (map[i] - size[i]) / stride[i] + 1;
            const std::int64_t reached = std::min(map[i], (positions - 1) * stride[i] + size[i]);
            lost.push_back(map[i] - reached);
            read *= reached;
            all *= map[i];
        }
        if (read == all) return;
        findings_.push_back(
            {.name = "pooling-drops-rows",
             .severity = "note",
             .layer = node.name(),
             .evidence = fmt::format("{} steps over its {} map in windows of {} and never reads the last {} rows and "
                                     "columns: {} of the map",
                                     node.name(), crossed(map), crossed(size), crossed(lost), share(all - read, all)),
             .remedy = "padding='same', or an image size that halves evenly (a multiple of the product of the strides, "
                       "with padding='same' in the convolutions)"});
    }

    void channels_first(const LayerNode& node) {
        if (node.text("data_format") != "channels_first" || node.input_shapes.empty() ||
            node.input_shapes[0].rank() < 3 || node.class_name() == "Flatten") {
            return;
        }
        const bool reported =
            std::ranges::any_of(findings_, [](const Finding& f) { return f.name == "channels-first"; });
        if (reported) return;
        const auto count = std::ranges::count_if(
            nodes_, [](const LayerNode& other) { return other.text("data_format") == "channels_first"; });
        findings_.push_back(
            {.name = "channels-first",
             .severity = "warning",
             .layer = node.name(),
             .evidence = fmt::format("{} and {} other layers keep channels before positions; on a CPU each is computed "
                                     "with channels last, with copies before and after",
                                     node.name(), count - 1),
             .remedy = "data_format='channels_last' (kernels have one form for both; only the images turn)"});
    }

    static bool is_softmax(const LayerNode& node) {
        return node.class_name() == "Softmax" || node.text("activation") == "softmax";
    }

    void softmax_of_softmax(const LayerNode& node) {
        if (!is_softmax(node) || node.inputs.empty()) return;
        const bool alone = node.class_name() == "Softmax" || node.class_name() == "Activation";
        const LayerNode* source = real_source(node);
        if (!alone || source == nullptr || !is_softmax(*source)) return;
        findings_.push_back(
            {.name = "softmax-twice",
             .severity = "warning",
             .layer = node.name(),
             .evidence = fmt::format("{} takes the softmax of {}, which are probabilities already: with n "
                                     "classes none can exceed e/(e + n - 1) then, and gradients fade",
                                     node.name(), source->name()),
             .remedy = fmt::format("leave {} out, or give {} no activation", node.name(), source->name())});
    }

    void receptive_fields() {
        const Shape& image = audit_.input;
        const LayerAudit* first = nullptr;
        std::size_t count = 0;
        std::size_t with_window = 0;
        for (const LayerAudit& layer : audit_.layers) {
            const auto& field = layer.receptive_field;
            if (field.empty()) continue;
            ++with_window;
            bool exceeds = field.size() + 1 == image.rank();
            for (std::size_t i = 0; exceeds && i < field.size(); ++i) exceeds = field[i] > image[i];
            if (!exceeds) continue;
            ++count;
            if (first == nullptr) first = &layer;
        }
        if (first == nullptr) return;
        findings_.push_back(
            {.name = "receptive-field-exceeds-image",
             .severity = "note",
             .layer = first->cost.name,
             .evidence = fmt::format("from {} on ({} of {} layers) a number depends on {} pixels of an image of {}: "
                                     "part of every window looks at padding",
                                     first->cost.name, count, with_window, crossed(first->receptive_field),
                                     crossed({image.begin(), image.end() - 1})),
             .remedy = "usual in deep networks; on images this small fewer layers or strides may do as well"});
    }

    /// What the compiled loss takes and what the last layer gives.
    void loss() {
        const Trainer& trainer = compiled_.trainer();
        if (!trainer.compiled() || !trainer.options().loss) return;
        const nlohmann::json config = formats::compile_config(trainer.options());
        const nlohmann::json& loss = config.at("loss");
        std::string name = loss.is_string() ? loss.get<std::string>() : loss.value("class_name", std::string());
        bool from_logits = false;
        if (loss.is_object() && loss.contains("config")) from_logits = loss["config"].value("from_logits", false);
        std::string plain;
        for (const char c : name) {
            if (c != '_') plain += to_lower(c);
        }
        const bool of_classes = plain == "categoricalcrossentropy" || plain == "sparsecategoricalcrossentropy" ||
                                plain == "categoricalfocalcrossentropy";
        const bool binary = plain == "binarycrossentropy" || plain == "binaryfocalcrossentropy";
        if (!of_classes && !binary) return;
        for (const LayerNode& node : nodes_) {
            if (!node.is_output) continue;
            const LayerNode* last = passes_on(node) ? real_source(node) : &node;
            if (last != nullptr) judge_output(*last, name, from_logits, binary);
        }
    }

    void judge_output(const LayerNode& last, const std::string& loss, bool from_logits, bool binary) {
        const bool probabilities =
            is_softmax(last) || last.text("activation") == "sigmoid" || last.text("activation") == "hard_sigmoid";
        const char* wanted = binary ? "sigmoid" : "softmax";
        if (from_logits && probabilities) {
            findings_.push_back(
                {.name = "softmax-twice",
                 .severity = "warning",
                 .layer = last.name(),
                 .evidence = fmt::format("{} gives probabilities, and the loss {} was told from_logits=True: it takes "
                                         "the {} once more",
                                         last.name(), loss, wanted),
                 .remedy = fmt::format("from_logits=False, or no activation in {}", last.name())});
        }
        const bool linear =
            last.text("activation").empty() || last.text("activation") == "linear" || last.text("activation") == "relu";
        const bool ends_plain = last.class_name() == "Dense" || is_convolution(last);
        if (!from_logits && ends_plain && linear) {
            findings_.push_back(
                {.name = "softmax-missing-for-loss",
                 .severity = "warning",
                 .layer = last.name(),
                 .evidence = fmt::format("the loss {} takes probabilities, but {} ends without a {}: its numbers are "
                                         "clipped to [0, 1] and most gradients are lost",
                                         loss, last.name(), wanted),
                 .remedy = fmt::format("activation='{}' in {}, or from_logits=True in the loss", wanted, last.name())});
        }
    }

    std::vector<LayerNode> nodes_;
    const ModelBase& compiled_;
    const Audit& audit_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<std::string> finding_names() {
    return {"flatten-before-dense",
            "dense-outweighs-convolutions",
            "bias-before-batch-normalization",
            "map-below-kernel",
            "receptive-field-exceeds-image",
            "dead-units",
            "saturated-units",
            "softmax-twice",
            "softmax-missing-for-loss",
            "inputs-unscaled",
            "pooling-drops-rows",
            "channels-first"};
}

std::vector<Finding> structural_findings(const ModelBase& model, const ModelBase& compiled, const Audit& audit) {
    return Inspection(model, compiled, audit).run();
}

}  // namespace markhor::insight
