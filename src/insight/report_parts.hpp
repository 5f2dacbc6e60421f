// Pieces of the page that several sections are made of.
#pragma once

#include <markhor/case_study.hpp>
#include <string>
#include <vector>

namespace markhor::insight {

using Row = std::vector<std::string>;

/// Cells are HTML already; the first of each row is its heading. `style` is a class of the table.
std::string html_table(const Row& head, const std::vector<Row>& rows, const std::string& style = {});
/// The head's title in its colour; a narrow screen may break it where a word of it begins.
std::string head_cell(const CaseStudy& study, std::size_t head);
/// A chart with a caption, which is text.
std::string figure(const std::string& chart, const std::string& caption);
/// Heads beyond the colours there are take these again.
int series_color(std::size_t head);
/// The class's name, or its number, as HTML.
std::string class_text(const CaseStudy& study, std::size_t label);

}  // namespace markhor::insight
