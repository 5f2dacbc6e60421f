#include "cli/support.hpp"
#include "support/paths.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace markhor::cli::test {
namespace {

namespace fs = std::filesystem;

struct Pipe {
    std::array<int, 2> ends{};
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    }
};

std::string idx(unsigned char kind, const std::vector<int>& sizes, const std::string& elements) {
    std::string text{'\0', '\0', static_cast<char>(kind), static_cast<char>(sizes.size())};
    for (const int size : sizes) {
        for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(size >> shift & 255);
    }
    return text + elements;
}

void write_part(const fs::path& folder, const std::string& name, int count) {
    constexpr int side = 16;
    std::string pixels;
    std::string labels;
    for (int image = 0; image < count; ++image) {
        labels += static_cast<char>(image % 2);
        for (int pixel = 0; pixel < side * side; ++pixel) {
            const bool left = pixel % side < side / 2;
            pixels += static_cast<char>((left == (image % 2 == 0) ? 180 : 20) + (image * 31 + pixel * 7) % 40);
        }
    }
    write_text(folder / (name + "-images-idx3-ubyte"), idx(8, {count, side, side}, pixels));
    write_text(folder / (name + "-labels-idx1-ubyte"), idx(8, {count}, labels));
}

}  // namespace

Outcome run(const std::vector<std::string>& arguments, const std::string& interrupt_at, int signal) {
    Pipe output;
    Pipe errors;
    std::vector<char*> argv{const_cast<char*>(markhor::test::command())};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(output.ends[1], STDOUT_FILENO);
        ::dup2(errors.ends[1], STDERR_FILENO);
        ::execv(markhor::test::command(), argv.data());
        ::_exit(127);
    }
    ::close(output.ends[1]);
    ::close(errors.ends[1]);

    Outcome outcome;
    bool interrupted = interrupt_at.empty();
    std::array<pollfd, 2> readers{{{output.ends[0], POLLIN, 0}, {errors.ends[0], POLLIN, 0}}};
    while (readers[0].fd >= 0 || readers[1].fd >= 0) {
        if (::poll(readers.data(), readers.size(), -1) < 0) continue;
        for (pollfd& reader : readers) {
            if (reader.fd < 0 || reader.revents == 0) continue;
            std::array<char, 4096> buffer{};
            const ssize_t got = ::read(reader.fd, buffer.data(), buffer.size());
            if (got <= 0) {
                ::close(reader.fd);
                reader.fd = -1;
                continue;
            }
            (&reader == readers.data() ? outcome.output : outcome.errors)
                .append(buffer.data(), static_cast<std::size_t>(got));
        }
        if (!interrupted && outcome.output.find(interrupt_at) != std::string::npos) {
            ::kill(child, signal);
            interrupted = true;
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    return outcome;
}

void write_idx_set(const fs::path& folder, int count) {
    fs::create_directories(folder);
    write_part(folder, "train", count);
    write_part(folder, "t10k", count / 2);
}

}  // namespace markhor::cli::test
