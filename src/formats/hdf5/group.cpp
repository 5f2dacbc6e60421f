#include "formats/hdf5/group.hpp"

#include <algorithm>
#include <iterator>
#include <markhor/error.hpp>

namespace markhor::formats::h5 {
namespace {

constexpr std::size_t most_texts = 100'000;
constexpr std::size_t most_name_bytes = 64'512;  // Keras's own limit of a name in an attribute

}  // namespace

Group::Group(File& file, const std::vector<Message>& messages, std::string path)
    : file_(&file), path_(std::move(path)) {
    auto content = std::make_shared<Content>();
    content->links = read_links(file, messages, here());
    content->attributes = read_attributes(file, messages, here());
    content_ = std::move(content);
}

Group Group::root(File& file) {
    const std::string where = file.name() + ": /";
    const std::vector<Message> messages = read_object_header(file, file.root_address(), where);
    if (!is_group(messages)) throw FileError(where + ": a group is wanted here");
    return {file, messages, ""};
}

void Group::fail(const std::string& what) const { throw FileError(here() + ": " + what); }

bool Group::has(const std::string& name) const {
    const auto refuse = [&](const char* what) { throw FileError(where(name) + ": " + what); };
    // Names of members are no paths.
    if (name.empty() || name == "." || name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
        refuse("no name of a group or dataset");
    }
    const auto link = content_->links.find(name);
    if (link == content_->links.end()) return false;
    if (!link->second.is_hard) refuse("a soft, external or user-defined link, which is not followed");
    return true;
}

std::vector<Message> Group::messages_of(const std::string& name, const char* wanted) const {
    if (!has(name)) throw FileError(where(name) + ": missing; a " + wanted + " is wanted here");
    return read_object_header(*file_, content_->links.at(name).address, where(name));
}

Group Group::group(const std::string& name) const {
    const std::vector<Message> messages = messages_of(name, "group");
    if (!is_group(messages)) throw FileError(where(name) + ": a group is wanted here");
    return {*file_, messages, below(name)};
}

Dataset Group::data(const std::string& name) const {
    const std::vector<Message> messages = messages_of(name, "dataset");
    if (!is_dataset(messages)) throw FileError(where(name) + ": a dataset is wanted here");
    return {*file_, messages, where(name)};
}

Dataset Group::data_at(std::string_view path) const {
    const std::size_t cut = path.find('/');
    if (cut == std::string_view::npos) return data(std::string(path));
    return group(std::string(path.substr(0, cut))).data_at(path.substr(cut + 1));
}

std::vector<std::string> Group::names() const {
    std::vector<std::string> names;
    for (const auto& [name, link] : content_->links) names.push_back(name);
    return names;
}

bool Group::has_attribute(const std::string& name) const { return content_->attributes.contains(name); }

std::vector<std::string> Group::attribute_names() const {
    std::vector<std::string> names;
    for (const auto& [name, attribute] : content_->attributes) names.push_back(name);
    return names;
}

std::vector<std::string> Group::attribute_texts(const std::string& name, std::size_t most) const {
    return texts_of(*file_, content_->attributes.at(name), most, here() + ": the attribute '" + name + "'");
}

std::optional<std::string> Group::text(const std::string& name, std::size_t most) const {
    if (!has_attribute(name)) return std::nullopt;
    std::vector<std::string> texts = attribute_texts(name, most);
    if (texts.size() != 1) fail("the attribute '" + name + "' is no single text");
    return std::move(texts[0]);
}

std::optional<std::vector<std::string>> Group::texts(const std::string& name) const {
    if (has_attribute(name)) return attribute_texts(name, most_name_bytes);
    if (!has_attribute(name + "0")) return std::nullopt;
    std::vector<std::string> all;
    for (int i = 0; has_attribute(name + std::to_string(i)); ++i) {
        std::ranges::move(attribute_texts(name + std::to_string(i), most_name_bytes), std::back_inserter(all));
        if (all.size() > most_texts) fail("the attribute '" + name + "' has too many entries");
    }
    return all;
}

}  // namespace markhor::formats::h5
