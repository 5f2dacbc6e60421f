#include "formats/compile_config.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <markhor/error.hpp>
#include <string_view>

#include "formats/config_model.hpp"
#include "formats/fields_json.hpp"
#include "formats/json.hpp"
#include "training/loss.hpp"
#include "training/metric.hpp"
#include "training/optimizer.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;

template <class Described>
json described(Described& object, const char* module) {
    json config = json::object();
    FieldWriter writer(config);
    object.describe(writer);
    return {{"module", module},
            {"class_name", object.class_name()},
            {"config", std::move(config)},
            {"registered_name", nullptr}};
}

json optimizer_config(const Optimizer& optimizer) {
    json serialized = described(*optimizer.base(), "keras.optimizers");
    // The rate of now, not of the beginning, as the float32 that it is.
    json& rate = serialized["config"]["learning_rate"];
    if (rate.is_number()) rate = static_cast<double>(static_cast<float>(optimizer.learning_rate()));
    return serialized;
}

json loss_config(const Loss& loss) {
    if (!loss.identifier().empty()) return loss.identifier();
    // A visitor may change what it sees; a writer does not.
    return described(const_cast<LossBase&>(*loss.base()), "keras.losses");
}

json metric_config(const Metric& metric) {
    if (!metric.identifier().empty()) return metric.identifier();
    return described(*metric.base(), "keras.metrics");
}

/// A list, or an object by the outputs' names.
template <class T, class Write>
json per_output(const PerOutput<T>& given, const Write& write) {
    if (given.empty()) return {};
    json all = given.names().empty() ? json::array() : json::object();
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given.names().empty()) {
            all.push_back(write(given.values()[i]));
        } else {
            all[given.names()[i]] = write(given.values()[i]);
        }
    }
    return all;
}

json losses_config(const Losses& losses) {
    if (losses.for_all()) return loss_config(*losses.values().front());
    return per_output(losses, [](const std::optional<Loss>& loss) { return loss ? loss_config(*loss) : json(); });
}

json weights_config(const LossWeights& weights) {
    return per_output(weights, [](double weight) { return json(weight); });
}

json metrics_config(const OutputMetrics& metrics) {
    const auto list = [](const std::vector<Metric>& all) {
        json written = json::array();
        for (const Metric& metric : all) written.push_back(metric_config(metric));
        return written;
    };
    return metrics.flat().empty() ? per_output(metrics, list) : list(metrics.flat());
}

json common_config(const CompileOptions& options) {
    return {{"loss", losses_config(options.loss)},
            {"loss_weights", weights_config(options.loss_weights)},
            {"metrics", metrics_config(options.metrics)},
            {"weighted_metrics", metrics_config(options.weighted_metrics)},
            {"run_eagerly", false},
            {"steps_per_execution", 1},
            {"jit_compile", false}};
}

/// "Adam" of "Custom>Adam", as Keras 2 wrote it.
std::string plain_class(const json& serialized, const std::string& where) {
    const std::string name = string_member(serialized, "class_name", where);
    constexpr std::string_view custom = "Custom>";
    return name.starts_with(custom) ? name.substr(custom.size()) : name;
}

/// The config with Keras 2's names and values replaced by those they have now.
json modern(json config) {
    if (!config.is_object()) return config;
    if (config.contains("lr") && !config.contains("learning_rate")) config["learning_rate"] = config["lr"];
    if (config.value("reduction", json()) == "auto") config["reduction"] = "sum_over_batch_size";
    return config;
}

Optimizer read_optimizer(const json& serialized, const std::string& where) {
    if (serialized.is_string()) return Optimizer(serialized.get<std::string>());
    const std::string class_name = plain_class(serialized, where);
    const std::shared_ptr<OptimizerBase> optimizer = optimizer_registry().find(class_name);
    if (!optimizer) throw ValueError("the class '" + class_name.substr(0, 64) + "' is unknown");
    const json config = modern(member(serialized, "config", where));
    FieldReader reader(config, where);
    optimizer->describe(reader);
    optimizer->finish_construction();
    return Optimizer(optimizer);
}

/// Names of built-in functions, given as strings or as function objects.
std::optional<std::string> function_name(const json& serialized) {
    if (serialized.is_string()) return serialized.get<std::string>();
    if (serialized.is_object() && serialized.value("class_name", json()) == "function") {
        const json config = serialized.value("config", json());
        if (config.is_string()) return config.get<std::string>();
    }
    return std::nullopt;
}

template <class Base>
std::shared_ptr<Base> read_described(const json& serialized, const Registry<Base>& registry, const std::string& where) {
    if (!serialized.is_object()) throw ValueError(shown(serialized) + " where one class or name is wanted");
    std::shared_ptr<Base> object = registry.make(plain_class(serialized, where));
    const json config = modern(member(serialized, "config", where));
    FieldReader reader(config, where);
    object->describe(reader);
    object->check();
    return object;
}

Loss read_loss(const json& serialized, const std::string& where) {
    if (const auto name = function_name(serialized)) return Loss(*name);
    return Loss(std::shared_ptr<const LossBase>(read_described(serialized, loss_registry(), where)));
}

