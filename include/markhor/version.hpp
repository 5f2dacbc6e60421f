// Which Markhor this is.
#pragma once

namespace markhor {

/// "0.1.0", of the library that the program runs with.
const char* version() noexcept;

}  // namespace markhor
