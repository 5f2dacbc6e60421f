// keras.metrics that are means of losses.
#include "training/loss_metric.hpp"

namespace markhor {
namespace {

// A metric that has its loss's formula and no options of its own.
class PlainLossMetric final : public MetricOf<PlainLossMetric, LossMetric> {
public:
    // `loss` is the class name of the loss.
    PlainLossMetric(std::string_view class_name, std::string_view loss, const std::string& name)
        : MetricOf(name), class_name_(class_name), loss_name_(loss) {}
    std::string_view class_name() const override { return class_name_; }

protected:
    std::shared_ptr<const LossBase> make_loss() const override { return loss_registry().make(loss_name_); }
    double sign() const override { return loss_name_ == "CosineSimilarity" ? -1 : 1; }

private:
    std::string_view class_name_;
    std::string_view loss_name_;
};

struct Kind {
    std::string_view class_name;
    std::string_view name;
    std::string_view loss = class_name;
};

Metric make(const Kind& kind, const std::string& name) {
    return Metric(std::make_shared<PlainLossMetric>(kind.class_name, kind.loss, name_or(name, kind.name)));
}

struct RegisterKind {
    RegisterKind(const Kind& kind, std::vector<std::string_view> names) {
        names.insert(names.begin(), kind.class_name);
        metric_registry().add(names, [kind] { return make(kind, {}).base(); });
    }
};

const Kind mean_squared_error{"MeanSquaredError", "mean_squared_error"};
const RegisterKind registered_squared(mean_squared_error, {"mean_squared_error", "mse", "MSE"});

}  // namespace

namespace metrics {

Metric MeanSquaredError(const std::string& name) { return make(mean_squared_error, name); }

}  // namespace metrics
}  // namespace markhor
