// What a classifier does class by class: what is taken for what, precision, recall and F1, and the pictures that it is
// most wrong about.
#pragma once

#include <cstdint>
#include <markhor/case_study.hpp>
#include <span>
#include <vector>

namespace markhor::insight {

/// [label][said]; labels and answers beyond `classes` are not counted.
using Confusion = std::vector<std::vector<std::int64_t>>;
Confusion confusion_of(std::span<const std::int32_t> labels, std::span<const std::int32_t> said, std::size_t classes);

struct ClassScore {
    std::int64_t images = 0;  ///< of the class
    std::int64_t said = 0;    ///< how often it was said
    std::int64_t right = 0;
    double precision = 0;  ///< right / said; 0 where it never was said
    double recall = 0;     ///< right / images
    double f1 = 0;         ///< their harmonic mean
};
std::vector<ClassScore> class_scores(const Confusion& confusion);

/// At most `count` images that were named wrongly, those first whose wrong name was said most surely. Their thumbnails
/// are at most 96 pixels high and wide. `probabilities` is (images, classes).
std::vector<WrongImage> most_wrong(const Dataset& test, std::span<const std::int32_t> labels,
                                   const Tensor& probabilities, std::int64_t count = 24);

}  // namespace markhor::insight
