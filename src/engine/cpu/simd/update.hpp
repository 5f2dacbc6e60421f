// Vectorised optimizer steps, each in one pass over the weights and their state. Outputs may be the inputs, or null
// where nobody reads them.
#pragma once

#include <cstdint>

namespace markhor::cpu {

/// to = moving momentum + value (1 - momentum).
void moving_average(double momentum, std::int64_t n, const float* moving, const float* value, float* to);

/// w - rate g.
void sgd(float rate, std::int64_t n, const float* w, const float* g, float* w_to);

struct Momentum {
    double momentum;
    bool nesterov;
};
void sgd_momentum(const Momentum& attributes, float rate, std::int64_t n, const float* w, const float* m,
                  const float* g, float* w_to, float* m_to);

struct Adam {
    double beta_1, beta_2, epsilon;
};
/// See ops::AdamStep; to = {w, m, v}.
void adam(const Adam& attributes, float alpha, std::int64_t n, const float* w, const float* m, const float* v,
          const float* g, float* const to[3]);

}  // namespace markhor::cpu
