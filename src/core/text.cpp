#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace markhor::text {
namespace {

struct Character {
    std::uint32_t code = 0;
    std::size_t size = 1;   // in bytes
    bool is_valid = false;  // else one byte that is no UTF-8
};

/// The first character of a text that is not empty.
Character first(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) return {lead, 1, false};
    std::uint32_t code = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return {lead, 1, false};
        code = code << 6U | (byte(i) & 0x3FU);
    }
    static constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least[size] || is_surrogate || code > 0x10FFFF) return {lead, 1, false};
    return {code, size, true};
}

/// What does not show as itself: controls (C0, DEL, C1), direction marks, what has no width, line separators, tags,
/// private use, and what is no character.
bool is_hidden(std::uint32_t code) {
    struct Range {
        std::uint32_t begin, end;
    };
    static constexpr std::array<Range, 25> hidden{
        {{0x00, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},
         {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
         {0x2060, 0x206F},   {0x3164, 0x3164},   {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0E},
         {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFC},   {0xFFFE, 0xFFFF},   {0x13430, 0x1343F},
         {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0x1FFFE, 0x1FFFF}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF}}};
    return std::ranges::any_of(hidden, [code](const Range& range) { return code >= range.begin && code <= range.end; });
}

std::string spelled(const char* pattern, std::uint32_t code) {
    std::array<char, 16> spelling{};
    std::snprintf(spelling.data(), spelling.size(), pattern, static_cast<unsigned>(code));
    return spelling.data();
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

/// What spreadsheets begin a formula with, also as the wide characters of East Asian keyboards.
bool begins_formula(std::string_view text) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) return false;
    const std::string_view rest = text.substr(start);
    return std::ranges::any_of(
        std::array<std::string_view, 8>{"=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"},
        [&](std::string_view mark) { return rest.starts_with(mark); });
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
    std::string shown;
    std::size_t before_last = 0;  // where the last character that may stay begins
    std::size_t count = 0;
    while (!text.empty()) {
        const Character next = first(text);
        const bool spells = !next.is_valid || is_hidden(next.code);
        const std::string spelling = !spells                              ? std::string(text.substr(0, next.size))
                                     : !next.is_valid || next.code < 0x80 ? spelled("\\x%02x", next.code)
                                     : next.code <= 0xFFFF                ? spelled("\\u%04x", next.code)
                                                                          : spelled("\\U%08x", next.code);
        count += spells ? spelling.size() : 1;
        if (count > most) return shown.substr(0, before_last) + "…";
        if (count < most) before_last = shown.size() + spelling.size();
        shown += spelling;
        text.remove_prefix(next.size);
    }
    return shown;
}

std::string utf8(std::string_view text) {
    std::string valid;
    while (!text.empty()) {
        const Character next = first(text);
        valid += next.is_valid ? text.substr(0, next.size) : "\uFFFD";
        text.remove_prefix(next.size);
    }
    return valid;
}

std::string html(std::string_view text) {
    std::string escaped;
    for (const char c : printable(text)) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

std::string markdown(std::string_view text) {
    const std::string shown = printable(text);
    std::string escaped;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const char c = shown[i];
        const bool inside_word = i > 0 && i + 1 < shown.size() && is_word(shown[i - 1]) && is_word(shown[i + 1]);
        const std::string_view rest = std::string_view(shown).substr(i);
        if (c == '&' || c == '<') {
            escaped += c == '&' ? "&amp;" : "&lt;";
            continue;
        }
        const bool is_mark = std::string_view("\\`*[]|~#@$").find(c) != std::string_view::npos;
        const bool is_link = rest.starts_with("://") || (c == '.' && i >= 3 && shown.compare(i - 3, 3, "www") == 0);
        const bool is_list = i == 0 && std::string_view("-+>=").find(c) != std::string_view::npos;
        if (is_mark || is_link || is_list || (c == '_' && !inside_word)) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string csv(std::string_view text) {
    const bool is_formula =
        !text.empty() && !is_number(text) &&
        (begins_formula(text) || std::string_view("\t\r\n").find(text[0]) != std::string_view::npos);
    std::string field = (is_formula ? "'" : "") + printable(text);
    if (!is_formula && field.find_first_of(",;\"") == std::string::npos && !field.starts_with(' ') &&
        !field.ends_with(' '))
        return field;
    std::string quoted = "\"";
    for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string json(std::string_view dumped) {
    std::string shown;
    while (!dumped.empty()) {
        const Character next = first(dumped);
        if (!next.is_valid) {
            shown += "\\ufffd";
        } else if (next.code < 0x7F || !is_hidden(next.code)) {
            shown += dumped.substr(0, next.size);
        } else if (next.code <= 0xFFFF) {
            shown += spelled("\\u%04x", next.code);
        } else {
            shown +=
                spelled("\\u%04x", 0xD7C0 + (next.code >> 10U)) + spelled("\\u%04x", 0xDC00 + (next.code & 0x3FFU));
        }
        dumped.remove_prefix(next.size);
    }
    return shown;
}

std::string dot_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : printable(text)) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::string cpp_comment(std::string_view text) {
    std::string comment = printable(text);
    std::ranges::replace(comment, '\\', '?');  // at a line's end it would go on with the next
    return comment;
}

std::string cpp_identifier(std::string_view text) {
    static constexpr auto keywords = std::to_array<std::string_view>(
        {"alignas",     "alignof",  "and",        "and_eq",    "asm",       "auto",         "bitand",
         "bitor",       "bool",     "break",      "case",      "catch",     "char",         "char16_t",
         "char32_t",    "char8_t",  "class",      "co_await",  "co_return", "co_yield",     "compl",
         "concept",     "const",    "const_cast", "consteval", "constexpr", "constinit",    "continue",
         "decltype",    "default",  "delete",     "do",        "double",    "dynamic_cast", "else",
         "enum",        "explicit", "export",     "extern",    "false",     "float",        "for",
         "friend",      "goto",     "if",         "inline",    "int",       "long",         "mutable",
         "namespace",   "new",      "noexcept",   "not",       "not_eq",    "nullptr",      "operator",
         "or",          "or_eq",    "private",    "protected", "public",    "register",     "reinterpret_cast",
         "requires",    "return",   "short",      "signed",    "sizeof",    "static",       "static_assert",
         "static_cast", "std",      "struct",     "switch",    "template",  "this",         "thread_local",
         "throw",       "true",     "try",        "typedef",   "typeid",    "typename",     "typeof",
         "union",       "unsigned", "using",      "virtual",   "void",      "volatile",     "wchar_t",
         "while",       "xor",      "xor_eq",     "main",      "linux",     "unix",         "errno",
         "assert",      "NULL",     "EOF",        "final",     "override",  "import"});
    std::string name;
    for (const char c : text) {
        const char letter = is_word(c) ? c : '_';
        if (letter == '_' && name.ends_with('_')) continue;  // two are reserved
        name += letter;
    }
    const bool is_digit_first = !name.empty() && name[0] >= '0' && name[0] <= '9';
    if (name.empty() || is_digit_first || name == "_" || std::ranges::find(keywords, name) != keywords.end())
        return name.starts_with('_') || name.empty() ? "network" + name : "network_" + name;
    return name.starts_with('_') ? "network" + name : name;
}

}  // namespace markhor::text
