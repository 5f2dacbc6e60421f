// JSON as a model file may hold it: foreign input, so its size, depth and duplicate keys are checked while it is read.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace markhor::formats {

struct JsonLimits {
    std::size_t bytes = std::size_t{64} << 20;
    int depth = 200;
};

/// Parses `text`; `what` ("model.keras: config.json") starts the ValueError for text that is no JSON, too large, too
/// deep, or has a key twice in one object.
nlohmann::json parse_json(std::string_view text, const std::string& what, const JsonLimits& limits = {});

/// A value as an error may show it: its JSON, cut after some 60 characters.
std::string shown(const nlohmann::json& value);

/// Member `key` of `object`; throws ValueError starting with `what` where `object` is none or has no such member.
const nlohmann::json& member(const nlohmann::json& object, const char* key, const std::string& what);
/// The same, which must be a string.
std::string string_member(const nlohmann::json& object, const char* key, const std::string& what);

}  // namespace markhor::formats
