// What is added to a model's loss for the size of weights or activities: keras.regularizers, by the same names and
// formulas.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <memory>
#include <string>

namespace markhor {

class RegularizerBase;  // src/layers/regularizer.hpp

/// A regularizer, or none (Keras's None) where default-constructed. Made from a name ("l2", "L2", with Keras's default
/// arguments) or by one of the functions in markhor::regularizers.
class Regularizer {
public:
    Regularizer() = default;
    /// Throws ValueError, listing the known names, for a name that is none.
    Regularizer(const char* name);         // NOLINT(google-explicit-constructor)
    Regularizer(const std::string& name);  // NOLINT(google-explicit-constructor)
    /// Throws ValueError for arguments out of range.
    explicit Regularizer(std::shared_ptr<RegularizerBase> base);

    explicit operator bool() const noexcept { return base_ != nullptr; }
    const std::shared_ptr<RegularizerBase>& base() const noexcept { return base_; }

private:
    std::shared_ptr<RegularizerBase> base_;
};

namespace regularizers {

struct L1L2Options {
    double l1 = 0.0;
    double l2 = 0.0;
};
struct OrthogonalOptions {
    double factor = 0.01;
    std::string mode = "rows";  ///< "rows", "columns"
};

/// All factors are at least 0; ValueError otherwise.
/// l1 sum |x|.
Regularizer L1(double l1 = 0.01);
/// l2 sum x².
Regularizer L2(double l2 = 0.01);
/// l1 sum |x| + l2 sum x².
Regularizer L1L2(const L1L2Options& options = {});
/// factor times the mean of |products| of different rows (or columns), each first divided by its Euclidean norm. Only
/// of a matrix: ShapeError, when the layer is called, for another weight.
Regularizer OrthogonalRegularizer(const OrthogonalOptions& options = {});

}  // namespace regularizers
}  // namespace markhor
