// Metrics that are the mean of a loss over samples: the loss's own formula, run on the host's tensors.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "training/loss.hpp"
#include "training/metric.hpp"

namespace markhor {

/// The unreduced losses of tensors, planned once for each pair of shapes. A copy plans anew.
class LossRunner {
public:
    LossRunner();
    LossRunner(const LossRunner& other);
    LossRunner& operator=(const LossRunner&) = delete;
    ~LossRunner();

    struct Result {
        HostArray values;
        HostArray mask;  // without elements where the loss has none
    };
    Result run(const LossBase& loss, const Tensor& targets, const Tensor& predictions);

private:
    struct Plan;
    std::vector<std::unique_ptr<Plan>> plans_;
};

/// A mean of losses; each kind says which loss, and with what sign.
class LossMetric : public MeanMetric {
public:
    void check() const override { make_loss()->check(); }
    void check_shapes(const Shape& targets, const Shape& predictions) const override;

protected:
    using MeanMetric::MeanMetric;
    virtual std::shared_ptr<const LossBase> make_loss() const = 0;
    virtual double sign() const { return 1; }
    Figures figures(const Tensor& targets, const Tensor& predictions) override;

private:
    std::shared_ptr<const LossBase> loss_;  // made from the options at the first batch
    LossRunner runner_;
};

}  // namespace markhor
