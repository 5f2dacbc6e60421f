// Losses that compare targets and predictions of one shape, and those among them that are a formula without options.
#pragma once

#include <string_view>
#include <vector>

#include "training/loss.hpp"

namespace markhor {

/// A loss whose targets have the predictions' shape or are spread over it (NumPy's broadcasting, as in Keras; not the
/// other way round), and count in the predictions' type.
class ElementLoss : public LossBase {
protected:
    using LossBase::LossBase;
    SampleLosses sample_losses(ops::Builder& builder, ops::Value target, ops::Value prediction) const final;
    /// Each sample's loss.
    virtual ops::Value values(ops::Builder& builder, ops::Value target, ops::Value prediction) const = 0;
};

struct NamedFormula {
    std::string_view class_name;
    std::string_view name;
    ops::Value (*formula)(ops::Builder& builder, ops::Value target, ops::Value prediction);
    std::vector<std::string_view> short_names = {};
};

class FormulaLoss final : public ElementLoss {
public:
    explicit FormulaLoss(const NamedFormula& named, const losses::LossOptions& options = {})
        : ElementLoss(named.name, options), named_(named) {}
    std::string_view class_name() const override { return named_.class_name; }

protected:
    ops::Value values(ops::Builder& builder, ops::Value target, ops::Value prediction) const override {
        return named_.formula(builder, target, prediction);
    }

private:
    const NamedFormula named_;
};

/// static const RegisterFormula registered(mean_squared_error);
struct RegisterFormula {
    explicit RegisterFormula(const NamedFormula& named);
};

}  // namespace markhor
