#include "formats/json.hpp"

#include <markhor/error.hpp>
#include <set>
#include <vector>

namespace markhor::formats {
namespace {

using nlohmann::json;

constexpr std::size_t shown_bytes = 60;

}  // namespace

json parse_json(std::string_view text, const std::string& what, const JsonLimits& limits) {
    if (text.size() > limits.bytes) {
        throw ValueError(what + ": the JSON text has " + std::to_string(text.size()) + " bytes; at most " +
                         std::to_string(limits.bytes) + " are read");
    }
    std::vector<std::set<std::string>> keys;  // of each object that is open now
    const json::parser_callback_t watch = [&](int depth, json::parse_event_t event, json& parsed) {
        if (depth > limits.depth) {
            throw ValueError(what + ": the JSON is nested deeper than " + std::to_string(limits.depth) + " levels");
        }
        if (event == json::parse_event_t::object_start) keys.emplace_back();
        if (event == json::parse_event_t::object_end) keys.pop_back();
        if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
            throw ValueError(what + ": the key " + parsed.dump() + " stands twice in one object");
        }
        return true;
    };
    try {
        return json::parse(text.begin(), text.end(), watch);
    } catch (const json::exception& error) {
        throw ValueError(what + ": no valid JSON: " + error.what());
    }
}

std::string shown(const json& value) {
    std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
    if (text.size() > shown_bytes) text = text.substr(0, shown_bytes) + "...";
    return text;
}

const json& member(const json& object, const char* key, const std::string& what) {
    if (!object.is_object()) throw ValueError(what + ": " + shown(object) + " where an object is wanted");
    const auto found = object.find(key);
    if (found == object.end()) throw ValueError(what + ": '" + key + "' is missing");
    return *found;
}

std::string string_member(const json& object, const char* key, const std::string& what) {
    const json& value = member(object, key, what);
    if (!value.is_string()) throw ValueError(what + ": '" + key + "' is " + shown(value) + "; a string is wanted");
    return value.get<std::string>();
}

}  // namespace markhor::formats
