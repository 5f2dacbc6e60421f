// Confusion matrices of classes, and intersection over union, which is read off one.
#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>

#include "layers/layer_base.hpp"
#include "training/loss_ops.hpp"
#include "training/metric.hpp"

namespace markhor {
namespace {

// How targets and predictions become class numbers, and which count.
struct MatrixOptions {
    std::int64_t num_classes = 2;
    std::optional<std::int64_t> ignore_class = {};
    bool sparse_y_true = true;  // class numbers, not one number a class
    bool sparse_y_pred = true;
    std::int64_t axis = -1;                // of the classes, where not sparse
    std::optional<double> threshold = {};  // predictions of one number each: class 1 from here on
    bool whole_weights = true;             // Keras counts in whole numbers and cuts off the rest of a weight
};

// The place of the largest along an axis, for each place of the others.
HostArray argmax_along(const HostArray& array, std::int64_t axis) {
    const std::size_t at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(array.rank()) : axis);
    Shape shape;
    std::size_t inner = 1;
    for (std::size_t i = 0; i < array.rank(); ++i) {
        if (i != at) shape.push_back(array.shape[i]);
        if (i > at) inner *= static_cast<std::size_t>(array.shape[i]);
    }
    const auto classes = static_cast<std::size_t>(array.shape[at]);
    HostArray places{shape, {}};
    for (std::size_t outer = 0; outer < array.size(); outer += classes * inner) {
        for (std::size_t i = 0; i < inner; ++i) {
            std::size_t best = 0;
            for (std::size_t c = 1; c < classes; ++c) {
                if (array.values[outer + c * inner + i] > array.values[outer + best * inner + i]) best = c;
            }
            places.values.push_back(static_cast<double>(best));
        }
    }
    return places;
}

// A matrix of counts: rows are targets, columns predictions. What is out of range counts as class 0 with weight 0.
class MatrixMetric : public MetricBase {
public:
    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        const MatrixOptions options = matrix_options();
        if (places(targets, options.sparse_y_true, options.axis) !=
            places(predictions, options.sparse_y_pred, options.axis)) {
            refuse(targets, predictions, "one target a prediction is wanted");
        }
    }

    void update(const Tensor& targets, const Tensor& predictions, const Tensor* sample_weight = nullptr) override {
        const MatrixOptions options = matrix_options();
        const auto classes = static_cast<std::size_t>(options.num_classes);
        HostArray target = host_array(targets);
        HostArray prediction = host_array(predictions);
        if (!options.sparse_y_true) target = argmax_along(target, options.axis);
        if (!options.sparse_y_pred) prediction = argmax_along(prediction, options.axis);
        if (options.threshold) {
            const auto threshold = static_cast<float>(*options.threshold);
            for (double& value : prediction.values) value = static_cast<float>(value) >= threshold ? 1 : 0;
        }
        HostArray weights{{1}, {1}};
        if (sample_weight != nullptr) {
            weights = host_array(*sample_weight);
            weights.shape = Shape{static_cast<std::int64_t>(weights.size())};
            if (weights.size() != 1 && weights.size() != target.size()) {
                refuse_weights(sample_weight->shape(), predictions.shape());
            }
        }
        matrix_.resize(classes * classes, 0);
        const auto in_range = [&](double c) { return c >= 0 && c < static_cast<double>(classes); };
        for (std::size_t i = 0; i < target.size(); ++i) {
            const double t = std::trunc(target.values[i]);
            const double p = std::trunc(prediction.values[i]);
            if (!in_range(t) || !in_range(p)) continue;
            if (options.ignore_class && t == static_cast<double>(*options.ignore_class)) continue;
            const double weight = weights.values[weights.size() == 1 ? 0 : i];
            matrix_[static_cast<std::size_t>(t) * classes + static_cast<std::size_t>(p)] +=
                options.whole_weights ? std::trunc(weight) : weight;
        }
    }

    double result() const override { return results().front(); }
    std::vector<double> results() const override = 0;
    void reset() override { matrix_.clear(); }
    std::vector<double> state() const override { return matrix_; }
    void set_state(std::span<const double> numbers) override {
        if (!numbers.empty() && numbers.size() != matrix().size()) refuse_state();
        matrix_.assign(numbers.begin(), numbers.end());
    }

protected:
    MatrixMetric(std::string name, std::string dtype) : MetricBase(std::move(name), std::move(dtype)) {}

