// keras.utils.plot_model: Graphviz's program draws what model_to_dot() describes.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <markhor/error.hpp>
#include <markhor/plotting.hpp>
#include <memory>
#include <system_error>

#include "core/atomic_file.hpp"

namespace markhor::utils {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

/// What the child process reads and where it writes its messages.
class SpawnActions {
public:
    SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    void replace(int child, int ours) { ::posix_spawn_file_actions_adddup2(&actions_, ours, child); }
    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

/// The file's first 300 bytes, on one line.
std::string beginning_of(std::FILE* file) {
    std::array<char, 300> text{};
    std::rewind(file);
    std::string message(text.data(), std::fread(text.data(), 1, text.size(), file));
    for (char& c : message) {
        if (c == '\n') c = ' ';
    }
    while (message.ends_with(' ')) message.pop_back();
    return message;
}

FilePointer temporary_file(const std::string& where) {
    FilePointer file(std::tmpfile());
    if (!file) throw FileError(where + ": no temporary file can be made: " + std::generic_category().message(errno));
    return file;
}

/// Runs `dot` itself, with no shell between; the picture goes to the file that is open as `target`.
void draw(const std::string& dot, const std::string& format, int target, const std::string& where) {
    const FilePointer input = temporary_file(where);
    const FilePointer messages = temporary_file(where);
    if (std::fwrite(dot.data(), 1, dot.size(), input.get()) != dot.size() || std::fflush(input.get()) != 0)
        throw FileError(where + ": a temporary file cannot be written: " + std::generic_category().message(errno));
    std::rewind(input.get());

    SpawnActions actions;
    actions.replace(STDIN_FILENO, ::fileno(input.get()));
    actions.replace(STDOUT_FILENO, target);
    actions.replace(STDERR_FILENO, ::fileno(messages.get()));
    std::string program = "dot";
    std::string as = "-T" + format;
    const std::array<char*, 3> arguments = {program.data(), as.data(), nullptr};
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, "dot", actions.get(), nullptr, arguments.data(), environ);
    constexpr const char* remedy =
        "install Graphviz (apt install graphviz), or ask for a .dot file, which needs no program";
    if (failed != 0) {
        throw FileError(where + ": the program 'dot' cannot be run (" + std::generic_category().message(failed) +
                        "); " + remedy);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        throw FileError(where + ": the program 'dot' is not there; " + remedy);
    }
    throw FileError(where + ": the program 'dot' failed: " + beginning_of(messages.get()));
}

}  // namespace

void plot_model(const Model& model, const std::filesystem::path& to_file, const PlotOptions& options) {
    PlotOptions wanted = options;
    if (!wanted.show_layer_names) wanted.show_layer_names = false;
    const std::string extension = to_file.extension().string();
    const std::string dot = model_to_dot(model, wanted);
    if (extension == ".dot" || extension == ".gv") return write_file(to_file, dot);
    if (extension != ".png" && extension != ".svg" && extension != ".pdf") {
        throw ValueError(to_file.string() + ": the extension is \"" + extension +
                         "\"; .png, .svg, .pdf, .dot or .gv is wanted");
    }
    AtomicFile file(to_file);
    draw(dot, extension.substr(1), file.descriptor(), to_file.string());
    file.commit();
}

}  // namespace markhor::utils
