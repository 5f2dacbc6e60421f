// Groups, datasets and attributes of a new HDF5 file, laid out as h5py does for Keras. Hold hdf5_mutex() while using
// these.
#pragma once

#include <markhor/tensor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/atomic_file.hpp"
#include "formats/h5_handle.hpp"

namespace markhor::formats {

class H5Writer {
public:
    /// Fills a new file, which must outlive this and all groups made of it. All throw FileError where the file cannot
    /// be written.
    static H5Writer file(const AtomicFile& file);

    H5Writer group(const std::string& name) const;
    enum class Charset { ascii, utf8 };
    void text(const std::string& name, const std::string& value, Charset charset) const;
    /// Cut into NAME0, NAME1, … where Keras would.
    void texts(const std::string& name, const std::vector<std::string>& values) const;
    /// "conv2d/kernel" makes the groups on its way.
    void data(const std::string& path, const Tensor& value) const;
    /// Of the file: what came before is on its way to the disk.
    void close();

private:
    struct Target;
    H5Writer(H5Handle handle, std::shared_ptr<Target> target)
        : target_(std::move(target)), handle_(std::move(handle)) {}
    void check(bool good, const std::string& what) const;
    void list(const std::string& name, const std::string* begin, const std::string* end) const;

    std::shared_ptr<Target> target_;  // outlives the handle
    H5Handle handle_;
};

}  // namespace markhor::formats
