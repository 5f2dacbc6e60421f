#include "formats/h5_writer.hpp"

#include <algorithm>
#include <markhor/error.hpp>
#include <system_error>
#include <utility>

#include "formats/h5_file_driver.hpp"

namespace markhor::formats {
namespace {

constexpr std::size_t most_attribute_bytes = 64'512;  // Keras's HDF5_OBJECT_HEADER_LIMIT

H5Handle text_type(H5Writer::Charset charset) {
    H5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    const bool good = H5Tset_size(type.get(), H5T_VARIABLE) >= 0 &&
                      H5Tset_cset(type.get(), charset == H5Writer::Charset::utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII) >= 0;
    return good ? std::move(type) : H5Handle(H5I_INVALID_HID, H5Tclose);
}

H5Handle space_of(const Shape& shape) {
    std::vector<hsize_t> dims;
    for (const std::int64_t dim : shape) dims.push_back(static_cast<hsize_t>(dim));
    return {
        dims.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
        H5Sclose};
}

/// How an object is made: as HDF5 does by default, but without the time of it.
H5Handle without_times(hid_t kind) {
    H5Handle creation(H5Pcreate(kind), H5Pclose);
    H5Pset_obj_track_times(creation.get(), false);
    return creation;
}

struct ElementType {
    hid_t file;
    hid_t memory;
};

ElementType element_type(DType dtype) {
    switch (dtype) {
        case DType::float32: return {H5T_IEEE_F32LE, H5T_NATIVE_FLOAT};
        case DType::float64: return {H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE};
        case DType::int32: return {H5T_STD_I32LE, H5T_NATIVE_INT32};
        case DType::int64: return {H5T_STD_I64LE, H5T_NATIVE_INT64};
        case DType::bfloat16: throw ValueError("bfloat16 tensors are not written to HDF5 files; cast them to float32");
        case DType::uint8: break;
    }
    return {H5T_STD_U8LE, H5T_NATIVE_UINT8};
}

}  // namespace

struct H5Writer::Target {
    explicit Target(const AtomicFile& file) : name(file.file().string()), file(file.descriptor()) {}
    const std::string name;
    H5File file;
};

void H5Writer::check(bool good, const std::string& what) const {
    if (const int error = target_->file.error(); error != 0) {
        throw FileError(target_->name + ": cannot be written: " + std::generic_category().message(error));
    }
    if (!good) throw FileError(target_->name + ": cannot be written: " + what);
}

H5Writer H5Writer::file(const AtomicFile& file) {
    const auto target = std::make_shared<Target>(file);
    H5Writer made(target->file.open(), target);
    made.check(static_cast<bool>(made.handle_), "the file cannot be made");
    return made;
}

H5Writer H5Writer::group(const std::string& name) const {
    const H5Handle creation = without_times(H5P_GROUP_CREATE);
    H5Handle group(H5Gcreate2(handle_.get(), name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Gclose);
    check(static_cast<bool>(group), "the group '" + name + "'");
    return {std::move(group), target_};
}

void H5Writer::text(const std::string& name, const std::string& value, Charset charset) const {
    const H5Handle type = text_type(charset);
    const H5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const H5Handle attribute(H5Acreate2(handle_.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                             H5Aclose);
    const char* text = value.c_str();
    check(attribute && H5Awrite(attribute.get(), type.get(), &text) >= 0, "the attribute '" + name + "'");
}

void H5Writer::texts(const std::string& name, const std::vector<std::string>& values) const {
    std::size_t longest = 1;
    for (const std::string& value : values) longest = std::max(longest, value.size());
    const std::size_t most = std::max<std::size_t>(1, most_attribute_bytes / longest);
    const std::string* begin = values.data();
    const std::string* end = begin + values.size();
    if (values.size() <= most) return list(name, begin, end);
    for (int part = 0; begin != end; ++part) {
        const std::string* cut = begin + std::min<std::ptrdiff_t>(end - begin, static_cast<std::ptrdiff_t>(most));
        list(name + std::to_string(part), begin, cut);
        begin = cut;
    }
}

void H5Writer::list(const std::string& name, const std::string* begin, const std::string* end) const {
    std::vector<const char*> pointers;
    for (const std::string* text = begin; text != end; ++text) pointers.push_back(text->c_str());
    // An empty list is one of float64 to NumPy, and so in Keras's files.
    const H5Handle type = pointers.empty() ? H5Handle(H5Tcopy(H5T_IEEE_F64LE), H5Tclose) : text_type(Charset::ascii);
    const H5Handle space = space_of({static_cast<std::int64_t>(pointers.size())});
    const H5Handle attribute(H5Acreate2(handle_.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                             H5Aclose);
    const bool written =
        pointers.empty() || H5Awrite(attribute.get(), type.get(), static_cast<const void*>(pointers.data())) >= 0;
    check(attribute && written, "the attribute '" + name + "'");
}

void H5Writer::data(const std::string& path, const Tensor& value) const {
    const ElementType type = element_type(value.dtype());
    const H5Handle space = space_of(value.shape());
    const H5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.get(), 1);
    const H5Handle creation = without_times(H5P_DATASET_CREATE);
    const H5Handle data(
        H5Dcreate2(handle_.get(), path.c_str(), type.file, space.get(), links.get(), creation.get(), H5P_DEFAULT),
        H5Dclose);
    check(data &&
              (value.size() == 0 || H5Dwrite(data.get(), type.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.raw()) >= 0),
          "the weight " + path);
}

void H5Writer::close() { check(handle_.reset(), "the file cannot be closed"); }

}  // namespace markhor::formats
