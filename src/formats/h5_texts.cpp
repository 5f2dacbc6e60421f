#include "formats/h5_texts.hpp"

#include <algorithm>
#include <map>
#include <markhor/error.hpp>
#include <span>
#include <string_view>
#include <utility>

namespace markhor::formats {
namespace {

constexpr std::size_t most_texts = 100'000;
constexpr std::size_t most_messages = 10'000;

[[noreturn]] void fail(const std::string& where, const std::string& what) { throw FileError(where + ": " + what); }

/// Some bytes of the file, read from front to back.
class Bytes {
public:
    Bytes(std::string bytes, std::string where) : bytes_(std::move(bytes)), where_(std::move(where)) {}

    std::size_t left() const { return bytes_.size() - at_; }
    std::string_view take(std::uint64_t count) {
        if (count > left()) fail(where_, "is damaged: it ends too early");
        at_ += static_cast<std::size_t>(count);
        return std::string_view(bytes_).substr(at_ - static_cast<std::size_t>(count), static_cast<std::size_t>(count));
    }
    std::uint64_t number(std::size_t width) {
        std::uint64_t value = 0;
        const std::string_view digits = take(width);
        for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
        return value;
    }

private:
    std::string bytes_;
    std::string where_;
    std::size_t at_ = 0;
};

/// The collections of texts that attributes refer to.
class GlobalHeap {
public:
    GlobalHeap(ByteSource& source, std::string where) : source_(&source), where_(std::move(where)) {}

    std::string text(std::uint64_t address, std::uint64_t index, std::uint64_t length, std::size_t most) {
        if (length == 0) return {};
        if (length > most) fail(where_, "is longer than " + std::to_string(most) + " bytes");
        const std::map<std::uint64_t, std::string>& objects = collection(address);
        const auto object = objects.find(index);
        if (object == objects.end() || object->second.size() < length)
            fail(where_, "refers to a text that is not there");
        total_ += length;
        if (total_ > source_->size()) fail(where_, "has more text than the file");
        return object->second.substr(0, std::min<std::size_t>(length, object->second.find('\0')));
    }

private:
    const std::map<std::uint64_t, std::string>& collection(std::uint64_t address) {
        const auto known = collections_.find(address);
        if (known != collections_.end()) return known->second;
        Bytes head(block(address, 16), where_);
        if (head.take(4) != "GCOL" || head.number(1) != 1) fail(where_, "refers to no collection of texts");
        head.take(3);
        const std::uint64_t size = head.number(8);
        if (size < 16) fail(where_, "refers to a damaged collection of texts");
        loaded_ += size;
        if (size > source_->size() || loaded_ > source_->size())
            fail(where_, "refers to a damaged collection of texts");
        Bytes bytes(block(address, size), where_);
        bytes.take(16);
        std::map<std::uint64_t, std::string>& objects = collections_[address];
        while (bytes.left() >= 16) {
            const std::uint64_t index = bytes.number(2);
            bytes.take(6);
            const std::uint64_t length = bytes.number(8);
            if (index == 0) break;  // the rest is free
            objects[index] = bytes.take(length);
            bytes.take(std::min<std::uint64_t>(bytes.left(), (8 - length % 8) % 8));
        }
        return objects;
    }

    std::string block(std::uint64_t address, std::uint64_t size) {
        std::string bytes(static_cast<std::size_t>(size), '\0');
        if (!source_->read(address, std::as_writable_bytes(std::span(bytes))))
            fail(where_, "refers beyond the end of the file");
        return bytes;
    }

    ByteSource* source_;
    std::string where_;
    std::map<std::uint64_t, std::map<std::uint64_t, std::string>> collections_;
    std::uint64_t loaded_ = 0;
    std::uint64_t total_ = 0;
};

/// The attribute messages of an object header, of the kind that Keras's files have.
class Header {
public:
    Header(ByteSource& source, std::uint64_t address, const std::string& where) : source_(source), where_(where) {
        Bytes head = block(address, 16);
        if (head.number(1) != 1) fail(where_, "attributes of a newer kind of HDF5 file, which are not read");
        head.take(1);
        head.number(2);
        head.take(4);
        blocks_.emplace_back(address + 16, head.number(4));
    }

