// Letters and digits of file names, options and class names: ASCII's, whatever the program's locale (in Turkish the
// small letter of I is not i).
#pragma once

#include <algorithm>
#include <string>

namespace markhor {

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) noexcept { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
inline std::string to_lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) { return to_lower(c); });
    return text;
}

}  // namespace markhor
