// Lets HDF5 read from a ByteSource: a member of an archive is read where it lies, without a temporary file or a second
// copy.
#pragma once

#include <memory>

#include "formats/byte_source.hpp"
#include "formats/hdf5.hpp"

namespace markhor::formats {

/// An open HDF5 file. The source must live as long.
class H5File {
public:
    explicit H5File(ByteSource& source);
    ~H5File();
    H5File(const H5File&) = delete;
    H5File& operator=(const H5File&) = delete;

    /// False where the source is no HDF5 file or a damaged one.
    explicit operator bool() const noexcept { return static_cast<bool>(file_); }
    hid_t get() const noexcept { return file_.get(); }
    ByteSource* source() const noexcept { return *source_; }

private:
    // HDF5 1.10 never lets go of some damaged files: it must not find the source when it closes them, at the program's
    // end.
    std::shared_ptr<ByteSource*> source_;
    H5Handle file_;
};

}  // namespace markhor::formats
