// Where the tests find what they read and run. Only paths.cpp is compiled with these paths, so that another checkout
// (or the compiler's cache) need not compile all tests again for them.
#pragma once

#include <string>

namespace markhor::test {

/// tests/golden, or a file or folder below it.
std::string golden(const std::string& below = {});
/// The built command.
const char* command();

}  // namespace markhor::test
