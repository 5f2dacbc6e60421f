// Ctrl-C while something long runs: asked for once, the work ends at its next good place; twice, at once.
#pragma once

namespace markhor::cli {

/// From now on SIGINT, SIGTERM and SIGHUP are remembered instead of ending the process; a second one ends it. Those
/// that are ignored stay so (nohup).
void catch_interrupts();
/// One of them came.
bool interrupt_requested() noexcept;
/// The exit status that says so: 128 and the signal's number (130, 143, 129).
int interrupt_status() noexcept;

}  // namespace markhor::cli
