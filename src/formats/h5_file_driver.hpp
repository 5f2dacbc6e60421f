// The file that HDF5 writes to, as a driver of ours beneath it. HDF5 1.10 leaks what it holds of a file that it could
// not write, and crashes as the program ends: so it never hears of a full disk. Writing goes on into nothing, and the
// file keeps the error for us.
#pragma once

#include <hdf5.h>

#include "formats/h5_handle.hpp"

namespace markhor::formats {

/// A file that is open and empty, and stays open. Must outlive HDF5's handles of it.
class H5File {
public:
    explicit H5File(int descriptor) : descriptor_(descriptor) {}
    H5File(const H5File&) = delete;
    H5File& operator=(const H5File&) = delete;

    /// The file as HDF5 sees it; may be asked for once. It holds no times: equal content makes equal bytes.
    H5Handle open();
    /// What the system said (errno) when something could not be done first; 0: nothing.
    int error() const noexcept { return error_; }

private:
    friend struct H5FileDriver;
    const int descriptor_;
    int error_ = 0;
};

}  // namespace markhor::formats
