// Arithmetic on symbolic tensors. The model gets an operation, as in Keras, where it appears as "add" or "multiply".
#pragma once

#include <markhor/layer.hpp>

namespace markhor {

// Element by element; sizes of 1 are repeated. Each throws ShapeError for other shapes that differ and for tensors of
// different rank, ValueError for a number that is not finite and for a division by 0.

SymbolicTensor operator+(const SymbolicTensor& x, const SymbolicTensor& y);
SymbolicTensor operator+(const SymbolicTensor& x, double number);
SymbolicTensor operator+(double number, const SymbolicTensor& x);

SymbolicTensor operator-(const SymbolicTensor& x, const SymbolicTensor& y);
SymbolicTensor operator-(const SymbolicTensor& x, double number);
SymbolicTensor operator-(double number, const SymbolicTensor& x);
SymbolicTensor operator-(const SymbolicTensor& x);

SymbolicTensor operator*(const SymbolicTensor& x, const SymbolicTensor& y);
SymbolicTensor operator*(const SymbolicTensor& x, double number);
SymbolicTensor operator*(double number, const SymbolicTensor& x);

SymbolicTensor operator/(const SymbolicTensor& x, const SymbolicTensor& y);
SymbolicTensor operator/(const SymbolicTensor& x, double number);
SymbolicTensor operator/(double number, const SymbolicTensor& x);

}  // namespace markhor
