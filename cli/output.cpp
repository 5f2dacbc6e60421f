#include "output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <streambuf>
#include <system_error>

namespace markhor::cli {
namespace {

/// Writes to the descriptor and remembers what went wrong first.
class Output final : public std::streambuf {
public:
    Output() : is_terminal_(::isatty(STDOUT_FILENO) == 1) { setp(buffer_.data(), buffer_.data() + buffer_.size()); }
    int reason() const noexcept { return reason_; }

protected:
    int_type overflow(int_type c) override {
        if (!drain()) return traits_type::eof();
        if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
        return sputc(traits_type::to_char_type(c));
    }
    std::streamsize xsputn(const char* text, std::streamsize count) override {
        const std::streamsize put = std::streambuf::xsputn(text, count);
        // As stdio does: a terminal shows whole lines at once.
        if (is_terminal_ && std::string_view(text, static_cast<std::size_t>(put)).find('\n') != std::string_view::npos)
            drain();
        return put;
    }
    int sync() override { return drain() ? 0 : -1; }

private:
    bool drain() {
        const char* from = pbase();
        while (reason_ == 0 && from < pptr()) {
            const ssize_t written = ::write(STDOUT_FILENO, from, static_cast<std::size_t>(pptr() - from));
            if (written >= 0) {
                from += written;
            } else if (errno != EINTR) {
                reason_ = errno;
            }
        }
        setp(buffer_.data(), buffer_.data() + buffer_.size());
        return reason_ == 0;
    }

    std::array<char, 1 << 16> buffer_{};
    const bool is_terminal_;
    int reason_ = 0;
};

Output* output = nullptr;  // lives as long as std::cout, which is flushed after main()

}  // namespace

OutputError::OutputError(int reason)
    : std::runtime_error("the output cannot be written: " + std::generic_category().message(reason)),
      closed_pipe_(reason == EPIPE) {}

void watch_output() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free one is this. Open the other way round, so that what is read or written fails as if closed.
        const int opened = ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (opened >= 0 && opened != descriptor) ::close(opened);
    }
    output = new Output;  // NOLINT(cppcoreguidelines-owning-memory): never freed
    std::cout.rdbuf(output);
}

void check_output() {
    std::cout.flush();
    if (output != nullptr && output->reason() != 0) throw OutputError(output->reason());
}

}  // namespace markhor::cli
