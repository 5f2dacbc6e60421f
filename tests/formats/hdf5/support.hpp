// What the tests of the HDF5 reader share: recorded files in memory, to be read as they are or with bytes changed.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "formats/files.hpp"
#include "formats/hdf5/group.hpp"

namespace markhor::formats::h5 {

inline std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

/// An open file whose bytes are a text.
class OpenFile {
public:
    explicit OpenFile(std::string bytes)
        : bytes_(std::move(bytes)), source_(as_bytes(bytes_)), file_(source_, "m.h5") {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    File& get() { return file_; }
    Group root() { return Group::root(file_); }

private:
    std::string bytes_;
    MemorySource source_;
    File file_;
};

/// The bytes of tests/golden/hdf5/NAME.h5
inline std::string recorded_bytes(const std::string& name) {
    return bytes_of(golden_folder() / ("hdf5/" + name + ".h5"));
}

/// Little-endian, over what lies there.
inline void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

}  // namespace markhor::formats::h5
