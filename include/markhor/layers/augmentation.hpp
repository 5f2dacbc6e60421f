// Random changes of images (batch, height, width, channels), each image its own, in training; at inference all are the
// identity. https://keras.io/api/layers/preprocessing_layers/image_augmentation/
#pragma once

#include <cstdint>
#include <markhor/layer.hpp>
#include <markhor/options.hpp>
#include <optional>
#include <string>

namespace markhor::layers {

/// A factor is one number f, for the interval [-f, f], or the two ends of an interval. All throw ValueError for a
/// factor out of range, and ShapeError, when called, for an input that is no batch of images.

struct RandomFlipOptions {
    std::optional<std::int64_t> seed = std::nullopt;  ///< None: from the session's seed
    std::string data_format = "channels_last";
    std::string name = {};
};
/// Mirrored, with probability 1/2: "horizontal", "vertical", or "horizontal_and_vertical" (both at once, or neither).
class RandomFlip : public Layer {
public:
    explicit RandomFlip(const std::string& mode = "horizontal_and_vertical", const RandomFlipOptions& options = {});
};

struct RandomWarpOptions {
    std::string fill_mode =
        "reflect";  ///< what lies outside: "reflect", "wrap", "nearest", or "constant", which is fill_value
    std::string interpolation = "bilinear";  ///< "bilinear", "nearest"
    std::optional<std::int64_t> seed = std::nullopt;
    double fill_value = 0.0;
    std::string data_format = "channels_last";
    std::string name = {};
};
/// Turned about its centre by `factor` full turns, counter-clockwise; a factor is in [-1, 1].
class RandomRotation : public Layer {
public:
    explicit RandomRotation(Numbers factor, const RandomWarpOptions& options = {});
};
/// Seen at 1 + factor times the size about its centre (a negative factor magnifies); factors are in (-1, 1]. Without a
/// width_factor (Numbers()) both axes have the same.
class RandomZoom : public Layer {
public:
    explicit RandomZoom(Numbers height_factor, Numbers width_factor = {}, const RandomWarpOptions& options = {});
};
/// Moved down and to the right by a factor of its height and width; factors are in [-1, 1].
class RandomTranslation : public Layer {
public:
    RandomTranslation(Numbers height_factor, Numbers width_factor, const RandomWarpOptions& options = {});
};

/// A part of height x width at a random place, the same for all images of the batch; where the images are not larger,
/// they are cropped to its aspect and resized. Throws ValueError for sizes below 1.
class RandomCrop : public Layer {
public:
    RandomCrop(std::int64_t height, std::int64_t width, const RandomFlipOptions& options = {});
};

struct RandomColorOptions {
    Numbers value_range = {0, 255};  ///< of the images
    std::optional<std::int64_t> seed = std::nullopt;
    std::string data_format = "channels_last";
    std::string name = {};
};
/// (x - mean) f + mean, with each channel's mean, clipped to value_range; f is in [1 - factor[0], 1 + factor[1]].
/// Factors are in [0, 1], and one number stands for [0, factor].
class RandomContrast : public Layer {
public:
    explicit RandomContrast(Numbers factor, const RandomColorOptions& options = {});
};
/// x plus a factor of value_range's length, clipped to value_range; factors are in [-1, 1].
class RandomBrightness : public Layer {
public:
    explicit RandomBrightness(Numbers factor, const RandomColorOptions& options = {});
};
/// value_range's end - x, with a probability from [0, factor] or the interval given; factors are in [0, 1].
class RandomInvert : public Layer {
public:
    explicit RandomInvert(Numbers factor = 1.0, const RandomColorOptions& options = {});
};
/// 0.2989 red + 0.587 green + 0.114 blue in all three channels, with probability `factor`.
class RandomGrayscale : public Layer {
public:
    explicit RandomGrayscale(double factor = 0.5, const RandomFlipOptions& options = {});
};

}  // namespace markhor::layers