    virtual MatrixOptions matrix_options() const = 0;
    void check_classes(std::int64_t num_classes) const {
        constexpr std::int64_t most = 20'000;  // a matrix of 3 GB
        if (num_classes >= 1 && num_classes <= most) return;
        throw ValueError(name() + ": num_classes is " + std::to_string(num_classes) + "; 1 to " + std::to_string(most) +
                         " are wanted");
    }
    // Row by row; zeros before the first batch.
    std::vector<double> matrix() const {
        const auto classes = static_cast<std::size_t>(matrix_options().num_classes);
        return matrix_.empty() ? std::vector<double>(classes * classes, 0) : matrix_;
    }

private:
    static std::int64_t places(const Shape& shape, bool sparse, std::int64_t axis) {
        if (sparse) return shape.elements();
        const std::int64_t classes = shape.dim(axis);
        return classes == 0 ? 0 : shape.elements() / classes;
    }

    std::vector<double> matrix_;
};

// The mean over some classes of what target and prediction have in common, as a part of what either has.
class IntersectionOverUnion : public MatrixMetric {
public:
    void check() const override {
        const MatrixOptions options = matrix_options();
        check_classes(options.num_classes);
        for (const std::int64_t id : target_classes()) {
            if (id >= 0 && id < options.num_classes) continue;
            throw ValueError(name() + ": a target class is " + std::to_string(id) + "; with " +
                             std::to_string(options.num_classes) + " classes they are 0 to " +
                             std::to_string(options.num_classes - 1));
        }
    }

    std::vector<double> results() const override {
        const std::vector<double> counts = matrix();
        const auto classes = static_cast<std::size_t>(matrix_options().num_classes);
        double sum = 0;
        double valid = 0;
        for (const std::int64_t id : target_classes()) {
            const auto c = static_cast<std::size_t>(id);
            const double both = counts[c * classes + c];
            double either = -both;
            for (std::size_t i = 0; i < classes; ++i) either += counts[c * classes + i] + counts[i * classes + c];
            if (either <= 1e-9) continue;
            sum += both / (either + fuzz);
            ++valid;
        }
        return {sum / (valid + fuzz)};
    }

protected:
    // Keras's automatic names: "mean_io_u", then "mean_io_u_1"; its matrices are of int64.
    IntersectionOverUnion(std::string_view class_name, const std::string& name)
        : MatrixMetric(name.empty() ? unique_name(class_name) : name, "int64") {}

    virtual std::vector<std::int64_t> target_classes() const = 0;
};

class BinaryIoUMetric final : public MetricOf<BinaryIoUMetric, IntersectionOverUnion> {
public:
    explicit BinaryIoUMetric(const metrics::BinaryIoUOptions& options = {})
        : MetricOf("BinaryIoU", options.name), options_(options) {}
    std::string_view class_name() const override { return "BinaryIoU"; }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("target_class_ids", options_.target_class_ids);
        visitor.field("threshold", options_.threshold);
    }
    MatrixOptions matrix_options() const override { return {.threshold = options_.threshold}; }
    std::vector<std::int64_t> target_classes() const override { return options_.target_class_ids.values(); }

private:
    metrics::BinaryIoUOptions options_;
};

// IoU, MeanIoU, OneHotIoU, OneHotMeanIoU: all classes or some, targets as class numbers or not.
struct IoUKind {
    std::string_view class_name;
    bool mean;
    bool one_hot;
};

class ClassIoUMetric final : public MetricOf<ClassIoUMetric, IntersectionOverUnion> {
public:
    ClassIoUMetric(const IoUKind& kind, MatrixOptions options, Ints target_class_ids, const std::string& name)
        : MetricOf(kind.class_name, name), kind_(kind), options_(options), ids_(std::move(target_class_ids)) {}
    std::string_view class_name() const override { return kind_.class_name; }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("num_classes", options_.num_classes);
        if (!kind_.mean) visitor.field("target_class_ids", ids_);
        visitor.field("ignore_class", options_.ignore_class);
        if (!kind_.one_hot) visitor.field("sparse_y_true", options_.sparse_y_true);
        visitor.field("sparse_y_pred", options_.sparse_y_pred);
        visitor.field("axis", options_.axis);
    }
    MatrixOptions matrix_options() const override { return options_; }
    std::vector<std::int64_t> target_classes() const override {
        if (!kind_.mean) return ids_.values();
        std::vector<std::int64_t> all;
        for (std::int64_t c = 0; c < options_.num_classes; ++c) all.push_back(c);
        return all;
    }

