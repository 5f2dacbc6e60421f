// Runs a program and ends it, or makes a call fail, at its n-th call that changes files: what a power cut, a SIGKILL or
// a full disk do at that moment. By seccomp and ptrace: each thread's calls count, however the library makes them.
#pragma once

#include <string>
#include <vector>

namespace markhor::test {

struct Fault {
    int at = 0;     ///< the number of the call, from 1; 0: none
    int error = 0;  ///< what the calls from there on that need space fail with (ENOSPC); 0: the process is killed
                    ///< before the call
};

struct Faulty {
    bool traced = false;  ///< false: the system does not allow it; the rest is nothing then
    int status = -1;      ///< exit status; 1000 + signal where one ended it
    int calls = 0;        ///< that change files
    std::string errors;   ///< what it wrote to stderr; stdout goes nowhere
};

Faulty run_with_fault(const std::vector<std::string>& command, const Fault& fault,
                      const std::vector<std::string>& environment = {});

}  // namespace markhor::test
