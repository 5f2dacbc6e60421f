// The file that HDF5 writes to, as a driver of ours beneath it. HDF5 1.10 leaks what it holds of a file that it could
// not write, and crashes as the program ends: so it never hears of a full disk. Writing goes on into nothing, and the
// file keeps the error for us.
#pragma once

#include <hdf5.h>

#include <filesystem>

#include "formats/h5_handle.hpp"

namespace markhor::formats {

/// A new file, empty; HDF5 closes it with the last handle of it. Must outlive those.
class H5File {
public:
    explicit H5File(const std::filesystem::path& path);
    ~H5File();
    H5File(const H5File&) = delete;
    H5File& operator=(const H5File&) = delete;

    /// The file as HDF5 sees it; may be asked for once. Not valid where the file could not be made.
    H5Handle open();
    /// What the system said (errno) when something could not be done first; 0: nothing.
    int error() const noexcept { return error_; }

private:
    friend struct H5FileDriver;
    int descriptor_ = -1;
    int error_ = 0;
};

}  // namespace markhor::formats
