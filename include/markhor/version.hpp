// Which Markhor this is.
#pragma once

#include <markhor/requires_cxx20.hpp>

namespace markhor {

/// "0.1.0", of the library that the program runs with.
const char* version() noexcept;

}  // namespace markhor
