#include "formats/h5_driver.hpp"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <memory>

namespace markhor::formats {
namespace {

/// What HDF5 keeps of an open file: its own part first, as its drivers do.
struct DriverFile {
    H5FD_t shared = {};
    std::shared_ptr<ByteSource*> source = nullptr;
    haddr_t end = 0;
};

struct DriverInfo {
    const std::shared_ptr<ByteSource*>* source;
};

/// As HDF5's own drivers do: what lies beyond the end reads as zeros, which the checks of its structures refuse.
bool read_padded(ByteSource& source, std::uint64_t offset, std::span<std::byte> to) {
    const std::uint64_t size = source.size();
    const auto there = static_cast<std::size_t>(offset < size ? std::min<std::uint64_t>(size - offset, to.size()) : 0);
    std::ranges::fill(to.subspan(there), std::byte{0});
    return source.read(std::min(offset, size), to.first(there));
}

DriverFile& file_of(H5FD_t* file) { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& file_of(const H5FD_t* file) { return *reinterpret_cast<const DriverFile*>(file); }

H5FD_t* open_file(const char* /*name*/, unsigned flags, hid_t access, haddr_t /*most*/) {
    const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
    if (!info || (flags & (H5F_ACC_RDWR | H5F_ACC_TRUNC | H5F_ACC_CREAT)) != 0) return nullptr;
    auto file = std::make_unique<DriverFile>();
    file->source = *info->source;
    return &file.release()->shared;
}

herr_t close_file(H5FD_t* file) {
    const std::unique_ptr<DriverFile> owned(&file_of(file));
    return 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* features) {
    *features = H5FD_FEAT_DATA_SIEVE;
    return 0;
}

haddr_t get_eoa(const H5FD_t* file, H5FD_mem_t /*type*/) { return file_of(file).end; }

herr_t set_eoa(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t end) {
    file_of(file).end = end;
    return 0;
}

haddr_t get_eof(const H5FD_t* file, H5FD_mem_t /*type*/) {
    const ByteSource* source = *file_of(file).source;
    return source ? source->size() : 0;
}

herr_t read(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t offset, std::size_t size, void* buffer) {
    ByteSource* source = *file_of(file).source;
    return source && read_padded(*source, offset, {static_cast<std::byte*>(buffer), size}) ? 0 : -1;
}

herr_t refuse_to_write(H5FD_t* /*file*/, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t /*offset*/,
                       std::size_t /*size*/, const void* /*buffer*/) {
    return -1;
}

const H5FD_class_t& driver_class() {
    static const H5FD_class_t driver = [] {
        H5FD_class_t made = {};
#if H5_VERSION_GE(1, 13, 0)
        made.version = H5FD_CLASS_VERSION;
        made.value = static_cast<H5FD_class_value_t>(510);  // of those HDF5 leaves to programs
#endif
        made.name = "markhor_source";
        made.maxaddr = HADDR_MAX;
        made.fc_degree = H5F_CLOSE_WEAK;
        made.fapl_size = sizeof(DriverInfo);
        made.open = open_file;
        made.close = close_file;
        made.query = query;
        made.get_eoa = get_eoa;
        made.set_eoa = set_eoa;
        made.get_eof = get_eof;
        made.read = read;
        made.write = refuse_to_write;
        for (H5FD_mem_t& kind : made.fl_map) kind = H5FD_MEM_SUPER;
        return made;
    }();
    return driver;
}

}  // namespace

H5File::H5File(ByteSource& source) : source_(std::make_shared<ByteSource*>(&source)), file_(H5I_INVALID_HID, H5Fclose) {
    static const hid_t driver = H5FDregister(&driver_class());
    const H5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    const DriverInfo info = {&source_};
    if (driver < 0 || !access || H5Pset_driver(access.get(), driver, &info) < 0) return;
    file_ = H5Handle(H5Fopen("source", H5F_ACC_RDONLY, access.get()), H5Fclose);
}

H5File::~H5File() {
    file_.reset();
    *source_ = nullptr;
}

}  // namespace markhor::formats
