// Layers that prepare images, as the first of a network.
#pragma once

#include <cstdint>
#include <markhor/layer.hpp>
#include <markhor/options.hpp>
#include <markhor/tensor.hpp>
#include <string>

namespace markhor::layers {

struct RescalingOptions {
    Numbers offset = 0.0;
    std::string name = {};
};

/// x scale + offset: numbers for all elements, or one for each place along the last axis. Throws ValueError for a
/// number that is not finite; ShapeError, when called, for a last axis of another size.
class Rescaling : public Layer {
public:
    explicit Rescaling(Numbers scale, const RescalingOptions& options = {});
};

struct ResizingOptions {
    std::string interpolation = "bilinear";  ///< "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"
    bool crop_to_aspect_ratio = false;       ///< takes the middle that has the wanted aspect first
    bool pad_to_aspect_ratio = false;        ///< or puts fill_value around the images
    std::string fill_mode = "constant";      ///< Keras knows no other
    double fill_value = 0.0;
    bool antialias = false;
    std::string data_format = "channels_last";
    std::string name = {};
};

/// Images (batch, height, width, channels) at another size, with TensorFlow's half-pixel centres. Throws ValueError for
/// a size below 1 or both aspect options at once.
/// https://keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing/
class Resizing : public Layer {
public:
    Resizing(std::int64_t height, std::int64_t width, const ResizingOptions& options = {});
};

struct CenterCropOptions {
    std::string data_format = "channels_last";
    std::string name = {};
};

/// The middle of images; where they are smaller, the largest middle of that aspect, resized. Throws ValueError for a
/// size below 1.
class CenterCrop : public Layer {
public:
    CenterCrop(std::int64_t height, std::int64_t width, const CenterCropOptions& options = {});
};

struct NormalizationOptions {
    Ints axis = -1;     ///< with statistics of their own for each place; none (Ints()): one for all elements
    Numbers mean = {};  ///< None: learnt by adapt()
    Numbers variance = {};
    bool invert = false;
    std::string name = {};
};

/// (x - mean) / max(sqrt(variance), 1e-7), or, inverted, x max(sqrt(variance), 1e-7) + mean. mean and variance: one
/// number, one for each place along the last of the axes, or one for each place along all of them. Without them there
/// are the weights mean, variance and count (which Keras keeps and does not use). Throws ValueError where only one of
/// mean and variance is given.
class Normalization : public Layer {
public:
    explicit Normalization(const NormalizationOptions& options = {});
    /// A layer of a model, as what it is. Throws ValueError for a layer of another class.
    explicit Normalization(const Layer& layer);
    /// Sets mean and (biased) variance to those of `data`, (examples, …), building the layer if that was not done.
    /// Throws ValueError where they were given; ShapeError for data of other sizes along the axes than the layer was
    /// built for.
    void adapt(const Tensor& data);
};

}  // namespace markhor::layers
