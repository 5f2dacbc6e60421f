// A check of every number among an object's options: NaN and infinity are refused wherever a layer, an optimizer, a
// schedule, a loss or another of Keras's objects is made, as files' are when they are read.
#pragma once

#include <string>

#include "layers/fields.hpp"

namespace markhor {

/// Throws ValueError, beginning with `where`, for a field that is NaN or infinite. Fields that are objects (schedules,
/// regularizers) were checked when they were made.
class FiniteFields final : public FieldVisitor {
public:
    explicit FiniteFields(std::string where) : where_(std::move(where)) {}

    void field(const char*, bool&) override {}
    void field(const char*, std::int64_t&) override {}
    void field(const char* key, double& value) override { check(key, value); }
    void field(const char*, std::string&) override {}
    void field(const char*, Ints&) override {}
    void field(const char* key, Numbers& value) override;
    void field(const char*, ActivationFunction&) override {}
    void field(const char*, Initializer&) override {}
    void field(const char*, Regularizer&) override {}
    void field(const char*, Constraint&) override {}
    void field(const char* key, std::optional<double>& value) override {
        if (value) check(key, *value);
    }
    void field(const char*, std::optional<std::int64_t>&) override {}
    void field(const char*, std::optional<std::string>&) override {}
    void field(const char* key, std::vector<double>& value) override;
    void field(const char* key, LearningRate& value) override;

private:
    void check(const char* key, double value) const;

    std::string where_;
};

/// Checks what `described` describes; `where` begins the error: "Adam: ".
template <class Described>
void check_finite_fields(const std::string& where, Described& described) {
    FiniteFields visitor(where);
    described.describe(visitor);
}

/// Throws ValueError, "WHERE NAME is nan; a finite number is expected", for NaN and infinity.
void check_finite(const std::string& where, const char* name, double value);

}  // namespace markhor
