#include "model/path_pattern.hpp"

#include <fmt/format.h>

#include <cmath>
#include <markhor/error.hpp>
#include <regex>

namespace markhor {

std::string format_number(double value, const std::string& spec, const std::string& where) {
    static const std::regex known("(0?)([0-9]{0,2})(\\.[0-9]{1,2})?([dfeg]?)");
    std::smatch parts;
    if (!std::regex_match(spec, parts, known)) {
        throw ValueError(where + ": the format \"" + spec + "\" is not known; one like 02d or .4f is wanted");
    }
    const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
    std::string type = parts[4];
    if (type.empty()) type = whole && !parts[3].matched ? "d" : "g";
    // fmt, unlike printf, knows no locale.
    if (type == "d") {
        return fmt::format(fmt::runtime("{:" + parts[1].str() + parts[2].str() + "d}"), static_cast<long long>(value));
    }
    return fmt::format(fmt::runtime("{:" + parts[1].str() + parts[2].str() + parts[3].str() + type + "}"), value);
}

std::string fill_pattern(const std::string& pattern, const std::map<std::string, double>& values,
                         const std::string& where) {
    std::string filled;
    for (std::size_t at = 0; at < pattern.size();) {
        const std::size_t open = pattern.find('{', at);
        const std::size_t close = pattern.find('}', open);
        if (open == std::string::npos || close == std::string::npos) return filled + pattern.substr(at);
        filled += pattern.substr(at, open - at);
        const std::string inside = pattern.substr(open + 1, close - open - 1);
        const std::size_t colon = inside.find(':');
        const auto found = values.find(inside.substr(0, colon));
        if (found == values.end()) {
            throw ValueError(where + ": the file name has {" + inside +
                             "}, which is neither epoch, batch nor one of the logs");
        }
        filled += format_number(found->second, colon == std::string::npos ? "" : inside.substr(colon + 1), where);
        at = close + 1;
    }
    return filled;
}

}  // namespace markhor
