// Arithmetic on symbolic tensors. The model gets an operation, as in Keras, where it appears as "add" or "multiply".
#pragma once

#include <markhor/layer.hpp>

namespace markhor {

/// Element by element; sizes of 1 are repeated. Throws ShapeError for other shapes that differ.
SymbolicTensor operator+(const SymbolicTensor& x, const SymbolicTensor& y);
SymbolicTensor operator+(const SymbolicTensor& x, double number);
SymbolicTensor operator*(const SymbolicTensor& x, const SymbolicTensor& y);
SymbolicTensor operator*(const SymbolicTensor& x, double number);

}  // namespace markhor
