// Rows of cells as text in columns: the first column to the left, the others to the right.
#pragma once

#include <string>
#include <vector>

namespace markhor::insight {

/// The first row is the heading, ruled off. All rows have as many cells. Widths count characters, not bytes.
std::string text_columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace markhor::insight
