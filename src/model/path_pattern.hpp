// File names with values in them, as Python's str.format writes them: "best.{epoch:02d}-{val_loss:.2f}.keras".
#pragma once

#include <map>
#include <string>

namespace markhor {

/// Each {name} or {name:spec} replaced by its value. Throws ValueError, starting with `where`, for an unknown name or a
/// spec other than [0][width][.precision](d|f|e|g).
std::string fill_pattern(const std::string& pattern, const std::map<std::string, double>& values,
                         const std::string& where);
std::string format_number(double value, const std::string& spec, const std::string& where);

}  // namespace markhor
