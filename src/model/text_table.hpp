// Text laid out in the cells of a table as Python's rich does it: wrapped at spaces, what is longer than a line cut
// with an ellipsis. Knows nothing of models.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace markhor {

enum class Align { left, right, center };

struct TableColumn {
    std::string header;
    Align align = Align::left;
    int width = 0;  // asked for, without padding and borders
};

/// A box table of UTF-8 text with a heavy head and a rule between rows, each line ended, `width` characters wide (the
/// columns give or take what is too much or too little).
std::string box_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                      int width);

/// Characters (code points) of UTF-8 text, and its first `count` ones.
int text_width(std::string_view text);
std::string_view text_prefix(std::string_view text, int count);

}  // namespace markhor
