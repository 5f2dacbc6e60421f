#include "model/text_table.hpp"

#include <algorithm>
#include <cmath>

namespace markhor {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string_view without_trailing_spaces(std::string_view text) {
    const std::size_t last = text.find_last_not_of(' ');
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// The text's words, each with the spaces around it that belong to it: those after it, and for the first those before.
std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t word = text.find_first_not_of(' ', begin);
        if (word == std::string_view::npos) break;
        const std::size_t space = text.find(' ', word);
        const std::size_t end =
            space == std::string_view::npos ? text.size() : std::min(text.size(), text.find_first_not_of(' ', space));
        found.push_back(text.substr(begin, end - begin));
        begin = end;
    }
    return found;
}

std::vector<std::string> wrap(std::string_view text, int width) {
    std::vector<std::string> lines(1);
    int used = 0;
    for (const std::string_view word : words(text)) {
        if (used > 0 && width - used < text_width(without_trailing_spaces(word))) {
            lines.emplace_back();
            used = 0;
        }
        lines.back() += word;
        used += text_width(word);
    }
    for (std::string& line : lines) {
        line = without_trailing_spaces(line);
        if (text_width(line) > width) line = std::string(text_prefix(line, std::max(width - 1, 0))) + "…";
    }
    return lines;
}

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

std::string aligned(const std::string& line, int width, Align align) {
    const int free = width - text_width(line);
    const int before = align == Align::left ? 0 : align == Align::right ? free : free / 2;
    return spaces(before) + line + spaces(free - before);
}

int round_half_even(int numerator, int denominator) {
    return static_cast<int>(std::nearbyint(static_cast<double>(numerator) / denominator));
}

/// Widths of the cells, padding included: as asked, then made to fill the table by taking evenly or giving in
/// proportion.
std::vector<int> cell_widths(const std::vector<TableColumn>& columns, int width) {
    const int count = static_cast<int>(columns.size());
    std::vector<int> widths;
    int free = width - (count + 1);
    for (const TableColumn& column : columns) {
        widths.push_back(column.width + 2);
        free -= widths.back();
    }
    int left = count;
    int ratio = 0;
    for (const int cell : widths) ratio += cell;
    for (int& cell : widths) {
        int change = 0;
        if (free < 0) {
            change = -std::min(cell, round_half_even(-free, left--));
        } else if (free > 0) {
            change = (cell * free + ratio - 1) / ratio;
            ratio -= cell;
        }
        free -= change;
        cell += change;
    }
    return widths;
}

struct Border {
    const char* left;
    const char* line;
    const char* cross;
    const char* right;
};

std::string rule(const std::vector<int>& widths, const Border& border) {
    std::string text = border.left;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        if (i > 0) text += border.cross;
        for (int n = 0; n < widths[i]; ++n) text += border.line;
    }
    return text + border.right + "\n";
}

std::string row_lines(const std::vector<TableColumn>& columns, const std::vector<int>& widths,
                      const std::vector<std::string>& cells, const char* bar) {
    std::vector<std::vector<std::string>> wrapped;
    std::size_t height = 1;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        wrapped.push_back(wrap(cells[i], widths[i] - 2));
        height = std::max(height, wrapped.back().size());
    }
    std::string text;
    for (std::size_t line = 0; line < height; ++line) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const std::string content = line < wrapped[i].size() ? wrapped[i][line] : std::string();
            text += std::string(bar) + " " + aligned(content, widths[i] - 2, columns[i].align) + " ";
        }
        text += std::string(bar) + "\n";
    }
    return text;
}

}  // namespace

int text_width(std::string_view text) {
    return static_cast<int>(std::ranges::count_if(text, [](char c) { return !is_continuation(c); }));
}

std::string_view text_prefix(std::string_view text, int count) {
    std::size_t end = 0;
    while (end < text.size() && (count > 0 || is_continuation(text[end]))) {
        if (!is_continuation(text[end])) --count;
        ++end;
    }
    return text.substr(0, end);
}

std::string box_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                      int width) {
    const std::vector<int> widths = cell_widths(columns, width);
    std::vector<std::string> headers;
    headers.reserve(columns.size());
    for (const TableColumn& column : columns) headers.push_back(column.header);
    std::string text = rule(widths, {"┏", "━", "┳", "┓"});
    text += row_lines(columns, widths, headers, "┃");
    text += rule(widths, {"┡", "━", "╇", "┩"});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) text += rule(widths, {"├", "─", "┼", "┤"});
        text += row_lines(columns, widths, rows[i], "│");
    }
    return text + rule(widths, {"└", "─", "┴", "┘"});
}

}  // namespace markhor
