#include "formats/h5_group.hpp"

#include <algorithm>
#include <limits>
#include <markhor/error.hpp>

#include "formats/h5_texts.hpp"

namespace markhor::formats {
namespace {

constexpr std::size_t most_members = 100'000;    // of one group, and texts of one attribute
constexpr std::size_t most_name_bytes = 64'512;  // Keras's own limit of a name in an attribute

herr_t collect_name(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* names) {
    auto& list = *static_cast<std::vector<std::string>*>(names);
    if (list.size() == most_members) return 1;
    list.emplace_back(name);
    return 0;
}

}  // namespace

H5Data::H5Data(H5Handle data, std::string where) : data_(std::move(data)), where_(std::move(where)) {
    check_type();
    read_shape();
    check_storage();
}

void H5Data::fail(const std::string& what) const { throw FileError(where_ + ": " + what); }

void H5Data::check_type() const {
    const H5Handle type(H5Dget_type(data_.get()), H5Tclose);
    const H5T_class_t kind = type ? H5Tget_class(type.get()) : H5T_NO_CLASS;
    if ((kind != H5T_FLOAT && kind != H5T_INTEGER) || H5Tget_size(type.get()) > 8) {
        fail("its elements are no numbers of at most 64 bits");
    }
}

void H5Data::read_shape() {
    const H5Handle space(H5Dget_space(data_.get()), H5Sclose);
    const H5S_class_t kind = space ? H5Sget_simple_extent_type(space.get()) : H5S_NO_CLASS;
    if (kind != H5S_SCALAR && kind != H5S_SIMPLE) fail("the dataset has no shape");
    const int rank = H5Sget_simple_extent_ndims(space.get());
    if (rank < 0 || rank > H5S_MAX_RANK) fail("the dataset's shape is damaged");
    std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
    if (rank > 0 && H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr) < 0)
        fail("the dataset's shape is damaged");
    for (const hsize_t dim : dims) {
        if (dim >> 62 != 0) fail("a size of the dataset is out of range");
        shape_.push_back(static_cast<std::int64_t>(dim));
    }
}

void H5Data::check_storage() const {
    const H5Handle creation(H5Dget_create_plist(data_.get()), H5Pclose);
    if (!creation) fail("the dataset is damaged");
    const H5D_layout_t layout = H5Pget_layout(creation.get());
    if (layout == H5D_VIRTUAL) fail("a virtual dataset, which is not followed");
    if (H5Pget_external_count(creation.get()) != 0) fail("data in another file, which is not followed");
    check_filters(creation.get());

    const H5Handle type(H5Dget_type(data_.get()), H5Tclose);
    std::uint64_t bytes = type ? H5Tget_size(type.get()) : 0;
    for (const std::int64_t dim : shape_) {
        const auto size = static_cast<std::uint64_t>(dim);
        if (size != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / size) fail("the dataset's size overflows");
        bytes *= size;
    }
    if (layout == H5D_CHUNKED) check_chunks(creation.get(), bytes);
    // What deflate can hold at most; data that are not in the file at all would read as zeros, as many as the shape
    // says.
    constexpr std::uint64_t deflate_ratio = 1032;
    const std::uint64_t stored = H5Dget_storage_size(data_.get());
    if (bytes / deflate_ratio > stored || (bytes > 0 && stored == 0)) {
        fail("the shape " + shape_.str() + " needs " + std::to_string(bytes) + " bytes; " + std::to_string(stored) +
             " are stored");
    }
}

void H5Data::check_filters(hid_t creation) const {
    const int filters = H5Pget_nfilters(creation);
    if (filters < 0) fail("the dataset is damaged");
    for (int i = 0; i < filters; ++i) {
        unsigned flags = 0;
        unsigned config = 0;
        std::size_t values = 0;
        const H5Z_filter_t filter =
            H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
            fail("a filter other than deflate, shuffle and fletcher32");
        }
    }
}

/// HDF5 unpacks whole chunks: one far larger than the data would be memory for nothing.
void H5Data::check_chunks(hid_t creation, std::uint64_t bytes) const {
    std::vector<hsize_t> dims(shape_.rank());
    const int rank = H5Pget_chunk(creation, static_cast<int>(dims.size()), dims.data());
    if (rank < 0 || static_cast<std::size_t>(rank) != dims.size()) fail("the dataset's chunks are damaged");
    constexpr std::uint64_t always_fine = std::uint64_t{1} << 24;
    const std::uint64_t most = std::max(bytes, always_fine);
    std::uint64_t chunk = 1;
    for (const hsize_t dim : dims) {
        if (dim == 0 || dim > most || chunk > most / dim) fail("the dataset's chunks are larger than its data");
        chunk *= dim;
    }
}

