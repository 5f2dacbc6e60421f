// Tables as text (RFC 4180): fields between commas, those with commas, quotes or line ends in them quoted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace markhor::data {

struct CsvRow {
    std::size_t line = 0;  ///< where it begins, from 1
    std::vector<std::string> fields;
};

/// The header and the rows behind it, all of as many fields; empty lines are passed over. Throws FileError naming the
/// line.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);

}  // namespace markhor::data
