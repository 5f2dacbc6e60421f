#include "interrupt.hpp"

#include <unistd.h>

#include <csignal>
#include <string_view>

namespace markhor::cli {
namespace {

volatile std::sig_atomic_t requested = 0;

extern "C" void remember(int signal) {
    requested = 1;
    std::signal(signal, SIG_DFL);
    constexpr std::string_view message = "\nStopping; what is done is kept. Once more ends at once.\n";
    const auto ignored = ::write(STDERR_FILENO, message.data(), message.size());
    (void)ignored;
}

}  // namespace

void catch_interrupts() {
    std::signal(SIGINT, remember);
    std::signal(SIGTERM, remember);
}

bool interrupt_requested() noexcept { return requested != 0; }

}  // namespace markhor::cli
