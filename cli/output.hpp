// Standard output that is asked whether it was written: a full disk is an error, a closed pipe a silent end.
#pragma once

#include <stdexcept>

namespace markhor::cli {

/// Standard output could not be written; what() says why.
class OutputError : public std::runtime_error {
public:
    explicit OutputError(int reason);
    /// Nobody reads any more: nothing is to be said about it.
    bool is_closed_pipe() const noexcept { return closed_pipe_; }

private:
    bool closed_pipe_;
};

/// Takes what std::cout is given from now on, and sees to it that the descriptors 0 to 2 are open: no file of ours is
/// taken for one of them.
void watch_output();

/// Writes out what std::cout holds; throws OutputError where that, or anything before, went wrong. Commands with much
/// to say call it in between; main() does at the end.
void check_output();

}  // namespace markhor::cli
