// Vectorised functions of one element and of two. Plain pointers in, plain pointers out; outputs may be inputs.
#pragma once

#include <cstdint>

#include "ops/elementwise.hpp"

namespace markhor::cpu {

/// A function of one element with its attributes (see ops::Unary).
struct UnaryFunction {
    ops::UnaryKind kind;
    float a, b, c;
};

/// y[i] = f(x[i]).
void unary(const UnaryFunction& f, std::int64_t n, const float* x, float* y);
/// dx[i] = dy[i] f'(…), r as in ops::UnaryGradient.
void unary_gradient(const UnaryFunction& f, std::int64_t n, const float* dy, const float* r, float* dx);

/// Where an operand of binary() lies: from row to row and from element to element (0 or 1).
struct Steps {
    std::int64_t row, element;
};

/// z[row, i] = f(x, y), z dense rows of `width`.
void binary(ops::BinaryKind kind, std::int64_t rows, std::int64_t width, const float* x, Steps x_steps, const float* y,
            Steps y_steps, float* z);

/// max(x, 0) - x t + log(1 + exp(-|x|)).
void sigmoid_cross_entropy(std::int64_t n, const float* logits, const float* targets, float* loss);

}  // namespace markhor::cpu