    /// The attribute message of that name.
    std::optional<std::string> find(const std::string& name) {
        for (std::size_t i = 0; i < blocks_.size(); ++i) {  // NOLINT(modernize-loop-convert): it grows meanwhile
            Bytes messages = block(blocks_[i].first, blocks_[i].second);
            while (messages.left() >= 8) {
                if (++count_ > most_messages) fail(where_, "has too many parts");
                const std::uint64_t type = messages.number(2);
                const std::uint64_t size = messages.number(2);
                messages.take(4);
                const std::string_view body = messages.take(size);
                if (type == 0x10) add_block(std::string(body));
                if (type == 0x0C && name_of(std::string(body)) == name) return std::string(body);
            }
        }
        return std::nullopt;
    }

private:
    Bytes block(std::uint64_t address, std::uint64_t size) {
        if (size > source_.size()) fail(where_, "is damaged");
        std::string bytes(static_cast<std::size_t>(size), '\0');
        if (!source_.read(address, std::as_writable_bytes(std::span(bytes))))
            fail(where_, "is damaged: it lies beyond the end");
        return {std::move(bytes), where_};
    }

    void add_block(std::string body) {
        Bytes reference(std::move(body), where_);
        const std::uint64_t address = reference.number(8);
        blocks_.emplace_back(address, reference.number(8));
        if (blocks_.size() > 100) fail(where_, "has too many parts");
    }

    std::string name_of(std::string body) const {
        Bytes attribute(std::move(body), where_);
        const std::uint64_t version = attribute.number(1);
        attribute.take(1);
        const std::uint64_t length = attribute.number(2);
        attribute.take(version == 3 ? 5 : 4);
        const std::string_view name = attribute.take(length);
        return std::string(name.substr(0, name.find('\0')));
    }

    ByteSource& source_;
    const std::string& where_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks_;  // address, size
    std::size_t count_ = 0;
};

std::uint64_t padded(std::uint64_t size, bool pads) { return pads ? (size + 7) / 8 * 8 : size; }

std::uint64_t count_of(std::string space, const std::string& where) {
    Bytes bytes(std::move(space), where);
    const std::uint64_t version = bytes.number(1);
    const std::uint64_t rank = bytes.number(1);
    bytes.take(1);
    const std::uint64_t kind = bytes.number(1);
    if (version == 1) bytes.take(4);
    if (version == 2 && kind == 2) return 0;
    std::uint64_t count = 1;
    for (std::uint64_t axis = 0; axis < rank; ++axis) {
        const std::uint64_t size = bytes.number(8);
        if (size > most_texts || (count *= size) > most_texts) fail(where, "has too many entries");
    }
    return count;
}

}  // namespace

std::optional<std::vector<std::string>> read_text_attribute(ByteSource& source, std::uint64_t address,
                                                            const std::string& name, std::size_t most,
                                                            const std::string& where) {
    std::optional<std::string> message = Header(source, address, where).find(name);
    if (!message) return std::nullopt;
    Bytes attribute(std::move(*message), where);
    const std::uint64_t version = attribute.number(1);
    if (version < 1 || version > 3) fail(where, "is of an unknown kind");
    attribute.take(1);
    const std::uint64_t name_size = attribute.number(2);
    const std::uint64_t type_size = attribute.number(2);
    const std::uint64_t space_size = attribute.number(2);
    if (version == 3) attribute.take(1);
    attribute.take(padded(name_size, version == 1));
    Bytes type(std::string(attribute.take(padded(type_size, version == 1))), where);
    const std::uint64_t count = count_of(std::string(attribute.take(padded(space_size, version == 1))), where);
    if (count == 0) return std::vector<std::string>();  // of any type: NumPy makes an empty list one of numbers

    const std::uint64_t kind = type.number(1) & 15U;
    const std::uint64_t of_kind = type.number(3) & 15U;
    const std::uint64_t width = type.number(4);
    constexpr std::uint64_t string_class = 3;
    constexpr std::uint64_t variable_class = 9;
    std::vector<std::string> texts;
    if (kind == variable_class && of_kind == 1) {
        GlobalHeap heap(source, where);
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t length = attribute.number(4);
            const std::uint64_t collection = attribute.number(8);
            texts.push_back(heap.text(collection, attribute.number(4), length, most));
        }
        return texts;
    }
    if (kind != string_class) fail(where, "is no text");
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string_view text = attribute.take(width);
        texts.emplace_back(text.substr(0, text.find('\0')));
    }
    return texts;
}

}  // namespace markhor::formats
