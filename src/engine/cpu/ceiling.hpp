// The machine's ceilings, measured: what kernels' speeds are compared with.
#pragma once

namespace markhor::cpu {

/// Floating-point operations a second of all threads of the plan, the fastest of a few measurements.
double measure_flops();
/// Bytes read and written a second by a copy larger than the caches of a core, the fastest of a few.
double measure_copy();

}  // namespace markhor::cpu
