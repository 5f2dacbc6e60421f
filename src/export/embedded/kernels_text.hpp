// kernels.hpp as text, for the headers that export_header() writes.
#pragma once

#include <string_view>

namespace markhor::exporting {

extern const std::string_view kernels_text;

}  // namespace markhor::exporting
