// Predictions of the test images, as they are and shifted, counted in several ways.
#include <algorithm>
#include <array>
#include <cmath>
#include <markhor/behaviour.hpp>
#include <markhor/error.hpp>
#include <utility>

#include "insight/samples.hpp"

namespace markhor::insight {
namespace {

void add_confidence(Behaviour& result, const Tensor& said, std::span<const std::int32_t> labels,
                    const std::vector<std::int32_t>& classes, std::int64_t bins) {
    const auto width = static_cast<std::size_t>(said.shape()[1]);
    const std::span<const float> values = said.data<float>();
    result.bins.resize(static_cast<std::size_t>(bins));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double confidence = values[i * width + static_cast<std::size_t>(classes[i])];
        const auto place = static_cast<std::int64_t>(confidence * static_cast<double>(bins));
        ConfidenceBin& bin = result.bins[static_cast<std::size_t>(std::clamp<std::int64_t>(place, 0, bins - 1))];
        ++bin.images;
        bin.confidence += confidence;
        bin.accuracy += classes[i] == labels[i] ? 1 : 0;
    }
    for (ConfidenceBin& bin : result.bins) {
        if (bin.images == 0) continue;
        const auto images = static_cast<double>(bin.images);
        bin.confidence /= images;
        bin.accuracy /= images;
        result.calibration_error +=
            images / static_cast<double>(labels.size()) * std::abs(bin.confidence - bin.accuracy);
    }
}

void add_confusion(Behaviour& result, std::span<const std::int32_t> labels, const std::vector<std::int32_t>& classes,
                   std::size_t count) {
    result.confusion.assign(count, std::vector<std::int64_t>(count, 0));
    for (std::size_t i = 0; i < labels.size(); ++i)
        ++result.confusion.at(static_cast<std::size_t>(labels[i])).at(static_cast<std::size_t>(classes[i]));
}

}  // namespace

Dataset shifted(const Dataset& images, std::int64_t rows, std::int64_t columns) {
    const Shape shape = images.x_shape();
    if (shape.rank() != 3)
        throw ShapeError("shift: the images are " + shape.str() + "; (height, width, channels) is wanted");
    const auto shift = [shape, rows, columns](Example& example) {
        Tensor moved(shape, DType::float32);
        const std::span<const float> from = std::as_const(example.x).data<float>();
        const std::span<float> to = moved.data<float>();
        for (std::int64_t row = 0; row < shape[0]; ++row) {
            const std::int64_t source_row = std::clamp<std::int64_t>(row - rows, 0, shape[0] - 1);
            for (std::int64_t column = 0; column < shape[1]; ++column) {
                const std::int64_t source = std::clamp<std::int64_t>(column - columns, 0, shape[1] - 1);
                std::copy_n(from.begin() + (source_row * shape[1] + source) * shape[2], shape[2],
                            to.begin() + (row * shape[1] + column) * shape[2]);
            }
        }
        example.x = std::move(moved);
    };
    return images.map(shift);
}

Behaviour behaviour(const Model& model, const Dataset& test, const BehaviourOptions& options) {
    const std::vector<std::int32_t> labels = labels_of(test);
    const Tensor said = model.predict(test, {.batch_size = options.batch_size});
    if (said.shape().rank() != 2 || said.shape()[1] < 2)
        throw ShapeError("behaviour: the model says " + said.shape().str() + "; a probability a class is wanted");
    const auto classes = static_cast<std::size_t>(said.shape()[1]);
    for (const std::int32_t label : labels) {
        if (label < 0 || static_cast<std::size_t>(label) >= classes)
            throw ShapeError("behaviour: the data has the class " + std::to_string(label) + "; the model has " +
                             std::to_string(classes));
    }
    Behaviour result;
    const std::vector<std::int32_t> chosen = classes_of(said);
    add_confidence(result, said, labels, chosen, std::max<std::int64_t>(1, options.bins));
    add_confusion(result, labels, chosen, classes);

    const Dataset some = test.take(options.shift_images);
    result.shift_images = some.size();
    const std::span<const std::int32_t> some_labels = std::span(labels).first(static_cast<std::size_t>(some.size()));
    result.shift_accuracy.push_back(accuracy_of(said.slice(0, some.size()), some_labels));
    for (std::int64_t shift = 1; shift <= options.most_shift; ++shift) {
        double sum = 0;
        for (const auto& [rows, columns] :
             std::array<std::pair<std::int64_t, std::int64_t>, 4>{{{-shift, 0}, {shift, 0}, {0, -shift}, {0, shift}}}) {
            sum += accuracy_of(model.predict(shifted(some, rows, columns), {.batch_size = options.batch_size}),
                               some_labels);
        }
        result.shift_accuracy.push_back(sum / 4);
    }
    return result;
}

}  // namespace markhor::insight
