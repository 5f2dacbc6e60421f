#include "support/faults.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace markhor::test {
namespace {

#if defined(__x86_64__)

constexpr auto number_at = static_cast<unsigned>(offsetof(seccomp_data, nr));
unsigned argument_at(unsigned index) {
    return static_cast<unsigned>(offsetof(seccomp_data, args)) + 8 * index;  // its lower half
}

sock_filter statement(unsigned code, unsigned k) { return {static_cast<__u16>(code), 0, 0, k}; }
sock_filter jump(unsigned code, unsigned k, unsigned yes, unsigned no) {
    return {static_cast<__u16>(code), static_cast<__u8>(yes), static_cast<__u8>(no), k};
}

/// Calls that are traced: those that always change files, writes but to the standard streams, opens that create.
std::vector<sock_filter> filter() {
    std::vector<sock_filter> program = {statement(BPF_LD | BPF_W | BPF_ABS, number_at)};
    const auto trace = statement(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    const auto allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    for (const long call : {SYS_rename,   SYS_renameat, SYS_renameat2, SYS_unlink,    SYS_unlinkat, SYS_ftruncate,
                            SYS_truncate, SYS_fsync,    SYS_fdatasync, SYS_mkdir,     SYS_mkdirat,  SYS_rmdir,
                            SYS_link,     SYS_linkat,   SYS_symlink,   SYS_symlinkat, SYS_chmod,    SYS_fchmod,
                            SYS_fchmodat, SYS_chown,    SYS_fchown,    SYS_creat}) {
        program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
        program.push_back(trace);
    }
    for (const long call : {SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_sendfile, SYS_copy_file_range}) {
        program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 4));
        program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, argument_at(0)));
        program.push_back(jump(BPF_JMP | BPF_JGT | BPF_K, STDERR_FILENO, 0, 1));
        program.push_back(trace);
        program.push_back(allow);
    }
    for (const auto& [call, flags] : {std::pair(SYS_open, 1U), std::pair(SYS_openat, 2U)}) {
        program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 4));
        program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, argument_at(flags)));
        program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC, 0, 1));
        program.push_back(trace);
        program.push_back(allow);
    }
    program.push_back(allow);
    return program;
}

[[noreturn]] void become(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                         int errors) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    for (const std::string& each : environment) ::putenv(::strdup(each.c_str()));
    const char* const sanitizer = std::getenv("ASAN_OPTIONS");  // LeakSanitizer cannot work in a process that is traced
    ::setenv("ASAN_OPTIONS", (std::string(sanitizer != nullptr ? sanitizer : "") + ":detect_leaks=0").c_str(), 1);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    std::vector<sock_filter> program = filter();
    const sock_fprog all = {static_cast<unsigned short>(program.size()), program.data()};
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || ::raise(SIGSTOP) != 0 ||
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) != 0) {
        ::_exit(125);
    }
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

bool needs_space(unsigned long long call) {
    return call == SYS_write || call == SYS_pwrite64 || call == SYS_writev || call == SYS_open || call == SYS_openat ||
           call == SYS_mkdir || call == SYS_ftruncate || call == SYS_fsync;
}

/// Whether a file of the thread's is a pipe, which no disk's fullness reaches (AddressSanitizer writes into one to try
/// memory).
bool is_pipe(pid_t thread, unsigned long long file) {
    std::error_code missing;
    const std::string at = "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(file);
    return std::filesystem::read_symlink(at, missing).string().starts_with("pipe:");
}

/// Makes the call that the thread is about to do fail.
void refuse(pid_t thread, int error) {
    user_regs_struct registers{};
    ::ptrace(PTRACE_GETREGS, thread, nullptr, &registers);
    if (!needs_space(registers.orig_rax)) return;
    if (registers.orig_rax == SYS_write && is_pipe(thread, registers.rdi)) return;
    registers.orig_rax = ~0ULL;
    registers.rax = static_cast<unsigned long long>(-static_cast<long long>(error));
    ::ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
}

/// Until the process has ended; its threads and children are traced too.
void trace(pid_t child, const Fault& fault, Faulty& result) {
    for (;;) {
        int status = 0;
        const pid_t thread = ::waitpid(-1, &status, __WALL);
        if (thread < 0) return;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread != child) continue;
            result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
            return;
        }
        int signal = WSTOPSIG(status);
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
            ++result.calls;
            if (fault.at > 0 && fault.error == 0 && result.calls == fault.at) ::kill(child, SIGKILL);
            if (fault.at > 0 && fault.error != 0 && result.calls >= fault.at) refuse(thread, fault.error);
            signal = 0;
        } else if (signal == SIGTRAP || signal == SIGSTOP) {
            signal = 0;  // a new thread, or another event
        }
        ::ptrace(PTRACE_CONT, thread, nullptr, signal);
    }
}

#endif

}  // namespace

Faulty run_with_fault(const std::vector<std::string>& command, const Fault& fault,
                      const std::vector<std::string>& environment) {
    Faulty result;
#if defined(__x86_64__)
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> errors(std::tmpfile(), &std::fclose);
    const pid_t child = ::fork();
    if (child == 0) become(command, environment, ::fileno(errors.get()));
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return result;
    constexpr long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                             PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (::ptrace(PTRACE_SETOPTIONS, child, nullptr, options) != 0) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        return result;
    }
    ::ptrace(PTRACE_CONT, child, nullptr, 0);
    trace(child, fault, result);
    result.traced = result.status != 125;
    std::rewind(errors.get());
    std::array<char, 4096> block{};
    for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), errors.get())) > 0;)
        result.errors.append(block.data(), got);
#else
    (void)command, (void)fault, (void)environment;
#endif
    return result;
}

}  // namespace markhor::test
