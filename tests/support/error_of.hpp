// Errors as texts, to be compared with what they should say.
#pragma once

#include <markhor/error.hpp>
#include <string>

namespace markhor::test {

/// The message of the E that the action throws, "no error" where it throws nothing. Other exceptions go on.
template <class E = Error, class Action>
std::string error_of(const Action& action) {
    try {
        action();
    } catch (const E& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace markhor::test
