// Shape ops on the cpu engine: for now the reference engine computes them.
#include "engine/cpu/kernels.hpp"

namespace markhor::cpu {

void add_shape_ops(graph::KernelTable& /*table*/) {}

}  // namespace markhor::cpu
