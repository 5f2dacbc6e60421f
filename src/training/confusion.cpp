#include "training/confusion.hpp"

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <numeric>

#include "training/loss_ops.hpp"

namespace markhor {
namespace {

// What stands for a score that is not among the k largest.
constexpr double far_below = -1e10;

// 0, 1/n, 2/n, … 1, up to Keras's epsilon: then a prediction's place is computed, which differs from comparing in the
// last bits.
bool evenly_spaced(const std::vector<double>& thresholds) {
    const std::size_t count = thresholds.size();
    if (count < 3) return false;
    for (std::size_t i = 0; i < count; ++i) {
        const double even = static_cast<double>(i) / static_cast<double>(count - 1);
        if (std::abs(thresholds[i] - even) > fuzz + 1e-5 * even) return false;
    }
    return true;
}

// Of each row the k largest stay, of equals the first.
void keep_top(HostArray& scores, std::int64_t k) {
    const auto classes = static_cast<std::size_t>(scores.shape.back());
    std::vector<std::size_t> order(classes);
    for (std::size_t begin = 0; begin < scores.size(); begin += classes) {
        std::iota(order.begin(), order.end(), begin);
        std::ranges::stable_sort(order,
                                 [&](std::size_t a, std::size_t b) { return scores.values[a] > scores.values[b]; });
        for (std::size_t i = static_cast<std::size_t>(k); i < classes; ++i) scores.values[order[i]] = far_below;
    }
}

HostArray only_class(const HostArray& array, std::int64_t class_id) {
    const auto classes = static_cast<std::size_t>(array.shape.back());
    Shape shape = array.shape;
    shape[shape.rank() - 1] = 1;
    HostArray one{shape, {}};
    for (std::size_t i = static_cast<std::size_t>(class_id); i < array.size(); i += classes) {
        one.values.push_back(array.values[i]);
    }
    return one;
}

double as_float(double value) { return static_cast<double>(static_cast<float>(value)); }

}  // namespace

void ConfusionCounts::resize(std::size_t labels) {
    if (labels == labels_) return;
    labels_ = labels;
    for (std::vector<double>* counts : {&true_positives, &false_positives, &true_negatives, &false_negatives}) {
        counts->assign(thresholds() * labels, 0);
    }
}

void ConfusionCounts::reset() {
    labels_ = 0;
    resize(1);
}

std::vector<double> ConfusionCounts::numbers() const {
    std::vector<double> all;
    for (const std::vector<double>* counts : {&true_positives, &false_positives, &true_negatives, &false_negatives}) {
        all.insert(all.end(), counts->begin(), counts->end());
    }
    return all;
}

bool ConfusionCounts::set_numbers(std::span<const double> numbers) {
    const std::size_t rows = 4 * thresholds();
    if (numbers.empty() || rows == 0 || numbers.size() % rows != 0) return false;
    resize(numbers.size() / rows);
    for (std::vector<double>* counts : {&true_positives, &false_positives, &true_negatives, &false_negatives}) {
        std::ranges::copy(numbers.first(counts->size()), counts->begin());
        numbers = numbers.subspan(counts->size());
    }
    return true;
}

void ConfusionCounts::check_shapes(const Shape& targets, const Shape& predictions) const {
    Shape target = targets;
    Shape prediction = predictions;
    match_ranks(prediction, target);
    if (target != prediction || target.rank() == 0) throw ShapeError("one target a prediction is wanted");
    if (options_.by_label && target.rank() != 2) throw ShapeError("predictions (batch, labels) are wanted");
    if (options_.label_weights.size() > 1 &&
        static_cast<std::int64_t>(options_.label_weights.size()) != target.back()) {
        throw ShapeError(std::to_string(options_.label_weights.size()) + " label_weights were given");
    }
    if ((options_.top_k || options_.class_id) && target.rank() < 2)
        throw ShapeError("predictions (batch, classes) are wanted");
    if (options_.top_k && *options_.top_k > target.back()) {
        throw ShapeError("at least top_k = " + std::to_string(*options_.top_k) + " classes are wanted");
    }
    if (options_.class_id && *options_.class_id >= target.back()) {
        throw ShapeError("class_id = " + std::to_string(*options_.class_id) + " is not among them");
    }
}

void ConfusionCounts::add(HostArray targets, HostArray predictions, const HostArray* weights) {
    match_ranks(predictions, targets);
    HostArray spread;
    if (weights != nullptr) {
        HostArray weight = *weights;
        weight.shape.push_back(1);
        Shape target_shape = targets.shape;
        match_ranks(target_shape, weight.shape, false);
        spread = weight;
    }
    if (options_.top_k) keep_top(predictions, *options_.top_k);
    if (options_.class_id) {
        targets = only_class(targets, *options_.class_id);
        predictions = only_class(predictions, *options_.class_id);
    }
    if (weights != nullptr) spread = broadcast_to(spread, predictions.shape);

    const auto last = static_cast<std::size_t>(predictions.shape.back());
    resize(options_.by_label ? last : 1);
    const std::size_t count = thresholds();
    const bool even = evenly_spaced(options_.thresholds);
    const bool beyond_ends = options_.thresholds.front() < 0 || options_.thresholds.back() > 1;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        const std::size_t label = options_.by_label ? i % last : 0;
        double weight = weights != nullptr ? spread.values[i] : 1;
        if (!options_.by_label && !options_.label_weights.empty()) weight *= options_.label_weights[i % last];
        const bool is_true = targets.values[i] != 0;
        std::size_t positive = 0;  // how many of the first thresholds lie below the prediction
        if (even) {
            const float place =
                static_cast<float>(std::clamp(predictions.values[i], 0.0, 1.0)) * static_cast<float>(count - 1);
            positive = static_cast<std::size_t>(std::ceil(place));
            if (beyond_ends) positive = std::max(positive, std::size_t{1});
        }
        for (std::size_t t = 0; t < count; ++t) {
            const bool is_positive = even ? t < positive : predictions.values[i] > as_float(options_.thresholds[t]);
            std::vector<double>& counts = is_positive ? (is_true ? true_positives : false_positives)
                                                      : (is_true ? false_negatives : true_negatives);
            counts[t * labels_ + label] += weight;
        }
    }
}

std::vector<double> divide_no_nan(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> quotients(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) quotients[i] = b[i] == 0 ? 0 : a[i] / b[i];
    return quotients;
}

std::vector<double> sum(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> sums(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) sums[i] = a[i] + b[i];
    return sums;
}

}  // namespace markhor
