// Rows of cells as text in columns: the first column to the left, the others to the right.
#pragma once

#include <string>
#include <vector>

namespace markhor::insight {

/// The first row is the heading, ruled off. All rows have as many cells. Widths count characters, not bytes; what is
/// longer than 60 is cut, and shown as text::printable() does.
std::string text_columns(const std::vector<std::vector<std::string>>& cells);

}  // namespace markhor::insight
