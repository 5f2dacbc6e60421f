#include "training/formula_loss.hpp"

#include <markhor/error.hpp>

#include "ops/elementwise.hpp"
#include "training/loss_ops.hpp"

namespace markhor {

SampleLosses ElementLoss::sample_losses(ops::Builder& builder, ops::Value target, ops::Value prediction) const {
    const ops::TensorSpec spec = builder.spec(prediction);
    if (spec.shape.rank() == 0) throw ShapeError("predictions with at least one axis are wanted");
    if (ops::broadcast(builder.spec(target).shape, spec.shape) != spec.shape) {
        throw ShapeError("there are more targets than predictions");
    }
    return {values(builder, as_type(builder, target, spec.dtype), prediction)};
}

RegisterFormula::RegisterFormula(const NamedFormula& named) {
    std::vector<std::string_view> names = {named.class_name, named.name};
    names.insert(names.end(), named.short_names.begin(), named.short_names.end());
    loss_registry().add(names, [named] { return std::make_shared<FormulaLoss>(named); });
}

}  // namespace markhor
