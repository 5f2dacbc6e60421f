// How a trained classifier behaves beyond its accuracy: on shifted images, in its confidence, in what it confuses.
#pragma once

#include <cstdint>
#include <markhor/dataset.hpp>
#include <markhor/model.hpp>
#include <vector>

namespace markhor::insight {

struct BehaviourOptions {
    std::int64_t most_shift = 4;       ///< pixels
    std::int64_t shift_images = 2000;  ///< at most so many of the images are shifted
    std::int64_t bins = 10;            ///< of confidence
    std::int64_t batch_size = 128;
};

/// Of the images whose highest probability lies in one bin.
struct ConfidenceBin {
    std::int64_t images = 0;
    double confidence = 0;  ///< the mean highest probability
    double accuracy = 0;    ///< the share that is right
};

struct Behaviour {
    /// Accuracy on images shifted by 0, 1, … pixels, the mean of left, right, up and down; what moves in is the border
    /// pixel repeated.
    std::vector<double> shift_accuracy = {};
    std::int64_t shift_images = 0;
    std::vector<ConfidenceBin> bins = {};  ///< of equal width over [0, 1]
    /// Mean distance of confidence from accuracy, weighed by the bins' images (Guo et al., "On Calibration of Modern
    /// Neural Networks", 2017).
    double calibration_error = 0;
    std::vector<std::vector<std::int64_t>> confusion = {};  ///< [label][said]
};

/// `test` has images (height, width, channels) and int class numbers, the model one probability a class. Throws
/// ShapeError where they do not fit each other.
Behaviour behaviour(const Model& model, const Dataset& test, const BehaviourOptions& options = {});

/// The same images, `rows` pixels further down and `columns` to the right.
Dataset shifted(const Dataset& images, std::int64_t rows, std::int64_t columns);

}  // namespace markhor::insight
