// What a model that was trained on a data set is to remember of it.
#pragma once

#include <markhor/dataset.hpp>
#include <markhor/model.hpp>

namespace markhor::insight {

/// Sets the model's record to what is known of `train`: the names of its classes, the images' size and channels. What a
/// record of the model says of the scale is kept; where there is none, images that lie in [0, 1] were x/255.
void record_image_input(const Model& model, const Dataset& train);

}  // namespace markhor::insight
