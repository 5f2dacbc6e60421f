// Ctrl-C while something long runs: asked for once, the work ends at its next good place; twice, at once.
#pragma once

namespace markhor::cli {

/// From now on SIGINT and SIGTERM are remembered instead of ending the process; a second one ends it.
void catch_interrupts();
/// One of them came.
bool interrupt_requested() noexcept;

}  // namespace markhor::cli
