#include "layers/finite_fields.hpp"

#include <cmath>
#include <markhor/error.hpp>
#include <markhor/optimizers.hpp>

#include "ops/check.hpp"

namespace markhor {

void check_finite(const std::string& where, const char* name, double value) {
    if (std::isfinite(value)) return;
    throw ValueError(where + name + " is " + ops::text(value) + "; a finite number is expected");
}

void FiniteFields::check(const char* key, double value) const { check_finite(where_, key, value); }

void FiniteFields::field(const char* key, Numbers& value) {
    for (const double each : value.values()) check(key, each);
}

void FiniteFields::field(const char* key, std::vector<double>& value) {
    for (const double each : value) check(key, each);
}

void FiniteFields::field(const char* key, LearningRate& value) {
    if (!value.schedule()) check(key, value.value());
}

}  // namespace markhor
