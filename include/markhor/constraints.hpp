// What weights are made to fulfil after each step of training: keras.constraints, by the same names and formulas.
#pragma once

#include <markhor/options.hpp>
#include <memory>
#include <string>

namespace markhor {

class ConstraintBase;  // src/layers/constraint.hpp

/// A constraint, or none (Keras's None) where default-constructed. Made from a name ("max_norm", "MaxNorm", with
/// Keras's default arguments) or by one of the functions in markhor::constraints.
class Constraint {
public:
    Constraint() = default;
    /// Throws ValueError, listing the known names, for a name that is none.
    Constraint(const char* name);         // NOLINT(google-explicit-constructor)
    Constraint(const std::string& name);  // NOLINT(google-explicit-constructor)
    /// Throws ValueError for arguments out of range.
    explicit Constraint(std::shared_ptr<ConstraintBase> base);

    explicit operator bool() const noexcept { return base_ != nullptr; }
    const std::shared_ptr<ConstraintBase>& base() const noexcept { return base_; }

private:
    std::shared_ptr<ConstraintBase> base_;
};

namespace constraints {

struct MaxNormOptions {
    double max_value = 2.0;
    Ints axis = 0;
};
struct MinMaxNormOptions {
    double min_value = 0.0;
    double max_value = 1.0;
    double rate = 1.0;
    Ints axis = 0;
};

/// Norms are Euclidean ones along `axis`: 0 for a dense kernel (inputs, units), {0, 1, 2} for that of a Conv2D. Axes
/// that the weight lacks are a ShapeError when the layer is built. w min(norm, max_value) / (1e-7 + norm).
Constraint MaxNorm(const MaxNormOptions& options = {});
/// max(w, 0).
Constraint NonNeg();
/// w / (1e-7 + norm).
Constraint UnitNorm(const Ints& axis = 0);
/// w (rate clip(norm, min_value, max_value) + (1 - rate) norm) / (1e-7 + norm).
Constraint MinMaxNorm(const MinMaxNormOptions& options = {});

}  // namespace constraints
}  // namespace markhor
