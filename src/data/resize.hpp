// Bilinear resizing of images as keras.layers.Resizing does it: half-pixel centres, no antialiasing, edges repeated.
#pragma once

#include <cstdint>
#include <markhor/tensor.hpp>

namespace markhor::data {

/// One image (height, width, channels), dense; `from` may be bytes or floats.
template <class T>
void resize_image(const T* from, std::int64_t height, std::int64_t width, std::int64_t channels, float* to,
                  std::int64_t new_height, std::int64_t new_width);

/// All images of (batch, height, width, channels), float32, into a tensor of another height and width.
void resize_images(const Tensor& from, Tensor& to);

}  // namespace markhor::data
