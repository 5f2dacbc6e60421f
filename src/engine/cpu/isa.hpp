// The instruction sets that kernels may use, oneDNN's and ours: what the environment variable MARKHOR_MAX_ISA allows.
// The one place that knows it; whoever asks the processor asks here too.
#pragma once

#include <optional>
#include <string_view>

namespace markhor::cpu {

/// Each contains those before it.
enum class Isa { sse4, avx2, avx512, avx512_bf16, amx };

/// By the name that MARKHOR_MAX_ISA takes, in either case; none for any other text.
std::optional<Isa> isa_named(std::string_view name);

/// Whether kernels may use an instruction set, if the processor has it.
bool allows(Isa isa);

/// Throws a ValueError where MARKHOR_MAX_ISA names no instruction set.
void check_max_isa();

}  // namespace markhor::cpu
