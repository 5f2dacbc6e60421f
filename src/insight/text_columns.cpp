#include "insight/text_columns.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace markhor::insight {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

}  // namespace

std::string text_columns(const std::vector<std::vector<std::string>>& cells) {
    constexpr std::size_t widest = 60;
    std::vector<std::vector<std::string>> rows = cells;
    for (auto& row : rows) {
        for (std::string& cell : row) cell = text::printable(cell, widest);
    }
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()), 0);
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string space(widths[i] - width_of(row[i]), ' ');
            line += i == 0 ? row[i] + space : "  " + space + row[i];
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
        if (&row != &rows.front()) continue;
        for (std::size_t i = 0; i < widths.size(); ++i) text += (i == 0 ? "" : "  ") + std::string(widths[i], '-');
        text += "\n";
    }
    return text;
}

}  // namespace markhor::insight
