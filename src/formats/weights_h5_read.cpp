#include <algorithm>
#include <cstring>
#include <markhor/error.hpp>
#include <system_error>
#include <utility>

#include "formats/hdf5.hpp"
#include "formats/weights_h5.hpp"

namespace markhor::formats {
namespace {

constexpr std::size_t most_members = 100'000;  // of one group

using Loaded = std::vector<std::pair<VariablePtr, Tensor>>;

herr_t collect_name(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* names) {
    auto& list = *static_cast<std::vector<std::string>*>(names);
    if (list.size() == most_members) return 1;
    list.emplace_back(name);
    return 0;
}

std::vector<std::string> member_names(const H5Handle& group) {
    std::vector<std::string> names;
    hsize_t index = 0;
    H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_NATIVE, &index, collect_name, &names);
    return names;
}

class Reader {
public:
    explicit Reader(const std::filesystem::path& file) : file_(file.string()) {}

    Loaded read(const WeightGroup& root) {
        const H5Handle h5(H5Fopen(file_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
        if (!h5) throw FileError(file_ + ": no HDF5 file, or a damaged one");
        read_group(h5.get(), root, "");
        return std::move(loaded_);
    }

private:
    [[noreturn]] void fail(const std::string& path, const std::string& what) const {
        throw FileError(file_ + ": " + (path.empty() ? "/" : path) + ": " + what);
    }

    /// Whether the group has such a member. Only hard links count as members: the others lead out of the file or in circles.
    bool has(hid_t parent, const std::string& name, const std::string& path) const {
        const htri_t exists = H5Lexists(parent, name.c_str(), H5P_DEFAULT);
        if (exists < 0) fail(path, "the group is damaged");
        if (exists == 0) return false;
        H5L_info_t info;
        if (H5Lget_info(parent, name.c_str(), &info, H5P_DEFAULT) < 0) fail(path, "the link is damaged");
        if (info.type != H5L_TYPE_HARD) fail(path, "a soft, external or user-defined link, which is not followed");
        return true;
    }

    H5Handle open_group(hid_t parent, const std::string& name, const std::string& path) const {
        H5Handle group(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose);
        if (!group) fail(path, "a group is wanted here");
        return group;
    }

    void read_group(hid_t parent, const WeightGroup& group, const std::string& path) {
        if (group.is_container) {
            read_children(parent, group, path);
            return;
        }
        const std::string vars = path + "/vars";
        if (!has(parent, "vars", vars)) {
            if (!group.weights.empty()) fail(vars, "missing; the weights of layer '" + group.name + "' are wanted here");
            return;
        }
        const H5Handle opened = open_group(parent, "vars", vars);
        check_count(opened, group, vars);
        for (std::size_t i = 0; i < group.weights.size(); ++i) {
            read_weight(opened.get(), std::to_string(i), group.weights[i], vars + "/" + std::to_string(i));
        }
    }

    void check_count(const H5Handle& vars, const WeightGroup& group, const std::string& path) const {
        const std::size_t count = member_names(vars).size();
        if (count != group.weights.size()) {
            fail(path, "it holds " + std::to_string(count) + " weights; layer '" + group.name + "' has " +
                           std::to_string(group.weights.size()));
        }
    }

    void read_children(hid_t parent, const WeightGroup& group, const std::string& path) {
        // The second is what Keras 2.12 and 2.13 wrote.
        std::string name = "layers";
        if (!has(parent, name, path + "/layers") && has(parent, "_layer_checkpoint_dependencies", path)) {
            name = "_layer_checkpoint_dependencies";
        }
        const std::string inside = path + "/" + name;
        if (!has(parent, name, inside)) {
            if (!has_weights(group)) return;
            fail(inside, "missing; the layers of '" + group.name + "' are wanted here");
        }
        const H5Handle layers = open_group(parent, name, inside);
        for (const WeightGroup& child : group.children) {
            const std::string child_path = inside + "/" + child.key;
            if (has(layers.get(), child.key, child_path)) {
                const H5Handle opened = open_group(layers.get(), child.key, child_path);
                read_group(opened.get(), child, child_path);
            } else if (has_weights(child)) {
                fail(child_path, "missing; the weights of layer '" + child.name + "' are wanted here");
            }
        }
        refuse_surplus(layers, group, inside);
    }

    static bool has_weights(const WeightGroup& group) {
        return !group.weights.empty() || std::ranges::any_of(group.children, has_weights);
    }

    /// Groups without weights are no matter; weights that no layer here takes mean that the file is another model's.
    void refuse_surplus(const H5Handle& layers, const WeightGroup& group, const std::string& path) const {
        for (const std::string& name : member_names(layers)) {
            if (std::ranges::any_of(group.children, [&](const WeightGroup& child) { return child.key == name; })) continue;
            const std::string here = path + "/" + name;
            has(layers.get(), name, here);
            const H5Handle surplus = open_group(layers.get(), name, here);
            bool holds = has(surplus.get(), "layers", here + "/layers");
            if (has(surplus.get(), "vars", here + "/vars")) {
                holds |= !member_names(open_group(surplus.get(), "vars", here + "/vars")).empty();
            }
            if (holds) fail(here, "weights that '" + group.name + "' has no layer for");
        }
    }

    void read_weight(hid_t vars, const std::string& name, const VariablePtr& weight, const std::string& path) {
        if (!has(vars, name, path)) fail(path, "missing; the weight " + weight->path + " is wanted here");
        const H5Handle data(H5Dopen2(vars, name.c_str(), H5P_DEFAULT), H5Dclose);
        if (!data) fail(path, "a dataset is wanted here");
        check_storage(data, path);
        check_type(data, path);
        const Shape shape = shape_of(data, path);
        if (shape != weight->value.shape()) {
            fail(path, "its shape is " + shape.str() + "; the weight " + weight->path + " has " + weight->value.shape().str());
        }
        Tensor value(shape, DType::float32);
        if (H5Dread(data.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.raw()) < 0) {
            fail(path, "the data cannot be read; the file is damaged");
        }
        loaded_.emplace_back(weight, std::move(value));
    }

    void check_storage(const H5Handle& data, const std::string& path) const {
        const H5Handle plist(H5Dget_create_plist(data.get()), H5Pclose);
        if (!plist) fail(path, "the dataset is damaged");
        if (H5Pget_layout(plist.get()) == H5D_VIRTUAL) fail(path, "a virtual dataset, which is not followed");
        if (H5Pget_external_count(plist.get()) != 0) fail(path, "data in another file, which is not followed");
        const int filters = H5Pget_nfilters(plist.get());
        if (filters < 0) fail(path, "the dataset is damaged");
        for (int i = 0; i < filters; ++i) {
            unsigned flags = 0;
            unsigned config = 0;
            std::size_t values = 0;
            const H5Z_filter_t filter =
                H5Pget_filter2(plist.get(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
            if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
                fail(path, "a filter other than deflate, shuffle and fletcher32");
            }
        }
    }

    void check_type(const H5Handle& data, const std::string& path) const {
        const H5Handle type(H5Dget_type(data.get()), H5Tclose);
        const H5T_class_t kind = type ? H5Tget_class(type.get()) : H5T_NO_CLASS;
        if ((kind != H5T_FLOAT && kind != H5T_INTEGER) || H5Tget_size(type.get()) > 8) {
            fail(path, "its elements are no numbers of at most 64 bits");
        }
    }

    Shape shape_of(const H5Handle& data, const std::string& path) const {
        const H5Handle space(H5Dget_space(data.get()), H5Sclose);
        if (!space || H5Sget_simple_extent_type(space.get()) == H5S_NULL) fail(path, "the dataset has no shape");
        const int rank = H5Sget_simple_extent_ndims(space.get());
        if (rank < 0 || rank > H5S_MAX_RANK) fail(path, "the dataset's shape is damaged");
        std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
        if (rank > 0 && H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr) < 0) fail(path, "the dataset's shape is damaged");
        Shape shape;
        for (const hsize_t dim : dims) {
            if (dim >> 62 != 0) fail(path, "a size of the dataset is out of range");
            shape.push_back(static_cast<std::int64_t>(dim));
        }
        return shape;
    }

    std::string file_;
    Loaded loaded_;
};

}  // namespace

void read_weights_h5(const std::filesystem::path& file, const WeightGroup& root) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) throw FileError(file.string() + ": no such file");
    Loaded loaded;
    {
        const std::lock_guard lock(hdf5_mutex());
        const H5Quiet quiet;
        loaded = Reader(file).read(root);
    }
    for (auto& [weight, value] : loaded) {
        const Tensor converted = value.cast(weight->value.dtype());
        std::memcpy(weight->value.raw(), converted.raw(), converted.bytes());  // in place: planned graphs hold the address
    }
}

}  // namespace markhor::formats
