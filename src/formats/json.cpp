#include "formats/json.hpp"

#include <markhor/error.hpp>
#include <set>
#include <vector>

namespace markhor::formats {
namespace {

using nlohmann::json;

constexpr std::size_t shown_bytes = 60;

using Builder = nlohmann::detail::json_sax_dom_parser<json>;

/// Makes the document and looks at its depth and keys meanwhile. (A callback of json::parse could look too, but the
/// parser that calls one looks through all of a list after each object in it.)
class Watch final : public Builder {
public:
    Watch(json& document, const std::string& what, const JsonLimits& limits)
        : Builder(document), what_(what), limits_(limits) {}

    bool start_object(std::size_t size) {
        open();
        keys_.emplace_back();
        return Builder::start_object(size);
    }
    bool end_object() {
        --depth_;
        keys_.pop_back();
        return Builder::end_object();
    }
    bool start_array(std::size_t size) {
        open();
        return Builder::start_array(size);
    }
    bool end_array() {
        --depth_;
        return Builder::end_array();
    }
    bool key(json::string_t& name) {
        if (!keys_.back().insert(name).second)
            throw ValueError(what_ + ": the key " + shown(name) + " stands twice in one object");
        return Builder::key(name);
    }

private:
    void open() {
        if (++depth_ > limits_.depth)
            throw ValueError(what_ + ": the JSON is nested deeper than " + std::to_string(limits_.depth) + " levels");
    }

    const std::string& what_;
    const JsonLimits& limits_;
    int depth_ = 0;
    std::vector<std::set<std::string>> keys_;  // of each object that is open now
};

}  // namespace

json parse_json(std::string_view text, const std::string& what, const JsonLimits& limits) {
    if (text.size() > limits.bytes) {
        throw ValueError(what + ": the JSON text has " + std::to_string(text.size()) + " bytes; at most " +
                         std::to_string(limits.bytes) + " are read");
    }
    json document;
    Watch watch(document, what, limits);
    try {
        json::sax_parse(text.begin(), text.end(), &watch);
        return document;
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
