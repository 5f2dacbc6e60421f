// The inside of a loss: how it becomes ops. One file a loss (family) defines a class; loss.cpp knows the names.
#pragma once

#include <cstdint>
#include <markhor/losses.hpp>
#include <span>
#include <string_view>

#include "ops/op.hpp"

namespace markhor {

class LossBase {
public:
    LossBase() = default;
    LossBase(const LossBase&) = delete;
    LossBase& operator=(const LossBase&) = delete;
    virtual ~LossBase() = default;

    /// Keras's name: "mean_squared_error".
    virtual std::string_view name() const = 0;

    /// The loss of a batch, a scalar: the mean over all of its samples' losses (Keras's sum_over_batch_size). Throws
    /// ShapeError where targets and predictions do not fit each other.
    ops::Value lower(ops::Builder& builder, ops::Value target, ops::Value prediction) const;

    /// Looks for a target that predictions of this shape cannot stand for and throws ValueError naming it. `items` are the
    /// numbers of the batch's examples in their data set. Default: all targets are fine.
    virtual void check_targets(const Tensor& targets, const Shape& prediction, std::span<const std::int64_t> items) const;

protected:
    /// Each sample's loss (the prediction's shape without its last axis) from a float32 prediction and a target of the data
    /// set's own type. Where one had one axis of size 1 more than the other, both have the same rank now.
    virtual ops::Value sample_losses(ops::Builder& builder, ops::Value target, ops::Value prediction) const = 0;
};

/// The mean over the last axis: what a loss of single numbers makes of a sample that has several.
ops::Value mean_of_last_axis(ops::Builder& builder, ops::Value losses);

/// The input of the softmax or sigmoid that made this prediction, invalid where none did. Keras's cross-entropies on
/// TensorFlow work on it, whichever of the two activations it was, so that a saturated prediction still has a gradient.
ops::Value recover_logits(const ops::Builder& builder, ops::Value prediction);

}  // namespace markhor
