#include "formats/compile_config.hpp"

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

json common_config(const CompileOptions& options) {
    json metrics = json::array();
    for (const Metric& metric : options.metrics) metrics.push_back(metric_config(metric));
    return {{"loss", options.loss ? loss_config(*options.loss) : json()},
            {"loss_weights", nullptr},
            {"metrics", metrics.empty() ? json() : metrics},
            {"weighted_metrics", nullptr},
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

/// Keras nests the metrics in a list an output.
void read_metrics(const json& value, const std::string& where, std::vector<Metric>& metrics) {
    if (value.is_null()) return;
    if (value.is_array()) {
        for (const json& item : value) read_metrics(item, where, metrics);
        return;
    }
    metrics.push_back(read_metric(value, where));
}

CompileOptions read_common(const json& config, const json& optimizer, const std::string& where) {
    const auto part = [&](const char* key) { return where + ": '" + key + "'"; };
    CompileOptions options;
    options.optimizer = located(part("optimizer"), [&] { return read_optimizer(optimizer, part("optimizer")); });
    const json loss = config.value("loss", json());
    if (!loss.is_null()) options.loss = located(part("loss"), [&] { return read_loss(loss, part("loss")); });
    located(part("metrics"), [&] { read_metrics(config.value("metrics", json()), part("metrics"), options.metrics); });
    for (const char* key : {"loss_weights", "weighted_metrics"}) {
        const json value = config.value(key, json());
        if (!value.is_null() && !value.empty())
            throw ValueError(part(key) + " is " + shown(value) + ", which is not supported");
    }
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
    classic(config["loss"]);
    for (json& metric : config["metrics"]) classic(metric);
    config["optimizer_config"] = optimizer_config(options.optimizer);
    classic(config["optimizer_config"]);
    return config;
}

std::optional<CompileOptions> read_training_config(const json& config, const std::string& where) {
    if (!config.is_object() || config.value("optimizer_config", json()).is_null()) return std::nullopt;
    return read_common(config, config["optimizer_config"], where);
}

}  // namespace markhor::formats
