// The networks of the case study by name: one backbone, several heads.
#pragma once

#include <markhor/model.hpp>
#include <string>
#include <vector>

namespace markhor::insight {

struct Head {
    std::string name;    ///< as on the command line: "gap"
    std::string title;   ///< as in tables: "GlobalAveragePooling2D"
    bool pools = false;  ///< reduces each map to a number, so that its size does not depend on the image's
    /// Between the backbone, whose last map has this shape (height, width, channels), and the last Dense layer.
    std::vector<SequentialItem> (*layers)(const Shape& map) = nullptr;
};

/// In the order in which they are listed.
const std::vector<Head>& heads();
/// One of these, or a network of keras.applications by its name, whose `layers` are null: it has a head of its own.
/// Throws ValueError listing the names there are.
Head head(const std::string& name);

/// The backbone (two blocks of two 3x3 convolutions, MaxPooling and BatchNormalization, with 32 and 64 filters), this
/// head and a softmax over the classes. Layers get Keras's automatic names: clear_session() before starts these anew.
/// Throws ValueError for fewer than two classes; ShapeError for an image that is not (height, width, channels) or too
/// small for the backbone.
Sequential network(const Head& head, const Shape& image, std::int64_t classes,
                   const std::vector<Layer>& augmentation = {});
/// The same for any Head, those of keras.applications too: with initial weights, and `augmentation` behind the input.
Model any_network(const Head& head, const Shape& image, std::int64_t classes, const std::vector<Layer>& augmentation);

}  // namespace markhor::insight
