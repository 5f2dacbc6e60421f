#include <markhor/error.hpp>

#include "formats/atomic_file.hpp"
#include "formats/hdf5.hpp"
#include "formats/weights_h5.hpp"

namespace markhor::formats {
namespace {

class Writer {
public:
    explicit Writer(std::string file) : file_(std::move(file)) {}

    void write(const std::filesystem::path& to, const WeightGroup& root) {
        H5Handle h5(H5Fcreate(to.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
        check(h5.get(), "the file cannot be made");
        write_group(h5.get(), root, "");
        if (!h5.reset()) fail("the file cannot be closed");
    }

private:
    [[noreturn]] void fail(const std::string& what) const { throw FileError(file_ + ": cannot be written: " + what); }
    void check(hid_t id, const std::string& what) const {
        if (id < 0) fail(what);
    }

    H5Handle make_group(hid_t parent, const std::string& name, const std::string& path) const {
        H5Handle group(H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
        check(group.get(), "the group " + path);
        return group;
    }

    void write_group(hid_t parent, const WeightGroup& group, const std::string& path) const {
        if (group.is_container) {
            const H5Handle layers = make_group(parent, "layers", path + "/layers");
            for (const WeightGroup& child : group.children) {
                const std::string child_path = path + "/layers/" + child.key;
                const H5Handle inside = make_group(layers.get(), child.key, child_path);
                write_group(inside.get(), child, child_path);
            }
        }
        const H5Handle vars = make_group(parent, "vars", path + "/vars");
        write_name(vars.get(), group.name);
        for (std::size_t i = 0; i < group.weights.size(); ++i) {
            write_weight(vars.get(), std::to_string(i), *group.weights[i], path + "/vars/" + std::to_string(i));
        }
    }

    void write_name(hid_t group, const std::string& name) const {
        const H5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
        const H5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
        const bool typed = H5Tset_size(type.get(), H5T_VARIABLE) >= 0 && H5Tset_cset(type.get(), H5T_CSET_UTF8) >= 0;
        const H5Handle attribute(H5Acreate2(group, "name", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
        const char* text = name.c_str();
        if (!typed || !attribute || H5Awrite(attribute.get(), type.get(), &text) < 0) fail("the name '" + name + "'");
    }

    void write_weight(hid_t group, const std::string& name, const Variable& weight, const std::string& path) const {
        std::vector<hsize_t> dims;
        for (const std::int64_t dim : weight.value.shape()) dims.push_back(static_cast<hsize_t>(dim));
        const H5Handle space(dims.empty() ? H5Screate(H5S_SCALAR)
                                          : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
                             H5Sclose);
        const H5Handle data(H5Dcreate2(group, name.c_str(), H5T_IEEE_F32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                            H5Dclose);
        const Tensor value = weight.value.cast(DType::float32);
        if (!data || H5Dwrite(data.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.raw()) < 0) {
            fail("the weight " + weight.path + " at " + path);
        }
    }

    std::string file_;
};

}  // namespace

std::mutex& hdf5_mutex() {
    static std::mutex mutex;
    return mutex;
}

void write_weights_h5(const std::filesystem::path& file, const WeightGroup& root) {
    AtomicFile atomic(file);
    {
        const std::lock_guard lock(hdf5_mutex());
        const H5Quiet quiet;
        Writer(file.string()).write(atomic.temporary(), root);
    }
    atomic.commit();
}

}  // namespace markhor::formats
