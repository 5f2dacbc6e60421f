// keras.ops.image.resize: how each method maps one axis to another size.
#pragma once

#include <cstdint>
#include <string>

#include "graph/graph.hpp"

namespace markhor::layers {

/// Throws ValueError unless it is "nearest", "bilinear", "bicubic", "area", "lanczos3" or "lanczos5".
void check_interpolation(const std::string& interpolation);
/// A channels-last batch of images at another size. Half-pixel centres, as TensorFlow has them; `antialias` widens the
/// kernels of bilinear, bicubic and lanczos where the size shrinks.
graph::Value resize(ops::Builder& builder, graph::Value images, std::int64_t height, std::int64_t width,
                    const std::string& interpolation, bool antialias = false);

}  // namespace markhor::layers
