#include "formats/image_input_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <markhor/error.hpp>

#include "formats/json.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;

constexpr std::size_t most_names = 100'000;
constexpr std::int64_t most_side = 32768;
constexpr std::size_t most_channels = 4;

[[noreturn]] void refuse(const std::string& what, const std::string& key, const std::string& got,
                         const std::string& expected) {
    throw ValueError(what + ": '" + key + "' is " + got + "; expected " + expected);
}

void check_word(const std::string& what, const std::string& key, const std::string& value,
                std::initializer_list<const char*> words) {
    std::string all;
    for (const char* word : words) {
        if (value == word) return;
        if (*word != '\0') all += (all.empty() ? "" : ", ") + std::string(word);
    }
    refuse(what, key, shown(json(value)), "one of " + all);
}

void check_numbers(const std::string& what, const char* key, const std::vector<double>& numbers) {
    if (numbers.empty() || numbers.size() == 2 || numbers.size() > most_channels)
        refuse(what, key, std::to_string(numbers.size()) + " numbers", "1, or one for each of 3 or 4 channels");
    if (!std::ranges::all_of(numbers, [](double number) { return std::isfinite(number); }))
        refuse(what, key, "not finite", "finite numbers");
}

template <class T>
void take(const json& object, const char* key, T& value, const std::string& what) {
    const auto found = object.find(key);
    if (found == object.end()) return;
    if constexpr (std::is_same_v<T, std::string>) {
        if (!found->is_string()) refuse(what, key, shown(*found), "a string");
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!found->is_boolean()) refuse(what, key, shown(*found), "true or false");
    } else {
        if (!found->is_number_integer()) refuse(what, key, shown(*found), "a whole number");
    }
    value = found->get<T>();
}

void take_numbers(const json& object, const char* key, std::vector<double>& numbers, const std::string& what) {
    const json& list = member(object, key, what);
    const bool good = list.is_array() && list.size() <= most_channels &&
                      std::ranges::all_of(list, [](const json& number) { return number.is_number(); });
    if (!good)
        refuse(what, key, shown(list.is_array() ? json("a list of " + std::to_string(list.size())) : list),
               "up to 4 numbers");
    numbers = list.get<std::vector<double>>();
}

std::vector<std::string> names_of(const json& object, const std::string& what) {
    const auto found = object.find("class_names");
    if (found == object.end()) return {};
    if (!found->is_array()) refuse(what, "class_names", "no list", "a list of strings");
    if (found->size() > most_names) {
        refuse(what, "class_names", "a list of " + std::to_string(found->size()),
               "up to " + std::to_string(most_names) + " names");
    }
    std::vector<std::string> names;
    names.reserve(found->size());
    for (const json& name : *found) {
        if (!name.is_string()) refuse(what, "class_names", "a list with " + shown(name), "strings");
        names.push_back(name.get<std::string>());
    }
    return names;
}

}  // namespace

void check_image_input(const ImageInput& input, const std::string& what) {
    if (input.class_names.size() > most_names) {
        refuse(what, "class_names", "a list of " + std::to_string(input.class_names.size()),
               "up to " + std::to_string(most_names) + " names");
    }
    check_word(what, "color_mode", input.color_mode, {"", "grayscale", "rgb", "rgba"});
    check_word(what, "fit", input.fit, {"stretch", "crop", "pad"});
    check_word(what, "interpolation", input.interpolation,
               {"nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"});
    for (const auto& [key, side] : {std::pair("height", input.height), std::pair("width", input.width)}) {
        if (side < 0 || side > most_side) refuse(what, key, std::to_string(side), "0 to " + std::to_string(most_side));
    }
    if (!input.scaling) return;
    check_numbers(what, "factor", input.scaling->factor);
    check_numbers(what, "offset", input.scaling->offset);
}

std::string image_input_text(const ImageInput& input) {
    json record = {{"version", 1},
                   {"class_names", input.class_names},
                   {"color_mode", input.color_mode},
                   {"height", input.height},
                   {"width", input.width},
                   {"fit", input.fit},
                   {"interpolation", input.interpolation},
                   {"exif", input.exif}};
    if (input.scaling) {
        record["pixels"] = {{"mode", input.scaling->mode},
                            {"factor", input.scaling->factor},
                            {"offset", input.scaling->offset},
                            {"bgr", input.scaling->bgr}};
    }
    return record.dump(-1, ' ', false, json::error_handler_t::replace);
}

ImageInput parse_image_input(const std::string& text, const std::string& what) {
    const json record = parse_json(text, what, {.bytes = most_record_bytes, .depth = 8});
    if (!record.is_object()) throw ValueError(what + ": got " + shown(record) + "; expected an object");
    ImageInput input{.class_names = names_of(record, what)};
    take(record, "color_mode", input.color_mode, what);
    take(record, "height", input.height, what);
    take(record, "width", input.width, what);
    take(record, "fit", input.fit, what);
    take(record, "interpolation", input.interpolation, what);
    take(record, "exif", input.exif, what);
    if (const auto pixels = record.find("pixels"); pixels != record.end()) {
        PixelScaling scaling;
        take_numbers(*pixels, "factor", scaling.factor, what);
        take_numbers(*pixels, "offset", scaling.offset, what);
        take(*pixels, "bgr", scaling.bgr, what);
        take(*pixels, "mode", scaling.mode, what);
        input.scaling = std::move(scaling);
    }
    check_image_input(input, what);
    return input;
}

void take_image_input(const Model& model, const std::string& what, const std::function<void(const std::string&)>& warn,
                      const std::function<std::optional<std::string>()>& read) {
    try {
        if (const std::optional<std::string> text = read()) set_image_input(model, parse_image_input(*text, what));
    } catch (const Error& error) {
        const std::string line = error.what();
        warn((line.starts_with(what) ? line : what + ": " + line) +
             "; what the model was trained for (class names, scale) is not known");
    }
}

}  // namespace markhor::formats
