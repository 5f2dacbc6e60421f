#include <algorithm>
#include <markhor/error.hpp>

#include "model/summary.hpp"
#include "model/text_table.hpp"

namespace markhor {
namespace {

std::string with_commas(std::int64_t value) {
    std::string digits = std::to_string(value);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

/// Keras 3 prints a shape's sizes without a tuple's last comma.
std::string shape_text(const Shape& shape) {
    std::string text = shape.str();
    if (text.ends_with(",)")) text.replace(text.size() - 2, 2, ")");
    return text;
}

std::string shapes_text(const std::vector<Shape>& shapes) {
    if (shapes.empty()) return "?";
    if (shapes.size() == 1) return shape_text(shapes[0]);
    std::string text = "[";
    for (std::size_t i = 0; i < shapes.size(); ++i) text += (i > 0 ? ", " : "") + shape_text(shapes[i]);
    return text + "]";
}

std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
    return text.empty() ? "-" : text;
}

constexpr int cost_column_width = 12;

void add_rows(std::vector<std::vector<std::string>>& table, const SummaryContent& content,
              const std::vector<SummaryRow>& rows, int level) {
    for (const SummaryRow& row : rows) {
        std::string prefix;
        for (int i = 0; i < level; ++i) prefix += "   ";
        if (level > 0) prefix += "└ ";
        std::vector<std::string> cells = {prefix + row.name + " (" + row.class_name + ")", shapes_text(row.outputs),
                                          row.built ? with_commas(row.params) : "0 (unbuilt)"};
        if (!content.is_chain) cells.push_back(joined(row.connections));
        if (content.show_trainable) cells.emplace_back(!row.has_weights ? "-" : row.trainable ? "Y" : "N");
        for (std::string& cell : cost_cells(content, row.cost)) cells.push_back(std::move(cell));
        table.push_back(std::move(cells));
        add_rows(table, content, row.nested, level + 1);
    }
}

std::vector<TableColumn> columns_of(const SummaryContent& content, std::vector<double> positions, int line_length) {
    std::vector<TableColumn> columns = {{"Layer (type)"}, {"Output Shape"}, {"Param #", Align::right}};
    if (!content.is_chain) columns.push_back({"Connected to"});
    if (positions.empty()) {
        positions = content.is_chain ? std::vector<double>{0.45, 0.80, 1.0} : std::vector<double>{0.3, 0.56, 0.74, 1.0};
    }
    if (positions.size() < columns.size()) {
        throw ValueError(content.model_name + ": summary() got " + std::to_string(positions.size()) +
                         " positions; the table has " + std::to_string(columns.size()) + " columns");
    }
    if (content.show_trainable) {
        columns.push_back({"Trainable", Align::center});
        for (double& position : positions) position *= 0.90;
        positions.push_back(1.0);
    }
    int end = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {  // Keras takes more positions than columns too
        columns[i].width = static_cast<int>(positions[i] * line_length) - end;
        end += columns[i].width;
        if (columns[i].width < 4) {
            throw ValueError(content.model_name + ": summary() needs at least 4 characters a column; line_length " +
                             std::to_string(line_length) + " leaves '" + columns[i].header + "' " +
                             std::to_string(columns[i].width));
        }
    }
    for (const std::string& header : cost_headers(content))
        columns.push_back({header, Align::right, cost_column_width});
    return columns;
}

std::string total(const char* what, const SummaryCount& count) {
    return std::string(" ") + what + " params: " + with_commas(count.params) + " (" + readable_size(count.bytes, "B") +
           ")\n";
}

std::string cut_lines(const std::string& text, int columns) {
    std::string cut;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        cut += text_prefix(std::string_view(text).substr(begin, end - begin), columns);
        cut += '\n';
        begin = end + 1;
    }
    return cut;
}

}  // namespace

std::string keras3_summary(const SummaryContent& content, const SummaryOptions& options, int columns) {
    constexpr int columns_of_a_file = 80;
    const int widest = (content.is_chain ? 88 : 108) + (content.show_trainable ? 12 : 0);
    const int of_costs = cost_column_width * static_cast<int>(cost_headers(content).size());
    const int available = columns > 0 ? columns - of_costs : columns_of_a_file;
    const int fitting = std::min(widest, available - 4);
    const int line_length = options.line_length > 0 ? options.line_length : fitting;

    std::vector<std::vector<std::string>> table;
    add_rows(table, content, content.rows, 0);
    std::string text = "Model: \"" + content.model_name + "\"\n";
    text += box_table(columns_of(content, options.positions, line_length), table, line_length + of_costs);
    const auto sum = [](const SummaryCount& a, const SummaryCount& b) {
        return SummaryCount{a.params + b.params, a.bytes + b.bytes};
    };
    text += total("Total", sum(sum(content.trainable, content.non_trainable), content.optimizer));
    text += total("Trainable", content.trainable);
    text += total("Non-trainable", content.non_trainable);
    if (content.optimizer.params > 0) text += total("Optimizer", content.optimizer);
    text += cost_totals(content, " ");
    return columns > 0 && line_length + of_costs > columns ? cut_lines(text, columns) : text;
}

}  // namespace markhor