Metric read_metric(const json& serialized, const std::string& where) {
    if (const auto name = function_name(serialized)) return Metric(*name);
    // Keras 2: a function and the name by which the user asked for it.
    if (serialized.is_object() && serialized.value("class_name", json()) == "MeanMetricWrapper") {
        const json& config = member(serialized, "config", where);
        const std::string name = string_member(config, "name", where);
        return Metric(name == "accuracy" || name == "acc" ? name : string_member(config, "fn", where));
    }
    return Metric(read_described(serialized, metric_registry(), where));
}

/// A class or function, and no object by the outputs' names.
bool is_serialized(const json& value) { return value.is_object() && value.contains("class_name"); }

/// One T for each output, from a list or from an object by names.
template <class T, class Read>
PerOutput<T> read_per_output(const json& value, const Read& read) {
    std::map<std::string, T> by_name;
    std::vector<T> in_order;
    if (value.is_object()) {
        for (const auto& [name, item] : value.items()) by_name.emplace(name, read(item));
        return by_name;
    }
    for (const json& item : value) in_order.push_back(read(item));
    return in_order;
}

Losses read_losses(const json& value, const std::string& where) {
    if (value.is_null()) return {};
    if (value.is_array() || (value.is_object() && !is_serialized(value))) {
        return read_per_output<std::optional<Loss>>(value, [&](const json& item) -> std::optional<Loss> {
            if (item.is_null()) return std::nullopt;
            return read_loss(item, where);
        });
    }
    return read_loss(value, where);
}

LossWeights read_weights(const json& value, const std::string& /*where*/) {
    const auto number = [](const json& item) {
        if (item.is_null()) return 1.0;
        if (!item.is_number()) throw ValueError(shown(item) + " where a number is wanted");
        return item.get<double>();
    };
    if (value.is_null()) return {};
    if (value.is_array() || value.is_object()) return read_per_output<double>(value, number);
    return number(value);
}

OutputMetrics read_metrics(const json& value, const std::string& where) {
    if (value.is_null()) return {};
    const auto list = [&](const json& item) {
        std::vector<Metric> metrics;
        if (!item.is_array()) {
            if (!item.is_null()) metrics.push_back(read_metric(item, where));
            return metrics;
        }
        for (const json& each : item) {
            if (!each.is_null()) metrics.push_back(read_metric(each, where));
        }
        return metrics;
    };
    if (value.is_object() && !is_serialized(value)) return read_per_output<std::vector<Metric>>(value, list);
    if (!value.is_array()) return list(value);
    const bool nested = std::ranges::any_of(value, [](const json& item) { return item.is_array() || item.is_null(); });
    if (!nested) return list(value);
    // Keras 2 nests the metrics of a model's only output, too.
    if (value.size() == 1) return list(value.front());
    return read_per_output<std::vector<Metric>>(value, list);
}

CompileOptions read_common(const json& config, const json& optimizer, const std::string& where) {
    const auto part = [&](const char* key) { return where + ": '" + key + "'"; };
    CompileOptions options;
    options.optimizer = located(part("optimizer"), [&] { return read_optimizer(optimizer, part("optimizer")); });
    const auto read = [&](const char* key, auto& into, const auto& reader) {
        into = located(part(key), [&] { return reader(config.value(key, json()), part(key)); });
    };
    read("loss", options.loss, read_losses);
    read("loss_weights", options.loss_weights, read_weights);
    read("metrics", options.metrics, read_metrics);
    read("weighted_metrics", options.weighted_metrics, read_metrics);
    return options;
}

}  // namespace

json compile_config(const CompileOptions& options) {
    json config = common_config(options);
    config["optimizer"] = optimizer_config(options.optimizer);
    return config;
}

std::optional<CompileOptions> read_compile_config(const json& config, const std::string& where) {
    if (!config.is_object() || config.value("optimizer", json()).is_null()) return std::nullopt;
    return read_common(config, config["optimizer"], where);
}

json training_config(const CompileOptions& options) {
    json config = common_config(options);
    const auto classic = [](json& serialized) {
        if (!serialized.is_object()) return;
        serialized.erase("module");
        serialized.erase("registered_name");
    };
    // Alone, in a list, or by the outputs' names.
    const std::function<void(json&)> all_classic = [&](json& value) {
        classic(value);
        if (!value.is_array() && (!value.is_object() || is_serialized(value))) return;
        for (json& item : value) all_classic(item);
    };
    for (const char* key : {"loss", "metrics", "weighted_metrics"}) all_classic(config[key]);
    config["optimizer_config"] = optimizer_config(options.optimizer);
    classic(config["optimizer_config"]);
    return config;
}

std::optional<CompileOptions> read_training_config(const json& config, const std::string& where) {
    if (!config.is_object() || config.value("optimizer_config", json()).is_null()) return std::nullopt;
    return read_common(config, config["optimizer_config"], where);
}

}  // namespace markhor::formats
