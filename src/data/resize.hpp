// Resizing of images as tf.image.resize does it (antialias=False), which is what keras.layers.Resizing and
// keras.utils.image_dataset_from_directory call: half-pixel centres, every interpolation that Keras names.
#pragma once

#include <cstdint>
#include <markhor/tensor.hpp>
#include <string>

namespace markhor::data {

enum class Interpolation { nearest, bilinear, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic };

/// By Keras's name, in any case. Throws ValueError listing the names there are.
Interpolation interpolation_of(const std::string& name);

/// Pixels (height, width, channels) of which a row may be part of a longer one: `stride` elements lie between rows.
template <class T>
struct Pixels {
    T* data = nullptr;
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t channels = 0;
    std::int64_t stride = 0;
};

/// All of (height, width, channels).
template <class T>
Pixels<T> dense(T* data, std::int64_t height, std::int64_t width, std::int64_t channels) {
    return {data, height, width, channels, width * channels};
}

/// Fills `to` from all of `from`, of as many channels, at least one pixel.
template <class T>
void resize_image(const Pixels<const T>& from, const Pixels<float>& to, Interpolation interpolation);

enum class Aspect {
    stretch,  ///< the whole image, its aspect ratio not kept
    crop,     ///< the largest window of the wanted ratio around the centre (crop_to_aspect_ratio)
    pad,      ///< the whole image with its ratio, black around it (pad_to_aspect_ratio)
};
template <class T>
void fit_image(const Pixels<const T>& from, const Pixels<float>& to, Interpolation interpolation, Aspect aspect);

/// All images of (batch, height, width, channels), float32, into a tensor of another height and width, bilinearly.
void resize_images(const Tensor& from, Tensor& to);

}  // namespace markhor::data
