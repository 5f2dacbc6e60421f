// The inside of a loss: how it becomes ops, and the table of its config keys. One file a loss (family) defines a class
// and registers it.
#pragma once

#include <cstdint>
#include <markhor/losses.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/registry.hpp"
#include "layers/fields.hpp"
#include "ops/op.hpp"

namespace markhor {

/// The losses of a batch's samples. `mask`, where there is one, is 1 for samples that count and 0 for those that do
/// not.
struct SampleLosses {
    ops::Value values;
    ops::Value mask = {};
};

class LossBase {
public:
    LossBase(const LossBase&) = delete;
    LossBase& operator=(const LossBase&) = delete;
    virtual ~LossBase() = default;

    /// Keras's class name: "MeanSquaredError".
    virtual std::string_view class_name() const = 0;
    /// "mean_squared_error", or what the user called it.
    const std::string& name() const noexcept { return name_; }
    /// Keras's config keys, in its order: name, reduction, then the loss's own.
    void describe(FieldVisitor& visitor);
    /// Checks the arguments: at construction, and after reading a config. Throws ValueError.
    void check() const;

    /// The loss of a batch, reduced as `reduction` says (by default the mean of all samples' losses): a scalar, and
    /// with "none" one number a sample. sample_weight, where valid, multiplies the samples' losses before (float, of
    /// the losses' shape or broadcast to it by NumPy's rules). Throws ShapeError where targets, predictions and weights
    /// do not fit each other.
    ops::Value lower(ops::Builder& builder, ops::Value target, ops::Value prediction,
                     ops::Value sample_weight = {}) const;

    /// Before weights and reduction. Throws ShapeError.
    virtual SampleLosses unreduced(ops::Builder& builder, ops::Value target, ops::Value prediction) const;

    /// Looks for a target that predictions of this shape cannot stand for and throws ValueError naming it. `items` are
    /// the numbers of the batch's examples in their data set. Default: all targets are fine.
    virtual void check_targets(const Tensor& targets, const Shape& prediction,
                               std::span<const std::int64_t> items) const;

protected:
    /// `name` stands where the user gave none.
    LossBase(std::string_view name, const losses::LossOptions& options);

    /// The fields beyond name and reduction.
    virtual void describe_options(FieldVisitor& /*visitor*/) {}
    virtual void check_options() const {}
    /// Each sample's loss (the prediction's shape without its last axis) from a floating prediction and a target of the
    /// data set's own type. Where one had one axis of size 1 more than the other, both have the same rank now.
    virtual SampleLosses sample_losses(ops::Builder& builder, ops::Value target, ops::Value prediction) const = 0;

private:
    std::string name_;
    std::optional<std::string> reduction_;  // none where Keras has None
};

/// Class and function names -> losses with Keras's defaults.
Registry<LossBase>& loss_registry();

/// static const RegisterLoss<HuberLoss> registered({"Huber", "huber"});
template <class T>
struct RegisterLoss {
    explicit RegisterLoss(const std::vector<std::string_view>& names) {
        loss_registry().add(names, [] { return std::make_shared<T>(); });
    }
};

/// Throws ValueError for arguments that cannot be: numbers that are not finite, and what check() refuses.
void check_arguments(LossBase& loss);

/// The public handle on a new T, its arguments checked.
template <class T, class... Arguments>
Loss make_loss(const Arguments&... arguments) {
    const auto loss = std::make_shared<T>(arguments...);
    check_arguments(*loss);
    return Loss(std::shared_ptr<const LossBase>(loss));
}

/// The input of the softmax or sigmoid that made this prediction, invalid where none did. Keras's cross-entropies on
/// TensorFlow work on it, whichever of the two activations it was, so that a saturated prediction still has a gradient.
ops::Value recover_logits(const ops::Builder& builder, ops::Value prediction);

}  // namespace markhor