void H5Data::read(Tensor& to) const {
    if (to.shape() != shape_) fail("its shape is " + shape_.str() + "; " + to.shape().str() + " is wanted");
    const auto memory_type = [&] {
        switch (to.dtype()) {
            case DType::float32: return H5T_NATIVE_FLOAT;
            case DType::float64: return H5T_NATIVE_DOUBLE;
            case DType::int32: return H5T_NATIVE_INT32;
            case DType::int64: return H5T_NATIVE_INT64;
            case DType::uint8: break;
        }
        return H5T_NATIVE_UINT8;
    };
    if (to.size() > 0 && H5Dread(data_.get(), memory_type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, to.raw()) < 0) {
        fail("the data cannot be read; the file is damaged");
    }
}

H5Group H5Group::root(const H5File& file, const std::string& name) {
    if (!file) throw FileError(name + ": no HDF5 file, or a damaged one");
    H5Handle group(H5Gopen2(file.get(), "/", H5P_DEFAULT), H5Gclose);
    if (!group) throw FileError(name + ": a damaged HDF5 file: it has no root group");
    return {std::move(group), file.source(), name, ""};
}

void H5Group::fail(const std::string& what) const {
    throw FileError(file_ + ": " + (path_.empty() ? "/" : path_) + ": " + what);
}

std::string H5Group::where(const std::string& name) const { return file_ + ": " + below(name); }

bool H5Group::has(const std::string& name) const {
    const auto refuse = [&](const char* what) { throw FileError(where(name) + ": " + what); };
    // HDF5 would walk a path; names of members are no paths.
    if (name.empty() || name == "." || name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
        refuse("no name of a group or dataset");
    }
    const htri_t exists = H5Lexists(group_.get(), name.c_str(), H5P_DEFAULT);
    if (exists < 0) refuse("the group around it is damaged");
    if (exists == 0) return false;
    H5L_info_t info;
    if (H5Lget_info(group_.get(), name.c_str(), &info, H5P_DEFAULT) < 0) refuse("the link is damaged");
    if (info.type != H5L_TYPE_HARD) refuse("a soft, external or user-defined link, which is not followed");
    return true;
}

H5Group H5Group::group(const std::string& name) const {
    const bool exists = has(name);
    H5Handle opened(exists ? H5Gopen2(group_.get(), name.c_str(), H5P_DEFAULT) : H5I_INVALID_HID, H5Gclose);
    if (!opened)
        throw FileError(where(name) + (exists ? ": a group is wanted here" : ": missing; a group is wanted here"));
    return {std::move(opened), source_, file_, below(name)};
}

H5Data H5Group::data(const std::string& name) const {
    const bool exists = has(name);
    H5Handle opened(exists ? H5Dopen2(group_.get(), name.c_str(), H5P_DEFAULT) : H5I_INVALID_HID, H5Dclose);
    if (!opened)
        throw FileError(where(name) + (exists ? ": a dataset is wanted here" : ": missing; a dataset is wanted here"));
    return {std::move(opened), where(name)};
}

H5Data H5Group::data_at(std::string_view path) const {
    const std::size_t cut = path.find('/');
    if (cut == std::string_view::npos) return data(std::string(path));
    return group(std::string(path.substr(0, cut))).data_at(path.substr(cut + 1));
}

std::vector<std::string> H5Group::names() const {
    std::vector<std::string> names;
    hsize_t index = 0;
    H5Literate(group_.get(), H5_INDEX_NAME, H5_ITER_NATIVE, &index, collect_name, &names);
    return names;
}

bool H5Group::has_attribute(const std::string& name) const { return H5Aexists(group_.get(), name.c_str()) > 0; }

std::vector<std::string> H5Group::attribute_texts(const std::string& name, std::size_t most) const {
    const std::string here = file_ + ": " + (path_.empty() ? "/" : path_) + ": the attribute '" + name + "'";
    H5O_info_t info;
    if (H5Oget_info2(group_.get(), &info, H5O_INFO_BASIC) < 0) throw FileError(here + ": its group is damaged");
    const auto texts = read_text_attribute(*source_, info.addr, name, most, here);
    if (!texts) throw FileError(here + ": is damaged");
    return *texts;
}

std::optional<std::string> H5Group::text(const std::string& name, std::size_t most) const {
    if (!has_attribute(name)) return std::nullopt;
    std::vector<std::string> texts = attribute_texts(name, most);
    if (texts.size() != 1) fail("the attribute '" + name + "' is no single text");
    return std::move(texts[0]);
}

std::optional<std::vector<std::string>> H5Group::texts(const std::string& name) const {
    if (has_attribute(name)) return attribute_texts(name, most_name_bytes);
    if (!has_attribute(name + "0")) return std::nullopt;
    std::vector<std::string> all;
    for (int i = 0; has_attribute(name + std::to_string(i)); ++i) {
        std::ranges::move(attribute_texts(name + std::to_string(i), most_name_bytes), std::back_inserter(all));
        if (all.size() > most_members) fail("the attribute '" + name + "' has too many entries");
    }
    return all;
}

}  // namespace markhor::formats
