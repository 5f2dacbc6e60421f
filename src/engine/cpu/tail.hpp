// What follows a convolution in the same op: what kernels apply in registers, and a kernel around another for the rest.
#pragma once

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/simd/clamp.hpp"
#include "engine/cpu/simd/elementwise.hpp"
#include "ops/convolution.hpp"

namespace markhor::cpu {

/// Whether an epilogue is a limit from below and above.
bool is_clamp(ops::Epilogue epilogue);
/// Its limits; none for an epilogue that is no clamp.
Clamp clamp_of(ops::Epilogue epilogue);
/// An epilogue that is no clamp (nor none), as a sweep over values.
UnaryFunction sweep_of(ops::Epilogue epilogue);

/// The kernel followed by a sweep over its result where the epilogue is no clamp, and by pooling where `pools`. The
/// kernel itself makes a result of this shape and has done all the rest. Null where `kernel` is.
KernelPtr with_tail(KernelPtr kernel, const Shape& result, ops::Epilogue epilogue, bool pools);

}  // namespace markhor::cpu
