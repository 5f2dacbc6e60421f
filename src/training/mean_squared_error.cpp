// The mean of squared differences, as a loss and as a metric.
#include <string>

#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "training/element.hpp"
#include "training/loss.hpp"
#include "training/metric.hpp"

namespace markhor {
namespace {

using ops::Value;

// Targets may be spread over the predictions (NumPy's broadcasting, as in Keras), not the other way round.
void require_spreads_over(const Shape& target, const Shape& prediction) {
    if (ops::broadcast(target, prediction) != prediction) throw ShapeError("there are more targets than predictions");
}

// How far a step along each axis of the predictions moves in the targets: 0 where those are spread.
std::vector<std::size_t> spread_strides(const Shape& target, const Shape& prediction) {
    std::vector<std::size_t> strides(prediction.rank());
    const std::size_t missing = prediction.rank() - target.rank();
    std::size_t stride = 1;
    for (std::size_t axis = prediction.rank(); axis-- > missing;) {
        const auto size = static_cast<std::size_t>(target[axis - missing]);
        strides[axis] = size == 1 ? 0 : stride;
        stride *= size;
    }
    return strides;
}

class MeanSquaredErrorLoss final : public LossBase {
public:
    std::string_view name() const override { return "mean_squared_error"; }

protected:
    Value sample_losses(ops::Builder& builder, Value target, Value prediction) const override {
        require_spreads_over(builder.spec(target).shape, builder.spec(prediction).shape);
        if (builder.spec(target).dtype != DType::float32) target = ops::cast(builder, target, DType::float32);
        const Value difference = ops::subtract(builder, prediction, target);
        return mean_of_last_axis(builder, ops::unary(builder, ops::UnaryKind::square, difference));
    }
};

class MeanSquaredErrorMetric final : public MeanMetric {
public:
    std::unique_ptr<MetricBase> fresh() const override { return std::make_unique<MeanSquaredErrorMetric>(); }

    void check(const Shape& targets, const Shape& predictions) const override {
        const auto [target, prediction] = same_rank(targets, predictions);
        require_spreads_over(target, prediction);
    }

    void update(const Tensor& targets, const Tensor& predictions) override {
        const auto [target, prediction] = same_rank(targets.shape(), predictions.shape());
        const auto values = predictions.data<float>();
        const std::vector<std::size_t> strides = spread_strides(target, prediction);
        double sum = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::size_t from = i;
            if (target != prediction) {
                from = 0;
                std::size_t rest = i;
                for (std::size_t axis = prediction.rank(); axis-- > 0;) {
                    const auto size = static_cast<std::size_t>(prediction[axis]);
                    from += rest % size * strides[axis];
                    rest /= size;
                }
            }
            const double difference = static_cast<double>(values[i]) - element(targets, from);
            sum += difference * difference;
        }
        add(sum, static_cast<double>(values.size()));
    }
};

}  // namespace

namespace losses {
Loss MeanSquaredError() { return Loss(std::make_shared<const MeanSquaredErrorLoss>()); }
}  // namespace losses

namespace metrics {
Metric MeanSquaredError() { return Metric("mean_squared_error", std::make_shared<MeanSquaredErrorMetric>()); }
}  // namespace metrics

}  // namespace markhor
