#include "insight/samples.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/explain.hpp>
#include <numeric>
#include <utility>

namespace markhor::insight {
namespace {

constexpr std::int64_t labels_at_once = 512;

std::span<const float> row_of(const Tensor& probabilities, std::int64_t row) {
    const auto classes = static_cast<std::size_t>(probabilities.shape()[1]);
    return probabilities.data<float>().subspan(static_cast<std::size_t>(row) * classes, classes);
}

Sample::Prediction prediction_of(const Tensor& probabilities, std::int64_t row) {
    const std::span<const float> values = row_of(probabilities, row);
    const auto largest = std::ranges::max_element(values);
    return {static_cast<std::int32_t>(largest - values.begin()), static_cast<double>(*largest)};
}

enum Kind : std::size_t { differ, all_wrong, all_right, kinds };

Kind kind_of(std::span<const Tensor> probabilities, std::int64_t row, std::int32_t label) {
    const std::int32_t first = prediction_of(probabilities[0], row).label;
    for (const Tensor& other : probabilities.subspan(1)) {
        if (prediction_of(other, row).label != first) return differ;
    }
    return first == label ? all_right : all_wrong;
}

/// The kinds' shares of what is shown, where there are as many.
std::array<std::size_t, kinds> shares(std::size_t wanted, const std::array<std::vector<std::int64_t>, kinds>& found) {
    std::array<std::size_t, kinds> share{};
    share[differ] = std::min(found[differ].size(), wanted / 2);
    share[all_wrong] = std::min(found[all_wrong].size(), wanted / 4);
    share[all_right] = std::min(found[all_right].size(), wanted - share[differ] - share[all_wrong]);
    return share;
}

Sample read_sample(const Dataset& test, std::int64_t index) {
    Tensor x(test.x_shape().with_batch(1), DType::float32);
    Tensor y(test.y_shape().with_batch(1), test.y_dtype());
    test.read(std::array{index}, x, y);
    Sample sample{.index = index, .shape = test.x_shape()};
    for (const float value : std::as_const(x).data<float>()) {
        sample.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0F, 1.0F))));
    }
    sample.label = y.data<std::int32_t>()[0];
    return sample;
}

}  // namespace

std::vector<std::int32_t> labels_of(const Dataset& data) {
    std::vector<std::int32_t> labels;
    for (std::int64_t begin = 0; begin < data.size(); begin += labels_at_once) {
        std::vector<std::int64_t> items(static_cast<std::size_t>(std::min(labels_at_once, data.size() - begin)));
        std::iota(items.begin(), items.end(), begin);
        const auto count = static_cast<std::int64_t>(items.size());
        Tensor x(data.x_shape().with_batch(count), DType::float32);
        Tensor y(data.y_shape().with_batch(count), data.y_dtype());
        data.read(items, x, y);
        const std::span<const std::int32_t> some = std::as_const(y).data<std::int32_t>();
        labels.insert(labels.end(), some.begin(), some.end());
    }
    return labels;
}

void check_class_numbers(const std::string& model, const Dataset& data) {
    if (data.y_dtype() == DType::int32) return;
    throw ValueError(model + ": the labels are " + std::string(name_of(data.y_dtype())) +
                     "; int32 class numbers are wanted");
}

std::vector<std::int32_t> classes_of(const Tensor& probabilities) {
    std::vector<std::int32_t> classes;
    for (std::int64_t row = 0; row < probabilities.shape()[0]; ++row) {
        classes.push_back(prediction_of(probabilities, row).label);
    }
    return classes;
}

double accuracy_of(const Tensor& predictions, std::span<const std::int32_t> labels) {
    if (labels.empty()) return 0;
    std::vector<std::int32_t> classes;
    if (predictions.shape().back() == 1) {
        for (const float value : predictions.data<float>()) classes.push_back(value >= 0.5F ? 1 : 0);
    } else {
        classes = classes_of(predictions);
    }
    std::size_t right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) right += classes.at(i) == labels[i] ? 1 : 0;
    return static_cast<double>(right) / static_cast<double>(labels.size());
}

Agreement agreement(const HeadResult& first, const HeadResult& second, std::span<const std::int32_t> labels) {
    Agreement result;
    if (first.predicted.size() != labels.size() || second.predicted.size() != labels.size()) return result;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const bool first_right = first.predicted[i] == labels[i];
        const bool second_right = second.predicted[i] == labels[i];
        std::int64_t& count = first_right ? (second_right ? result.both_right : result.first_only)
                                          : (second_right ? result.second_only : result.both_wrong);
        ++count;
    }
    return result;
}

void draw_heat_of(Sample& sample, std::span<const Dataset> tests, std::span<const Model> models) {
    const Tensor pixels = Tensor::from(sample.shape, sample.pixels);
    for (std::size_t i = 0; i < std::min(models.size(), sample.predictions.size()); ++i) {
        const Dataset& test = tests[i];
        Tensor x(test.x_shape().with_batch(1), DType::float32);
        Tensor y(test.y_shape().with_batch(1), test.y_dtype());
        test.read(std::array{sample.index}, x, y);
        Sample::Prediction& said = sample.predictions[i];
        try {
            const Explanation found = explain(models[i], x.reshaped(test.x_shape()), {.class_index = said.label});
            const Tensor drawn = draw_heat(found.heat, pixels);
            const std::span<const std::uint8_t> colours = std::as_const(drawn).data<std::uint8_t>();
            said.heat.assign(colours.begin(), colours.end());
        } catch (const ValueError&) {  // no convolution over images
        }
    }
}

std::vector<Sample> choose_samples(const Dataset& test, const CaseStudy& study, std::span<const Tensor> probabilities) {
    if (probabilities.empty() || study.options.samples < 1) return {};
    std::array<std::vector<std::int64_t>, kinds> found;
    for (std::size_t i = 0; i < study.test_labels.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        found[kind_of(probabilities, row, study.test_labels[i])].push_back(row);
    }
    const std::array<std::size_t, kinds> share = shares(static_cast<std::size_t>(study.options.samples), found);
    std::vector<Sample> samples;
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        for (std::size_t i = 0; i < share[kind]; ++i) {
            Sample sample = read_sample(test, found[kind][i]);
            for (const Tensor& each : probabilities) sample.predictions.push_back(prediction_of(each, sample.index));
            samples.push_back(std::move(sample));
        }
    }
    return samples;
}

}  // namespace markhor::insight