private:
    IoUKind kind_;
    MatrixOptions options_;
    Ints ids_;
};

class ConfusionMatrixMetric final : public MetricOf<ConfusionMatrixMetric, MatrixMetric> {
public:
    ConfusionMatrixMetric(MatrixOptions options, const std::string& name)
        : MetricOf(name_or(name, "confusion_matrix"), "float32"), options_(options) {}
    std::string_view class_name() const override { return "ConfusionMatrix"; }
    void check() const override { check_classes(options_.num_classes); }
    std::vector<double> results() const override { return matrix(); }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("num_classes", options_.num_classes);
        visitor.field("sparse_y_true", options_.sparse_y_true);
        visitor.field("sparse_y_pred", options_.sparse_y_pred);
    }
    MatrixOptions matrix_options() const override { return options_; }

private:
    MatrixOptions options_;
};

constexpr IoUKind iou{"IoU", false, false};
constexpr IoUKind mean_iou{"MeanIoU", true, false};
constexpr IoUKind one_hot_iou{"OneHotIoU", false, true};
constexpr IoUKind one_hot_mean_iou{"OneHotMeanIoU", true, true};

Metric make(const IoUKind& kind, std::int64_t num_classes, const Ints& ids, const metrics::IoUOptions& options) {
    return make_metric<ClassIoUMetric>(kind,
                                       MatrixOptions{.num_classes = num_classes,
                                                     .ignore_class = options.ignore_class,
                                                     .sparse_y_true = options.sparse_y_true,
                                                     .sparse_y_pred = options.sparse_y_pred,
                                                     .axis = options.axis},
                                       ids, options.name);
}

Metric make(const IoUKind& kind, std::int64_t num_classes, const Ints& ids, const metrics::OneHotIoUOptions& options) {
    return make(kind, num_classes, ids,
                metrics::IoUOptions{.name = options.name,
                                    .ignore_class = options.ignore_class,
                                    .sparse_y_true = false,
                                    .sparse_y_pred = options.sparse_y_pred,
                                    .axis = options.axis});
}

const struct RegisteredIoU {
    RegisteredIoU() {
        using namespace metrics;
        metric_registry().add({"BinaryIoU", "binary_io_u"}, [] { return BinaryIoU().base(); });
        // Keras has no defaults for the classes; a config brings them.
        metric_registry().add({"IoU", "io_u"}, [] { return IoU(2, {0}).base(); });
        metric_registry().add({"MeanIoU", "mean_io_u"}, [] { return MeanIoU(2).base(); });
        metric_registry().add({"OneHotIoU", "one_hot_io_u"}, [] { return OneHotIoU(2, {0}).base(); });
        metric_registry().add({"OneHotMeanIoU", "one_hot_mean_io_u"}, [] { return OneHotMeanIoU(2).base(); });
        metric_registry().add({"ConfusionMatrix", "confusion_matrix"}, [] { return ConfusionMatrix(2).base(); });
    }
} registered_iou;

}  // namespace

namespace metrics {

Metric BinaryIoU(const BinaryIoUOptions& options) { return make_metric<BinaryIoUMetric>(options); }
Metric IoU(std::int64_t num_classes, const Ints& target_class_ids, const IoUOptions& options) {
    return make(iou, num_classes, target_class_ids, options);
}
Metric MeanIoU(std::int64_t num_classes, const IoUOptions& options) { return make(mean_iou, num_classes, {}, options); }
Metric OneHotIoU(std::int64_t num_classes, const Ints& target_class_ids, const OneHotIoUOptions& options) {
    return make(one_hot_iou, num_classes, target_class_ids, options);
}
Metric OneHotMeanIoU(std::int64_t num_classes, const OneHotIoUOptions& options) {
    return make(one_hot_mean_iou, num_classes, {}, options);
}
Metric ConfusionMatrix(std::int64_t num_classes, const ConfusionMatrixOptions& options) {
    return make_metric<ConfusionMatrixMetric>(MatrixOptions{.num_classes = num_classes,
                                                            .sparse_y_true = options.sparse_y_true,
                                                            .sparse_y_pred = options.sparse_y_pred,
                                                            .whole_weights = false},
                                              options.name);
}

}  // namespace metrics
}  // namespace markhor
