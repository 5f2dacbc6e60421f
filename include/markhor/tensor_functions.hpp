// What is done to labels and predictions around a model: Keras's to_categorical, argmax, softmax and their kin, on
// tensors of values. (Layers of the same kind work on symbolic tensors: layers.hpp.)
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <cstdint>
#include <markhor/tensor.hpp>

namespace markhor {

/// x with a new axis of size 1 at `axis`, -1 the last: an image (28, 28, 1) becomes a batch of one (1, 28, 28, 1).
/// Shares x's elements. Throws ShapeError for an axis outside [-rank - 1, rank].
Tensor expand_dims(const Tensor& x, std::int64_t axis);

/// The place of the largest element along `axis`, int32, the axis left out: the classes (batch,) of predictions (batch,
/// classes). Of equals the first; NaN counts as the largest, as in NumPy. Throws ShapeError for an axis that x does not
/// have, ValueError where it has size 0.
Tensor argmax(const Tensor& x, std::int64_t axis = -1);

/// exp(x) over its sum along `axis`: logits as probabilities, float32 (float64 of float64). Safe of large numbers.
/// Throws ShapeError for an axis that x does not have.
Tensor softmax(const Tensor& x, std::int64_t axis = -1);

namespace utils {

/// Class numbers (…) or (…, 1), of any type, as float32 (…, num_classes) with a one each; num_classes = 0: one more
/// than the largest. (keras.utils.to_categorical, whose result is float64.) Throws ValueError for a number below 0, not
/// whole, or not below num_classes.
Tensor to_categorical(const Tensor& x, std::int64_t num_classes = 0);

}  // namespace utils
using utils::to_categorical;

struct ConfusionMatrixCounts {
    std::int64_t num_classes = 0;  ///< 0: one more than the largest class that occurs
    Tensor weights = {};           ///< (n,), what each counts; default: 1
};
/// How often label i was taken for class j: (num_classes, num_classes), rows the labels, columns the predictions;
/// int32, with weights float32. Labels (n,) or (n, 1) are class numbers, or (n, classes) one-hot; predictions class
/// numbers too, or (n, classes) scores, of which the largest counts. (tf.math.confusion_matrix; keras.metrics has it as
/// an object: metrics::ConfusionMatrix.) Throws ShapeError where the counts of examples differ, ValueError for a class
/// out of range.
Tensor confusion_matrix(const Tensor& labels, const Tensor& predictions, const ConfusionMatrixCounts& options = {});

}  // namespace markhor
