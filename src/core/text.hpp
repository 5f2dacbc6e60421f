// Foreign names (of files, classes, layers, models) in what we write: for each kind of output the form in which a name
// is only a name, whatever bytes it holds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace markhor::text {

/// For a terminal and all that people read: what does not show as itself is spelled out. Control characters and bytes
/// that are no UTF-8 become \x1b, others that are invisible or turn the direction of writing \u202e. With `most`, a
/// longer text is cut to that many characters, the last one then "…".
std::string printable(std::string_view text, std::size_t most = std::string::npos);

/// As UTF-8: bytes that are none become U+FFFD.
std::string utf8(std::string_view text);

/// printable(), for the text and the attributes of HTML, XML, SVG and Graphviz's HTML-like labels.
std::string html(std::string_view text);

/// printable(), for a line or a table's cell of Markdown.
std::string markdown(std::string_view text);

/// printable(), for a field of CSV (RFC 4180): quoted where needed; behind ' where a spreadsheet would take it for a
/// formula. Numbers are left alone.
std::string csv(std::string_view text);

/// A JSON text as nlohmann::json dumps it (error_handler_t::replace) with what printable() spells out as \u escapes:
/// it says the same, and is safe to show.
std::string json(std::string_view dumped);

/// printable(), in the quotes of Graphviz's language.
std::string dot_string(std::string_view text);

/// printable(), for a // comment of C and C++.
std::string cpp_comment(std::string_view text);

/// A name of C and C++: letters, digits and _, no keyword and none that is reserved.
std::string cpp_identifier(std::string_view text);

}  // namespace markhor::text
