// What the headers that export_header() writes are made of, as text.
#pragma once

#include <string_view>

namespace markhor::exporting {

extern const std::string_view kernels_text;  // kernels.hpp
extern const std::string_view network_text;  // network.hpp.in: {words} in braces stand for what differs

}  // namespace markhor::exporting
