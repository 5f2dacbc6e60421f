// What each example, or each element of its loss, weighs: sample_weight and class_weight.
#pragma once

#include <cstdint>
#include <map>
#include <markhor/tensor.hpp>
#include <span>
#include <string>

namespace markhor {

class SampleWeights {
public:
    /// None: every example weighs 1 and is_set() is false.
    SampleWeights() = default;
    /// `samples` (undefined, or (examples, …) of any type) or `classes` (class number -> weight; others weigh 1).
    /// Throws ValueError, starting with `where`, for both, another count than `examples`, or a negative or non-finite
    /// weight of a class.
    SampleWeights(const Tensor& samples, const std::map<std::int64_t, double>& classes, std::int64_t examples,
                  const std::string& where);

    bool is_set() const noexcept { return samples_.defined() || !classes_.empty(); }
    /// Of the weights of a batch of so many examples.
    Shape shape(std::int64_t batch) const;
    /// The weights of a batch's examples, by their numbers or, for class weights, their targets (numbers, or one value
    /// a class).
    void fill(std::span<const std::int64_t> items, const Tensor& targets, Tensor& weights) const;
    /// Those of examples [begin, end).
    SampleWeights slice(std::int64_t begin, std::int64_t end) const;

private:
    Tensor samples_;  // float32
    std::map<std::int64_t, double> classes_;
};

}  // namespace markhor
