// The optimizer's variables in a model's file: which of them a file holds, by their count and order.
#pragma once

#include <markhor/variable.hpp>
#include <string>
#include <vector>

#include "model/model_base.hpp"

namespace markhor::formats {

struct ReadLimits;

struct OptimizerState {
    std::string name;  ///< "adam"
    std::vector<VariablePtr> variables;
};

/// That of a compiled model; without variables where the model is not compiled.
OptimizerState optimizer_state(const ModelBase& model);
/// The variables of the compiled model's optimizer that a file with so many holds, in order; the optimizer is built if
/// they are more than an unbuilt one's. Files of Keras 2 lack the learning rate. Empty where the counts do not fit, as
/// where layers were frozen or not when the model was compiled, but not since: limits.warn hears, as in Keras, that
/// what is at `where` is not the optimizer's and it starts anew.
std::vector<VariablePtr> expected_state(const ModelBase& model, std::size_t count, const std::string& where,
                                        const ReadLimits& limits);

}  // namespace markhor::formats
