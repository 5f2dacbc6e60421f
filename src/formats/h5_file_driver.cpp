#include "formats/h5_file_driver.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace markhor::formats {

/// What HDF5 holds of an open file. `base` is HDF5's own part of it, and comes first.
struct H5FileDriver {
    H5FD_t base;
    H5File* file;
    haddr_t end_of_addresses;
    haddr_t end_of_file;

    static H5FileDriver& of(H5FD_t* base) { return *reinterpret_cast<H5FileDriver*>(base); }
    static const H5FileDriver& of(const H5FD_t* base) { return *reinterpret_cast<const H5FileDriver*>(base); }

    void fail(int error) const {
        if (file->error_ == 0) file->error_ = error;
    }

    static H5FD_t* open(const char* /*name*/, unsigned /*flags*/, hid_t access, haddr_t /*most*/) {
        // The access list holds the address of the H5File that it was made for.
        H5File* const file = *static_cast<H5File* const*>(H5Pget_driver_info(access));
        return &(new H5FileDriver{{}, file, 0, 0})->base;
    }

    static herr_t close(H5FD_t* base) {
        delete &of(base);
        return 0;
    }

    static herr_t query(const H5FD_t* /*base*/, unsigned long* flags) {
        *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
                 H5FD_FEAT_AGGREGATE_SMALLDATA;
        return 0;
    }

    static haddr_t addresses(const H5FD_t* base, H5FD_mem_t /*type*/) { return of(base).end_of_addresses; }
    static herr_t set_addresses(H5FD_t* base, H5FD_mem_t /*type*/, haddr_t end) {
        of(base).end_of_addresses = end;
        return 0;
    }
    static haddr_t length(const H5FD_t* base, H5FD_mem_t /*type*/) { return of(base).end_of_file; }

    // What was never written is zeros.
    static herr_t read(H5FD_t* base, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t from, std::size_t size,
                       void* buffer) {
        const H5FileDriver& driver = of(base);
        auto* to = static_cast<char*>(buffer);
        while (size > 0) {
            const ssize_t got = ::pread(driver.file->descriptor_, to, size, static_cast<off_t>(from));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) driver.fail(errno);
            if (got <= 0) break;
            to += got;
            from += static_cast<haddr_t>(got);
            size -= static_cast<std::size_t>(got);
        }
        std::memset(to, 0, size);
        return 0;
    }

    static herr_t write(H5FD_t* base, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t to, std::size_t size,
                        const void* buffer) {
        H5FileDriver& driver = of(base);
        driver.end_of_file = std::max(driver.end_of_file, to + size);
        const auto* from = static_cast<const char*>(buffer);
        while (size > 0 && driver.file->error_ == 0) {
            const ssize_t put = ::pwrite(driver.file->descriptor_, from, size, static_cast<off_t>(to));
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) {
                driver.fail(put < 0 ? errno : ENOSPC);
                break;
            }
            from += put;
            to += static_cast<haddr_t>(put);
            size -= static_cast<std::size_t>(put);
        }
        return 0;
    }

    static herr_t truncate(H5FD_t* base, hid_t /*transfer*/, hbool_t /*closing*/) {
        H5FileDriver& driver = of(base);
        if (driver.end_of_file == driver.end_of_addresses) return 0;
        driver.end_of_file = driver.end_of_addresses;
        if (::ftruncate(driver.file->descriptor_, static_cast<off_t>(driver.end_of_file)) != 0) driver.fail(errno);
        return 0;
    }

    // HDF5 keeps the class's address.
    static const H5FD_class_t& driver_class() {
        static const H5FD_class_t made = [] {
            H5FD_class_t one{};
            one.name = "markhor";
            one.maxaddr = (haddr_t{1} << 62) - 1;
            one.fc_degree = H5F_CLOSE_WEAK;
            one.fapl_size = sizeof(void*);  // of the H5File
            one.open = open;
            one.close = close;
            one.query = query;
            one.get_eoa = addresses;
            one.set_eoa = set_addresses;
            one.get_eof = length;
            one.read = read;
            one.write = write;
            one.truncate = truncate;
            constexpr std::array<H5FD_mem_t, H5FD_MEM_NTYPES> map = H5FD_FLMAP_DICHOTOMY;
            std::ranges::copy(map, std::begin(one.fl_map));
            return one;
        }();
        return made;
    }

    static hid_t id() {
        static const hid_t registered = H5FDregister(&driver_class());
        return registered;
    }
};

H5Handle H5File::open() {
    const H5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5File* const self = this;
    H5Pset_driver(access.get(), H5FileDriver::id(), static_cast<const void*>(&self));
    const H5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_obj_track_times(creation.get(), false);
    return {H5Fcreate("new file", H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose};
}

}  // namespace markhor::formats
