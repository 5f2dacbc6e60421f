#include <markhor/version.hpp>

namespace markhor {

const char* version() noexcept { return MARKHOR_VERSION; }

}  // namespace markhor
