#include "model/sample_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>

#include "training/element.hpp"

namespace markhor {
namespace {

/// A row's class: its number, or where its largest value is.
std::int64_t class_of(const Tensor& targets, std::size_t row) {
    const Shape& shape = targets.shape();
    if (shape.rank() < 2 || shape.back() == 1) return static_cast<std::int64_t>(element(targets, row));
    const auto classes = static_cast<std::size_t>(shape.back());
    std::size_t best = 0;
    for (std::size_t i = 1; i < classes; ++i) {
        if (element(targets, row * classes + i) > element(targets, row * classes + best)) best = i;
    }
    return static_cast<std::int64_t>(best);
}

}  // namespace

SampleWeights::SampleWeights(const Tensor& samples, const std::map<std::int64_t, double>& classes,
                             std::int64_t examples, const std::string& where)
    : classes_(classes) {
    if (!samples.defined()) {
        for (const auto& [number, weight] : classes) {
            if (std::isfinite(weight) && weight >= 0) continue;
            throw ValueError(where + "the weight of class " + std::to_string(number) + " is " +
                             fmt::format("{}", weight) + "; a number of at least 0 is wanted");
        }
        return;
    }
    if (!classes.empty()) {
        throw ValueError(where +
                         "got both sample_weight and class_weight; expected one of them (a class's weight can be " +
                         "multiplied into sample_weight)");
    }
    if (samples.shape().rank() == 0 || samples.shape()[0] != examples) {
        throw ShapeError(where + "sample_weight has the shape " + samples.shape().str() + "; expected (" +
                         std::to_string(examples) + ", …), the weights of each of the " + std::to_string(examples) +
                         " examples");
    }
    samples_ = samples.cast(DType::float32);
}

Shape SampleWeights::shape(std::int64_t batch) const {
    return samples_.defined() ? samples_.shape().without_batch().with_batch(batch) : Shape{batch};
}

void SampleWeights::fill(std::span<const std::int64_t> items, const Tensor& targets, Tensor& weights) const {
    const auto values = weights.data<float>();
    if (samples_.defined()) {
        const std::span<const float> all = samples_.data<float>();
        const auto each = static_cast<std::size_t>(samples_.shape().without_batch().elements());
        for (std::size_t i = 0; i < items.size(); ++i) {
            std::ranges::copy(all.subspan(static_cast<std::size_t>(items[i]) * each, each),
                              values.begin() + static_cast<std::ptrdiff_t>(i * each));
        }
        return;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto found = classes_.find(class_of(targets, i));
        values[i] = found == classes_.end() ? 1.0F : static_cast<float>(found->second);
    }
}

SampleWeights SampleWeights::slice(std::int64_t begin, std::int64_t end) const {
    SampleWeights part;
    if (samples_.defined()) part.samples_ = samples_.slice(begin, end);
    return part;
}

}  // namespace markhor
