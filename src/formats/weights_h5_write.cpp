#include "formats/atomic_file.hpp"
#include "formats/h5_writer.hpp"
#include "formats/weights_h5.hpp"

namespace markhor::formats {
namespace {

void write_group(const H5Writer& to, const WeightGroup& group) {
    if (group.is_container) {
        const H5Writer layers = to.group("layers");
        for (const WeightGroup& child : group.children) write_group(layers.group(child.key), child);
    }
    const H5Writer vars = to.group("vars");
    vars.text("name", group.name, H5Writer::Charset::utf8);
    for (std::size_t i = 0; i < group.weights.size(); ++i) vars.data(std::to_string(i), group.weights[i]->value);
}

}  // namespace

std::mutex& hdf5_mutex() {
    static std::mutex mutex;
    return mutex;
}

void write_weights_part(const std::filesystem::path& to, const std::string& file, const WeightGroup& root) {
    const std::lock_guard lock(hdf5_mutex());
    const H5Quiet quiet;
    H5Writer writer = H5Writer::file(to, file);
    write_group(writer, root);
    writer.close();
}

void write_weights_h5(const std::filesystem::path& file, const WeightGroup& root) {
    AtomicFile atomic(file);
    write_weights_part(atomic.temporary(), file.string(), root);
    atomic.commit();
}

}  // namespace markhor::formats
