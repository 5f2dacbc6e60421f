// Keras 3's .keras: a zip archive of metadata.json, config.json and model.weights.h5.
#include <algorithm>
#include <markhor/error.hpp>

#include "core/atomic_file.hpp"
#include "formats/compile_config.hpp"
#include "formats/config.hpp"
#include "formats/image_input_json.hpp"
#include "formats/json.hpp"
#include "formats/saved_model.hpp"
#include "formats/weights_h5.hpp"
#include "formats/zip_writer.hpp"
#include "layers/pending_weights.hpp"
#include "model/trainer.hpp"
#include "model/weight_tree.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;

constexpr const char* config_member = "config.json";
constexpr const char* metadata_member = "metadata.json";
constexpr const char* weights_member = "model.weights.h5";
constexpr const char* date_saved = "1980-01-01@00:00:00";  // as the members': equal models make equal bytes

}  // namespace

std::uint64_t most_weight_bytes(std::uint64_t file_bytes, const ReadLimits& limits) {
    // Half-precision elements that deflate has packed as tightly as it can. (A megabyte is never worth an error here:
    // the file tells better what is wrong.)
    constexpr std::uint64_t ratio = std::uint64_t{2} * 1032;
    constexpr std::uint64_t harmless = std::uint64_t{1} << 20;
    return std::min(limits.memory,
                    harmless + (file_bytes > limits.memory / ratio ? limits.memory : file_bytes * ratio));
}

std::string weights_name(const ZipReader& archive) { return archive.name() + ": " + weights_member; }

std::unique_ptr<ByteSource> weights_source(const ZipReader& archive, std::uint64_t memory) {
    if (!archive.has(weights_member) && archive.has("model.weights.npz")) {
        throw FileError(archive.name() + ": its weights are in model.weights.npz; " + weights_member + " is wanted");
    }
    // Weights as float64, and an optimizer's two slots for each.
    const std::uint64_t most_bytes = memory > (std::uint64_t{1} << 60) ? memory : memory * 6;
    return archive.source(weights_member, most_bytes);
}

Model read_keras(const ZipReader& archive, const ReadLimits& limits) {
    const std::string where = archive.name() + ": " + config_member;
    const json config = parse_json(archive.text(config_member, JsonLimits().bytes), where);
    const std::unique_ptr<ByteSource> weights = weights_source(archive, limits.memory);
    const PendingWeights pending(static_cast<std::size_t>(most_weight_bytes(weights->size(), limits)));
    Model model = model_from_config(config, where);
    if (model.model_base()->ready()) {
        read_weights_h5(*weights, weights_name(archive), weight_tree(*model.model_base()),
                        IncomingWeights::Into::place);
    }
    take_image_input(model, archive.name() + ": " + record_member, limits.warn, [&]() -> std::optional<std::string> {
        if (!archive.has(record_member)) return std::nullopt;
        return archive.text(record_member, most_record_bytes);
    });
    compile_as_saved(limits, where, [&] {
        const auto options = read_compile_config(config.value("compile_config", json()), where + ": compile_config");
        if (!options) return;
        model.compile(*options);
        if (model.model_base()->ready()) {
            read_optimizer_h5(*weights, weights_name(archive), *model.model_base(), limits);
        }
    });
    return model;
}

void compile_as_saved(const ReadLimits& limits, const std::string& name, const std::function<void()>& read) {
    if (!limits.compile) return;
    try {
        read();
    } catch (const ValueError& error) {
        const std::string what = error.what();
        limits.warn((what.starts_with(name) ? what : name + ": " + what) + "; the model is read, but not compiled");
    }
}

void write_keras(const std::filesystem::path& file, ModelBase& model) {
    AtomicFile archive(file);
    AtomicFile weights(file);  // never committed: it goes away when the archive holds it
    write_weights_part(weights, weight_tree(model), optimizer_state(model));
    ZipWriter members;
    members.add_text(metadata_member, json{{"keras_version", keras_version}, {"date_saved", date_saved}}.dump());
    json config = layer_config(model);
    config["compile_config"] = model.trainer().compiled() ? compile_config(model.trainer().options()) : json();
    members.add_text(config_member, config.dump());
    if (const auto& record = model.trainer().image_input()) members.add_text(record_member, image_input_text(*record));
    members.add_file(weights_member, weights);
    members.write(archive);
    archive.commit();
}

}  // namespace markhor::formats
