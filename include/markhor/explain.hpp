// Where in an image a classifier saw its evidence: class activation maps, and Grad-CAM for networks of any form.
#pragma once

#include <cstdint>
#include <markhor/model.hpp>
#include <optional>
#include <string>

namespace markhor::insight {

struct ExplainOptions {
    /// "cam": the last map weighed with the class's weights in the Dense behind GlobalAveragePooling2D (Zhou et al.,
    /// "Learning Deep Features for Discriminative Localization", 2016); it is signed. "gradcam": a map weighed with the
    /// mean gradients of the class's score, negative values set to 0 (Selvaraju et al., 2017). "auto": "cam" where the
    /// network has such a head and no layer is named, else "gradcam".
    std::string method = "auto";
    std::string layer = {};                                  ///< of gradcam: whose map; empty: the last convolution's
    std::optional<std::int64_t> class_index = std::nullopt;  ///< default: the class of the highest score
};

struct Explanation {
    std::string method = {};
    std::string layer = {};
    std::int64_t class_index = 0;
    double output = 0;  ///< what the model says for the class: a probability behind a softmax
    Tensor heat = {};   ///< (height, width) of the layer's map, float32, not normalised
};

/// `image` is (height, width, channels) float32, scaled as the model takes its inputs. The score is what the last
/// softmax or sigmoid receives, else the output itself. Throws ShapeError for an image that does not fit, ValueError
/// for a layer that there is not or that makes no map, a class beyond the outputs, a method that does not fit the
/// network.
Explanation explain(const Model& model, const Tensor& image, const ExplainOptions& options = {});

/// The heat for each pixel, from 0 (none, or evidence against the class) to 1 (the most): bilinear between the map's
/// numbers. (height, width).
Tensor heat_for_pixels(const Tensor& heat, std::int64_t height, std::int64_t width);

/// The heat over the image: `pixels` uint8 (height, width, 1 or 3), turned to grey where it is cold and coloured from
/// blue over yellow to red where it is hot. uint8 (height, width, 3). Throws ShapeError for other pixels.
Tensor draw_heat(const Tensor& heat, const Tensor& pixels);

}  // namespace markhor::insight
