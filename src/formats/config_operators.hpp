// Arithmetic between tensors, which Keras files as calls of operations (x + y, 0.5 * x) among a Functional's layers.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "layers/operators.hpp"

namespace markhor::formats {

/// An operation of an entry of a Functional's "layers", and the entry as it would be for a layer: its one call has a
/// list of the tensors alone.
struct ReadOperator {
    std::shared_ptr<layers::Operator> operation;
    nlohmann::json entry;
};
/// Nothing for what is no operation. Throws ValueError, starting with `where`, for arguments that it does not take.
/// Knows the functions that Keras 2 files as TFOpLambda.
std::optional<ReadOperator> read_operator(const nlohmann::json& serialized, const std::string& where);

/// The entry without its calls: {"module", "class_name", "config", "registered_name"}.
nlohmann::json operator_config(layers::Operator& operation);
/// The arguments of the operation's call: these tensors and its numbers.
nlohmann::json operator_arguments(const layers::Operator& operation, const nlohmann::json& tensors);

/// The entry with the layer in place of the operation that does the same, as far as there is one: for whole-model .h5
/// files, where Keras itself cannot read operations.
nlohmann::json with_layer_for_operator(nlohmann::json entry);

}  // namespace markhor::formats
