// Groups, datasets and attributes of an HDF5 file that is foreign input. Only what lies in the file itself is reached:
// links other than hard ones, external storage, virtual datasets and filters of plug-ins are refused. Errors name the
// file and the place. Hold hdf5_mutex() while using these.
#pragma once

#include <markhor/tensor.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/h5_driver.hpp"

namespace markhor::formats {

/// A dataset of numbers whose data lie in the file.
class H5Data {
public:
    H5Data(H5Handle data, std::string where);

    const Shape& shape() const noexcept { return shape_; }
    const std::string& where() const noexcept { return where_; }
    /// Fills a tensor of this shape, converting to its type. Throws FileError for damaged data; `to` is then undefined.
    void read(Tensor& to) const;

private:
    [[noreturn]] void fail(const std::string& what) const;
    void check_type() const;
    void read_shape();
    void check_storage() const;
    void check_filters(hid_t creation) const;
    void check_chunks(hid_t creation, std::uint64_t bytes) const;

    H5Handle data_;
    std::string where_;
    Shape shape_;
};

class H5Group {
public:
    /// The root of a file, which must live as long. `name` starts the errors. Throws FileError for what is no HDF5
    /// file.
    static H5Group root(const H5File& file, const std::string& name);

    /// Whether there is a hard link of that name. Throws FileError for a link of another kind.
    bool has(const std::string& name) const;
    /// Throws FileError where there is none.
    H5Group group(const std::string& name) const;
    H5Data data(const std::string& name) const;
    /// The dataset at "conv2d/kernel:0": through groups, one after the other.
    H5Data data_at(std::string_view path) const;
    std::vector<std::string> names() const;

    bool has_attribute(const std::string& name) const;
    /// A text, of at most `most` bytes, or none. Throws FileError for an attribute of another kind.
    std::optional<std::string> text(const std::string& name, std::size_t most) const;
    /// A list of texts, or none. Keras cuts lists that are too long for one attribute into NAME0, NAME1, …
    std::optional<std::vector<std::string>> texts(const std::string& name) const;

    /// "model.h5: /layers/dense" and what is wrong there.
    [[noreturn]] void fail(const std::string& what) const;
    std::string where(const std::string& name) const;

private:
    H5Group(H5Handle group, ByteSource* source, std::string file, std::string path)
        : group_(std::move(group)), source_(source), file_(std::move(file)), path_(std::move(path)) {}
    std::vector<std::string> attribute_texts(const std::string& name, std::size_t most) const;
    std::string below(const std::string& name) const { return path_ + "/" + name; }

    H5Handle group_;
    ByteSource* source_;
    std::string file_;
    std::string path_;
};

}  // namespace markhor::formats
