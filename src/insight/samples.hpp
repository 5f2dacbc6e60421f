// What the heads say to the test images, and which of these a report shows.
#pragma once

#include <markhor/case_study.hpp>
#include <span>

namespace markhor::insight {

/// The labels of all examples. Reads these, images and all.
std::vector<std::int32_t> labels_of(const Dataset& data);

/// Throws ValueError, naming the model, for data whose labels are no int32 class numbers.
void check_class_numbers(const std::string& model, const Dataset& data);

/// The most probable class of each row of (images, classes).
std::vector<std::int32_t> classes_of(const Tensor& probabilities);

/// The share of rows whose most probable class is the label; of one column, class 1 is at or above a half.
double accuracy_of(const Tensor& predictions, std::span<const std::int32_t> labels);

/// How many test images each of two heads got right.
struct Agreement {
    std::int64_t both_right = 0;
    std::int64_t first_only = 0;
    std::int64_t second_only = 0;
    std::int64_t both_wrong = 0;
};
Agreement agreement(const HeadResult& first, const HeadResult& second, std::span<const std::int32_t> labels);

/// Fills the predictions' heat: where each model, given the test image as it takes it, saw the class it says. Left
/// empty where a model cannot be explained.
void draw_heat_of(Sample& sample, std::span<const Dataset> tests, std::span<const Model> models);

/// study.options.samples test images, the first in the test set's order of each kind: half of them where the heads
/// differ, then those which all get wrong and all get right. `probabilities` are those of study.heads' tested ones;
/// none without these.
std::vector<Sample> choose_samples(const Dataset& test, const CaseStudy& study, std::span<const Tensor> probabilities);

}  // namespace markhor::insight
