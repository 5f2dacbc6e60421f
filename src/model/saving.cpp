// Whole models to and from files: which of Keras's formats it is.
#include <markhor/saving.hpp>

#include <array>
#include <iostream>
#include <markhor/error.hpp>
#include <string_view>

#include "core/text.hpp"
#include "formats/config.hpp"
#include "formats/json.hpp"
#include "formats/saved_model.hpp"
#include "model/custom_layer.hpp"
#include "model/model_base.hpp"
#include "model/model_name.hpp"

namespace markhor {
namespace {

bool is_h5(formats::ByteSource& source) {
    constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
    std::array<std::byte, signature.size()> start = {};
    return source.read(0, start) &&
           std::string_view(reinterpret_cast<const char*>(start.data()), start.size()) == signature;
}

}  // namespace

Model load_model(const std::filesystem::path& file, const LoadOptions& options) {
    formats::ReadLimits limits = {
        .compile = options.compile, .memory = options.memory_limit, .warn = options.on_warning};
    if (!limits.warn) limits.warn = [](const std::string& warning) { std::cerr << text::printable(warning) << '\n'; };
    const CustomObjectScope scope(options.custom_objects);
    formats::FileSource source(file);
    if (is_h5_name(file) || is_h5(source)) return formats::read_model_h5(source, file.string(), limits);
    return formats::read_keras(formats::ZipReader(file), limits);
}

Model model_from_json(const std::string& text, const CustomObjects& custom_objects) {
    const CustomObjectScope scope(custom_objects);

    return formats::model_from_config(formats::parse_json(text, "the JSON text"), {});
}

bool is_h5_name(const std::filesystem::path& file) {
    const std::string extension = file.extension().string();
    return extension == ".h5" || extension == ".hdf5";
}

void check_model_name(const std::filesystem::path& file) {
    const std::string name = file.string();
    if (name.ends_with(".weights.h5")) {
        throw ValueError(name +
                         ": the name of a file of weights alone; save_weights() writes it, and save() .keras and .h5");
    }
    if (!is_h5_name(file) && file.extension() != ".keras")
        throw ValueError(name + ": the name of a model's file ends with .keras or .h5");
}

void Model::save(const std::filesystem::path& file) const {
    check_model_name(file);
    if (is_h5_name(file)) return formats::write_model_h5(file, *model_);
    formats::write_keras(file, *model_);
}

std::string Model::to_json() const { return formats::layer_config(*model_).dump(); }

std::string Model::get_config() const { return formats::layer_config(*model_).at("config").dump(); }

}  // namespace markhor
