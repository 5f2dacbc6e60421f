// Counts of true and false positives and negatives at thresholds: what precision, recall, AUC and their kin are made
// of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "training/host_array.hpp"

namespace markhor {

/// How predictions are read before they are counted.
struct ConfusionOptions {
    std::vector<double> thresholds;             ///< ascending where they are many
    std::optional<std::int64_t> top_k = {};     ///< only the k largest of a row may be positive
    std::optional<std::int64_t> class_id = {};  ///< only this class is counted
    bool by_label = false;                      ///< counted for each label (last axis) apart
    std::vector<double> label_weights = {};     ///< one a label; empty: all 1
};

/// For each threshold (and label, where they are apart: threshold by threshold), as Keras counts: a prediction beyond
/// the threshold is positive, a target that is not 0 is true, numbers are float32.
class ConfusionCounts {
public:
    explicit ConfusionCounts(ConfusionOptions options) : options_(std::move(options)) { resize(1); }

    const ConfusionOptions& options() const noexcept { return options_; }
    std::size_t thresholds() const noexcept { return options_.thresholds.size(); }
    /// 1 unless labels are counted apart.
    std::size_t labels() const noexcept { return labels_; }
    /// Throws ShapeError unless these can be compared.
    void check_shapes(const Shape& targets, const Shape& predictions) const;
    /// Throws ShapeError where the weights do not fit.
    void add(HostArray targets, HostArray predictions, const HostArray* weights);
    void reset();
    /// The four counts one after the other, and back; whether there are that many.
    std::vector<double> numbers() const;
    bool set_numbers(std::span<const double> numbers);

    std::vector<double> true_positives, false_positives, true_negatives, false_negatives;

private:
    void resize(std::size_t labels);

    ConfusionOptions options_;
    std::size_t labels_ = 0;
};

/// a / b, element by element; 0 where b is 0.
std::vector<double> divide_no_nan(const std::vector<double>& a, const std::vector<double>& b);
std::vector<double> sum(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace markhor
