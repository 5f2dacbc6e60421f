#include "core/atomic_file.hpp"
#include "formats/h5_writer.hpp"
#include "formats/weights_h5.hpp"

namespace markhor::formats {
namespace {

void write_vars(const H5Writer& to, const std::string& name, const std::vector<VariablePtr>& variables) {
    const H5Writer vars = to.group("vars");
    vars.text("name", name, H5Writer::Charset::utf8);
    for (std::size_t i = 0; i < variables.size(); ++i) vars.data(std::to_string(i), variables[i]->value);
}

void write_group(const H5Writer& to, const WeightGroup& group) {
    if (group.is_container) {
        const H5Writer layers = to.group("layers");
        for (const WeightGroup& child : group.children) write_group(layers.group(child.key), child);
    }
    write_vars(to, group.name, group.weights);
    if (group.is_container) return;
    for (const WeightGroup& part : group.children) write_group(to.group(part.key), part);
}

}  // namespace

std::mutex& hdf5_mutex() {
    static std::mutex mutex;
    return mutex;
}

void write_weights_part(const AtomicFile& to, const WeightGroup& root, const OptimizerState& optimizer) {
    const std::lock_guard lock(hdf5_mutex());
    const H5Quiet quiet;
    H5Writer writer = H5Writer::file(to);
    write_group(writer, root);
    if (!optimizer.variables.empty()) write_vars(writer.group("optimizer"), optimizer.name, optimizer.variables);
    writer.close();
}

void write_weights_h5(const std::filesystem::path& file, const WeightGroup& root) {
    AtomicFile atomic(file);
    write_weights_part(atomic, root, {});
    atomic.commit();
}

}  // namespace markhor::formats
