// The record of what a model of images was trained for, as files hold it: JSON in the member "markhor.json" of a .keras
// archive, or in the root attribute "markhor" of an .h5. Keras reads neither.
#pragma once

#include <functional>
#include <markhor/image_input.hpp>
#include <optional>
#include <string>

namespace markhor::formats {

inline constexpr const char* record_member = "markhor.json";
inline constexpr const char* record_attribute = "markhor";
inline constexpr std::size_t most_record_bytes = std::size_t{8} << 20;

/// Throws ValueError, starting with `what`, for a record with numbers that are not finite, unknown words, negative
/// sizes, too many names.
void check_image_input(const ImageInput& input, const std::string& what);

std::string image_input_text(const ImageInput& input);
/// Throws ValueError, starting with `what`. Keys that are not known are passed over: a later version's.
ImageInput parse_image_input(const std::string& text, const std::string& what);

/// Gives the model the record that `read` finds. One that is damaged or makes no sense is a warning: the model can do
/// without.
void take_image_input(const Model& model, const std::string& what, const std::function<void(const std::string&)>& warn,
                      const std::function<std::optional<std::string>()>& read);

}  // namespace markhor::formats
