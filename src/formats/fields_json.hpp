// The one reader and the one writer of layers' fields as Keras's JSON configs: visitors of LayerBase::describe().
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "layers/fields.hpp"

namespace markhor::formats {

/// Sets each field from the config's key of its name. A key that is absent, or null where the field has no None, leaves
/// the field's default. Throws ValueError, starting with `where`, for a value of another type.
class FieldReader final : public FieldVisitor {
public:
    FieldReader(const nlohmann::json& config, std::string where) : config_(config), where_(std::move(where)) {}

    void field(const char* key, bool& value) override;
    void field(const char* key, std::int64_t& value) override;
    void field(const char* key, double& value) override;
    void field(const char* key, std::string& value) override;
    void field(const char* key, Ints& value) override;
    void field(const char* key, Numbers& value) override;
    void field(const char* key, ActivationFunction& value) override;
    void field(const char* key, Initializer& value) override;
    void field(const char* key, Regularizer& value) override;
    void field(const char* key, Constraint& value) override;
    void field(const char* key, std::optional<double>& value) override;
    void field(const char* key, std::optional<std::int64_t>& value) override;
    void field(const char* key, std::optional<std::string>& value) override;
    void field(const char* key, std::vector<double>& value) override;
    void field(const char* key, LearningRate& value) override;

    /// The keys that were asked for.
    const std::set<std::string>& seen() const noexcept { return seen_; }

private:
    const nlohmann::json* find(const char* key);
    [[noreturn]] void refuse(const char* key, const nlohmann::json& value, const char* wanted) const;
    std::int64_t integer(const char* key, const nlohmann::json& value) const;
    double number(const char* key, const nlohmann::json& value) const;
    std::string text(const char* key, const nlohmann::json& value) const;

    const nlohmann::json& config_;
    std::string where_;
    std::set<std::string> seen_;
};

/// Writes each field into a config as Keras does.
class FieldWriter final : public FieldVisitor {
public:
    explicit FieldWriter(nlohmann::json& config) : config_(config) {}

    void field(const char* key, bool& value) override { config_[key] = value; }
    void field(const char* key, std::int64_t& value) override { config_[key] = value; }
    void field(const char* key, double& value) override { config_[key] = value; }
    void field(const char* key, std::string& value) override { config_[key] = value; }
    void field(const char* key, Ints& value) override;
    void pairs(const char* key, Ints& value) override;
    void open_sizes(const char* key, Ints& value) override { config_[key] = value.values(); }
    void one_or_more(const char* key, Ints& value) override;
    void field(const char* key, Numbers& value) override;
    void field(const char* key, ActivationFunction& value) override;
    void field(const char* key, Initializer& value) override;
    void field(const char* key, Regularizer& value) override;
    void field(const char* key, Constraint& value) override;
    void field(const char* key, std::optional<double>& value) override { write(key, value); }
    void field(const char* key, std::optional<std::int64_t>& value) override { write(key, value); }
    void field(const char* key, std::optional<std::string>& value) override { write(key, value); }
    void field(const char* key, std::vector<double>& value) override { config_[key] = value; }
    void field(const char* key, LearningRate& value) override;

private:
    template <class T>
    void write(const char* key, const std::optional<T>& value) {
        config_[key] = value ? nlohmann::json(*value) : nlohmann::json();
    }

    nlohmann::json& config_;
};

/// An initializer from Keras's JSON, old or new: "glorot_uniform" or {"class_name", "config", …}.
Initializer initializer_from_config(const nlohmann::json& value, const std::string& where);
nlohmann::json initializer_config(const Initializer& initializer);

}  // namespace markhor::formats
