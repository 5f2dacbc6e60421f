#include <algorithm>
#include <markhor/error.hpp>
#include <optional>

#include "model/summary.hpp"
#include "model/text_table.hpp"

namespace markhor {
namespace {

/// The printer of one classic table: cells cut hard at the columns' ends, and frames of ¯ around nested models.
class ClassicTable {
public:
    ClassicTable(const SummaryContent& content, const SummaryOptions& options) : content_(content) {
        line_length_ = options.line_length > 0 ? options.line_length : content.is_chain ? 65 : 98;
        std::vector<double> ends = options.positions;
        if (ends.empty())
            ends = content.is_chain ? std::vector<double>{.45, .85, 1.} : std::vector<double>{.3, .6, .70, 1.};
        const std::size_t columns = content.is_chain ? 3 : 4;
        if (ends.size() != columns) {
            throw ValueError(content.model_name + ": summary() got " + std::to_string(ends.size()) +
                             " positions; the table has " + std::to_string(columns) + " columns");
        }
        const bool relative = ends.back() <= 1;
        for (const double end : ends) positions_.push_back(static_cast<int>(relative ? end * line_length_ : end));
        if (content.show_trainable) {
            line_length_ += 11;
            positions_.push_back(line_length_);
        }
        for (std::size_t i = 0; i < cost_headers(content).size(); ++i) {
            line_length_ += 12;
            positions_.push_back(line_length_);
        }
        check_widths();
    }

    std::string text() {
        text_ = "Model: \"" + content_.model_name + "\"\n" + line("_");
        std::vector<std::string> headers = {"Layer (type)", "Output Shape", "Param #"};
        if (!content_.is_chain) headers.emplace_back("Connected to");
        if (content_.show_trainable) headers.emplace_back("Trainable");
        for (std::string& header : cost_headers(content_)) headers.push_back(std::move(header));
        print_cells(headers, 0);
        text_ += line("=");
        for (const SummaryRow& row : content_.rows) print(row, 0, false);
        text_ += line("=");
        const SummaryCount all = {content_.trainable.params + content_.non_trainable.params,
                                  content_.trainable.bytes + content_.non_trainable.bytes};
        print_total("Total", all);
        print_total("Trainable", content_.trainable);
        print_total("Non-trainable", content_.non_trainable);
        text_ += cost_totals(content_, "");
        return text_ + line("_");
    }

private:
    static std::string repeated(const char* what, int count) {
        std::string text;
        for (int i = 0; i < count; ++i) text += what;
        return text;
    }
    std::string line(const char* what) const { return repeated(what, line_length_) + "\n"; }
    std::string framed(const char* what, int level) const {
        const std::string bars = repeated("|", level);
        return bars + repeated(what, line_length_ - 2 * level) + bars + "\n";
    }

    /// Of a cell's text: all but the last column leave two spaces to the next, and start after one.
    int room(std::size_t column, int level) const {
        const int begin = column > 0 ? positions_[column - 1] : 0;
        const int between = column + 1 < positions_.size() ? 3 : 0;
        return positions_[column] - begin - between - (column == 0 ? level : 0);
    }

    void check_widths() const {
        for (std::size_t i = 0; i < positions_.size(); ++i) {
            if (room(i, 0) < 1) {
                throw ValueError(content_.model_name + ": summary() leaves no room for a column at line_length " +
                                 std::to_string(line_length_));
            }
        }
    }

    static std::string shape_text(const SummaryRow& row) {
        if (row.outputs.empty()) return "?";
        if (!row.one_shape) return "multiple";
        if (row.outputs.size() == 1 && !row.is_input) return row.outputs[0].str();
        std::string text = "[";
        for (std::size_t i = 0; i < row.outputs.size(); ++i) text += (i > 0 ? ", " : "") + row.outputs[i].str();
        return text + "]";
    }

    static std::string list_text(const std::vector<std::string>& items) {
        std::string text = "[";
        for (std::size_t i = 0; i < items.size(); ++i) text += (i > 0 ? ", '" : "'") + items[i] + "'";
        return text + "]";
    }

    void print(const SummaryRow& row, int level, bool is_last) {
        std::vector<std::string> cells = {row.name + " (" + row.class_name + ")", shape_text(row),
                                          row.built ? std::to_string(row.params) : "0 (unused)"};
        if (!content_.is_chain) cells.push_back(list_text(row.connections));
        if (content_.show_trainable) cells.emplace_back(row.trainable ? "Y" : "N");
        for (std::string& cell : cost_cells(content_, row.cost)) cells.push_back(std::move(cell));
        print_cells(std::move(cells), level);
        if (!row.nested.empty()) {
            text_ += framed("¯", level + 1);
            for (std::size_t i = 0; i < row.nested.size(); ++i)
                print(row.nested[i], level + 1, i + 1 == row.nested.size());
            text_ += framed("¯", level);
        }
        // A nested model's frame already sets it off from what follows.
        if (!is_last && row.nested.empty()) text_ += framed(" ", level);
    }

    /// How much of a cell goes on this line: what fits, but no further than the end of a tuple or list item.
    static std::size_t cut_of(const std::string& cell, std::size_t fitting) {
        std::optional<std::size_t> cut;
        for (const char* end : {"),", "},", "],", "',"}) {
            const std::size_t found = text_prefix(cell, static_cast<int>(fitting)).find(end);
            if (found != std::string::npos) cut = std::min(cut.value_or(found + 2), found + 2);
        }
        return cut.value_or(text_prefix(cell, static_cast<int>(fitting)).size());
    }

    void print_cells(std::vector<std::string> cells, int level) {
        const auto is_left = [](const std::string& cell) { return !cell.empty(); };
        while (std::ranges::any_of(cells, is_left)) {
            std::string row;
            for (std::size_t i = 0; i < cells.size(); ++i) {
                if (i == 0) row += repeated("|", level) + " ";
                const std::size_t cut = cut_of(cells[i], static_cast<std::size_t>(std::max(room(i, level), 1)));
                row += cells[i].substr(0, cut);
                cells[i].erase(0, cut);
                const bool is_last = i + 1 == cells.size();
                const int end = positions_[i] - (is_last ? level : 0);
                row += repeated(" ", std::max(end - text_width(row), is_last ? 0 : 2));
            }
            text_ += row + repeated("|", level) + "\n";
        }
    }

    void print_total(const char* what, const SummaryCount& count) {
        text_ += std::string(what) + " params: " + std::to_string(count.params) + " (" +
                 readable_size(count.bytes, "Byte") + ")\n";
    }

    const SummaryContent& content_;
    int line_length_ = 0;
    std::vector<int> positions_;
    std::string text_;
};

}  // namespace

std::string classic_summary(const SummaryContent& content, const SummaryOptions& options) {
    return ClassicTable(content, options).text();
}

}  // namespace markhor
