#include "support/paths.hpp"

namespace markhor::test {

std::string golden(const std::string& below) {
    return below.empty() ? std::string(MARKHOR_TEST_DATA) : std::string(MARKHOR_TEST_DATA) + "/" + below;
}

const char* command() { return MARKHOR_CLI; }

}  // namespace markhor::test
