#include "interrupt.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

namespace markhor::cli {
namespace {

constexpr std::array<int, 3> signals = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t requested = 0;

extern "C" void remember(int signal) {
    const int error = errno;
    if (requested != 0) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);  // delivered when this returns
        return;
    }
    requested = signal;
    constexpr std::string_view message = "\nStopping; what is done is kept. Once more ends at once.\n";
    const auto ignored = ::write(STDERR_FILENO, message.data(), message.size());
    (void)ignored;
    errno = error;
}

}  // namespace

void catch_interrupts() {
    for (const int signal : signals) {
        struct sigaction before {};
        if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
        struct sigaction action {};
        action.sa_handler = remember;
        action.sa_flags = SA_RESTART;
        ::sigaction(signal, &action, nullptr);
    }
}

bool interrupt_requested() noexcept { return requested != 0; }

int interrupt_status() noexcept { return 128 + static_cast<int>(requested); }

}  // namespace markhor::cli
