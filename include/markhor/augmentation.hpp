// Augmentation: examples changed at random as they are read, on the data's own threads.
//
//     train = train.map(augmentation::random_flip({.mode = "horizontal"}))
//                  .map(augmentation::random_rotation(0.1));
//
// What is drawn depends on the seed, the epoch and the example's index alone, so a run is repeatable whatever the batch
// size, the order and the number of threads. Two of the same kind on one data set want two seeds. Formulas and defaults
// are those of Keras's Random… layers (https://keras.io/api/layers/preprocessing_layers/image_augmentation/). Images
// are x of (height, width, channels); all throw ValueError for arguments out of range, and ShapeError for examples that
// are no images as they are read.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <markhor/dataset.hpp>
#include <string>

namespace markhor::augmentation {

/// What Dataset::map takes.
using Function = std::function<void(Example&)>;

/// A range to draw from: {low, high}, or one number f for {-f, f}.
struct Factor {
    Factor(double both) : low(-both), high(both) {}  // NOLINT(google-explicit-constructor)
    Factor(double from, double to) : low(from), high(to) {}
    double low;
    double high;
};

struct FlipOptions {
    std::string mode = "horizontal_and_vertical";  ///< or "horizontal", "vertical"; each with probability 1/2
    std::uint64_t seed = 0;
};
Function random_flip(const FlipOptions& options = {});

/// How pixels are found that lie between others, and beyond the edge.
struct WarpOptions {
    std::string fill_mode = "reflect";       ///< or "constant", "wrap", "nearest"
    std::string interpolation = "bilinear";  ///< or "nearest"
    double fill_value = 0;                   ///< of "constant"
    std::uint64_t seed = 0;
};
/// By a share of a whole turn: 0.1 is up to 36 degrees either way, positive ones counter-clockwise.
Function random_rotation(const Factor& factor, const WarpOptions& options = {});
/// By a share of the size: positive ones zoom out. Both axes alike, or each by its own factor.
Function random_zoom(const Factor& factor, const WarpOptions& options = {});
Function random_zoom(const Factor& height_factor, const Factor& width_factor, const WarpOptions& options = {});
/// By a share of the height (positive: down) and of the width (positive: to the right).
Function random_translation(const Factor& height_factor, const Factor& width_factor, const WarpOptions& options = {});

struct ValueOptions {
    std::array<double, 2> value_range = {0, 255};  ///< of the pixels; results are clipped to it
    std::uint64_t seed = 0;
};
/// Each channel's distance from its mean times 1 + factor.
Function random_contrast(const Factor& factor, const ValueOptions& options = {});
/// Adds a share of the value range.
Function random_brightness(const Factor& factor, const ValueOptions& options = {});

/// A window of this size anywhere in the image; map() wants {.x_shape = Shape{height, width, channels}} with it. Throws
/// ShapeError for images that are smaller.
Function random_crop(std::int64_t height, std::int64_t width, std::uint64_t seed = 0);

struct CutoutOptions {
    double probability = 1;
    double fill_value = 0;
    std::uint64_t seed = 0;
};
/// A square of `size` pixels around a random place set to one value (DeVries and Taylor, "Improved regularization of
/// convolutional neural networks with cutout", 2017); at the edge it is cut off.
Function cutout(std::int64_t size, const CutoutOptions& options = {});

struct MixOptions {
    double alpha = 0.2;  ///< of the Beta(alpha, alpha) distribution that the share is drawn from
    std::uint64_t seed = 0;
};
/// Each example mixed with another, images and labels by the same share (Zhang et al., "mixup", 2018). y must be
/// float32 vectors: Dataset::one_hot(), or label_mode = "categorical".
Dataset mixup(const Dataset& data, const MixOptions& options = {});
/// Each image with a box of another's in it, labels by the area (Yun et al., "CutMix", 2019). Keras's alpha is 1.
Dataset cutmix(const Dataset& data, const MixOptions& options = {.alpha = 1});

}  // namespace markhor::augmentation
