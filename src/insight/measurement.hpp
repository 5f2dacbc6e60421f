// What a head needs for images of one size: costs by the ops' rules and, where wanted, a few timed training steps.
#pragma once

#include <markhor/case_study.hpp>

#include "insight/networks.hpp"

namespace markhor::insight {

/// The head's network as the case study trains it: named and initialised anew from the options' seed, compiled as their
/// recipe says for so many training images.
Model compiled_network(const Head& head, const Shape& image, std::int64_t classes, const CaseStudyOptions& options,
                       std::int64_t train_images);

/// For colour images of size x size pixels. Steps are run on images of `data`, resized, where `size` is among the timed
/// ones.
SizeResult measure_size(const Head& head, std::int64_t size, const Dataset& data, std::int64_t classes,
                        const CaseStudyOptions& options);

}  // namespace markhor::insight
