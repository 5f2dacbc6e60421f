// Groups of an HDF5 file that is foreign input, with what is in them. Only what lies in the file itself is reached:
// links other than hard ones, external storage, virtual datasets and filters of plug-ins are refused. Errors name the
// file and the place.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/hdf5/attribute.hpp"
#include "formats/hdf5/dataset.hpp"
#include "formats/hdf5/file.hpp"
#include "formats/hdf5/links.hpp"

namespace markhor::formats::h5 {

class Group {
public:
    /// Of a file, which must live as long. Throws FileError for a damaged one.
    static Group root(File& file);

    /// Whether there is a hard link of that name. Throws FileError for a link of another kind.
    bool has(const std::string& name) const;
    /// Throws FileError where there is none.
    Group group(const std::string& name) const;
    Dataset data(const std::string& name) const;
    /// The dataset at "conv2d/kernel:0": through groups, one after the other.
    Dataset data_at(std::string_view path) const;
    std::vector<std::string> names() const;

    bool has_attribute(const std::string& name) const;
    std::vector<std::string> attribute_names() const;
    /// A text, of at most `most` bytes, or none. Throws FileError for an attribute of another kind.
    std::optional<std::string> text(const std::string& name, std::size_t most) const;
    /// A list of texts, or none. Keras cuts lists that are too long for one attribute into NAME0, NAME1, …
    std::optional<std::vector<std::string>> texts(const std::string& name) const;

    /// "model.h5: /layers/dense" and what is wrong there.
    [[noreturn]] void fail(const std::string& what) const;
    std::string where(const std::string& name) const { return file_->name() + ": " + below(name); }
    std::string here() const { return file_->name() + ": " + (path_.empty() ? "/" : path_); }

private:
    /// What was read of the group's header; copies of a Group share it.
    struct Content {
        Links links;
        std::map<std::string, Attribute> attributes;
    };

    Group(File& file, const std::vector<Message>& messages, std::string path);
    std::vector<Message> messages_of(const std::string& name, const char* wanted) const;
    std::vector<std::string> attribute_texts(const std::string& name, std::size_t most) const;
    std::string below(const std::string& name) const { return path_ + "/" + name; }

    File* file_;
    std::string path_;
    std::shared_ptr<const Content> content_;
};

}  // namespace markhor::formats::h5
