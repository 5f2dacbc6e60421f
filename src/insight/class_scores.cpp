#include "insight/class_scores.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "data/resize.hpp"

namespace markhor::insight {
namespace {

constexpr std::int64_t thumbnail_side = 96;

/// The image's pixels as bytes, made smaller where it is larger than a thumbnail.
void set_thumbnail(WrongImage& wrong, const Dataset& test) {
    const Shape shape = test.x_shape();
    Tensor x(shape.with_batch(1), DType::float32);
    Tensor y(test.y_shape().with_batch(1), test.y_dtype());
    test.read(std::array{wrong.index}, x, y);
    const std::int64_t longest = std::max(shape[0], shape[1]);
    wrong.shape = shape;
    if (longest > thumbnail_side) {
        const auto shorter = [&](std::int64_t side) {
            return std::max<std::int64_t>(1, side * thumbnail_side / longest);
        };
        wrong.shape = {shorter(shape[0]), shorter(shape[1]), shape[2]};
        Tensor small(wrong.shape.with_batch(1), DType::float32);
        data::resize_images(x, small);
        x = std::move(small);
    }
    for (const float value : std::as_const(x).data<float>())
        wrong.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0F, 1.0F))));
}

}  // namespace

Confusion confusion_of(std::span<const std::int32_t> labels, std::span<const std::int32_t> said, std::size_t classes) {
    Confusion confusion(classes, std::vector<std::int64_t>(classes, 0));
    for (std::size_t i = 0; i < std::min(labels.size(), said.size()); ++i) {
        const auto row = static_cast<std::size_t>(labels[i]);
        const auto column = static_cast<std::size_t>(said[i]);
        if (row < classes && column < classes) ++confusion[row][column];
    }
    return confusion;
}

std::vector<ClassScore> class_scores(const Confusion& confusion) {
    std::vector<ClassScore> scores(confusion.size());
    for (std::size_t label = 0; label < confusion.size(); ++label) {
        ClassScore& score = scores[label];
        score.images = std::accumulate(confusion[label].begin(), confusion[label].end(), std::int64_t{0});
        for (const std::vector<std::int64_t>& row : confusion) score.said += row[label];
        score.right = confusion[label][label];
        const auto right = static_cast<double>(score.right);
        if (score.said > 0) score.precision = right / static_cast<double>(score.said);
        if (score.images > 0) score.recall = right / static_cast<double>(score.images);
        if (score.images + score.said > 0) score.f1 = 2 * right / static_cast<double>(score.images + score.said);
    }
    return scores;
}

std::vector<WrongImage> most_wrong(const Dataset& test, std::span<const std::int32_t> labels,
                                   const Tensor& probabilities, std::int64_t count) {
    if (probabilities.shape().rank() != 2 || probabilities.shape()[1] < 2 || test.x_shape().rank() != 3) return {};
    const std::span<const float> all = probabilities.data<float>();
    const auto classes = static_cast<std::size_t>(probabilities.shape()[1]);
    std::vector<WrongImage> wrong;
    for (std::size_t i = 0; i < std::min(labels.size(), all.size() / classes); ++i) {
        const std::span<const float> said = all.subspan(i * classes, classes);
        const auto best = static_cast<std::size_t>(std::ranges::max_element(said) - said.begin());
        const auto label = static_cast<std::size_t>(labels[i]);
        if (best == label || label >= classes) continue;
        wrong.push_back({.index = static_cast<std::int64_t>(i),
                         .label = labels[i],
                         .said = static_cast<std::int32_t>(best),
                         .probability = said[best],
                         .label_probability = said[label]});
    }
    std::ranges::stable_sort(wrong, std::greater<>(), &WrongImage::probability);
    if (std::ssize(wrong) > count) wrong.resize(static_cast<std::size_t>(count));
    const bool drawable = test.x_shape()[2] == 1 || test.x_shape()[2] == 3;
    for (WrongImage& each : wrong) {
        each.name = test.name(each.index);
        if (drawable) set_thumbnail(each, test);
    }
    return wrong;
}

}  // namespace markhor::insight
