// Arithmetic between tensors, which Keras files as calls of operators (x + y, 0.5 * x), read as the layers that do the
// same.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace markhor::formats {

/// The entry of a Functional's "layers" as it would be with a layer in place of the operator, or nothing for what is no
/// operator. Throws ValueError, starting with `where`, for an operator or arguments that no layer stands for.
std::optional<nlohmann::json> layer_for_operator(const nlohmann::json& serialized, const std::string& where);

}  // namespace markhor::formats
