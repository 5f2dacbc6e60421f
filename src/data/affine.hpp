// Images turned, moved and scaled as keras.ops.image.affine_transform does it (TensorFlow's ImageProjectiveTransform).
#pragma once

#include <array>
#include <markhor/tensor.hpp>
#include <string>

#include "data/resize.hpp"

namespace markhor::data {

enum class FillMode { constant, nearest, reflect, wrap };
/// By Keras's name. Throws ValueError.
FillMode fill_mode_of(const std::string& name);

/// Output pixel (x, y) is the input's at (a x + b y + c, d x + e y + f).
using Affine = std::array<float, 6>;

struct Sampling {
    FillMode fill_mode = FillMode::reflect;
    bool bilinear = true;
    float fill_value = 0;
};

/// Both are of one size and dense or not; they must not overlap.
void transform_image(const Pixels<const float>& from, const Pixels<float>& to, const Affine& affine,
                     const Sampling& sampling);

}  // namespace markhor::data
