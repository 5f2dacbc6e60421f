#include "formats/hdf5/attribute.hpp"

#include <algorithm>
#include <markhor/error.hpp>

#include "formats/hdf5/btree2.hpp"
#include "formats/hdf5/fractal_heap.hpp"

namespace markhor::formats::h5 {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::size_t>(std::ranges::find(bytes, std::byte{0}) - bytes.begin())};
}

class AttributeReader {
public:
    AttributeReader(File& file, const std::string& where) : file_(file), where_(where) {}

    std::map<std::string, Attribute> read(const std::vector<Message>& messages) {
        for (const Message& message : messages) {
            if (message.type == MessageType::attribute) {
                read_message(resolve_shared(file_, message, where_));
            } else if (message.type == MessageType::attribute_info) {
                read_dense(file_.cursor(message.body, where_));
            }
        }
        return std::move(attributes_);
    }

private:
    void read_message(const Block& message) {
        Cursor bytes = file_.cursor(message, where_);
        const std::uint8_t version = bytes.u8();
        if (version < 1 || version > 3) bytes.fail("an attribute of version " + std::to_string(version));
        const std::uint8_t flags = bytes.u8();
        const std::uint64_t name_bytes = bytes.u16();
        const std::uint64_t type_bytes = bytes.u16();
        const std::uint64_t space_bytes = bytes.u16();
        if (version == 3) bytes.skip(1);  // the name's character set
        const auto padded = [&](std::uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
        const std::string name = text_of(bytes.take(padded(name_bytes)));
        const Block type = part(bytes, padded(type_bytes), MessageType::datatype, version > 1 && (flags & 1U) != 0);
        const Block space = part(bytes, padded(space_bytes), MessageType::dataspace, version > 1 && (flags & 2U) != 0);
        Attribute attribute;
        Cursor type_cursor = file_.cursor(type, where_);
        attribute.type = read_datatype(type_cursor);
        Cursor space_cursor = file_.cursor(space, where_);
        attribute.space = read_dataspace(space_cursor);
        attribute.data.address = bytes.start() + bytes.at();
        const std::span<const std::byte> data = bytes.take(bytes.left());
        attribute.data.bytes.assign(data.begin(), data.end());
        constexpr std::size_t most_attributes = 100'000;
        if (attributes_.size() == most_attributes) bytes.fail("more than 100000 attributes");
        if (!attributes_.emplace(name, std::move(attribute)).second) {
            bytes.fail("a second attribute '" + name.substr(0, 100) + "'");
        }
    }

    Block part(Cursor& bytes, std::uint64_t size, MessageType type, bool is_shared) {
        const std::uint64_t address = bytes.start() + bytes.at();
        const std::span<const std::byte> content = bytes.take(size);
        return resolve_shared(file_, type, is_shared, {address, Bytes(content.begin(), content.end())}, where_);
    }

    void read_dense(Cursor body) {
        body.version(0);
        const std::uint8_t flags = body.u8();
        if ((flags & 1U) != 0) body.skip(2);
        const std::uint64_t heap_address = body.address();
        const std::uint64_t tree = body.address();
        if (heap_address == undefined_address) return;
        FractalHeap heap(file_, heap_address, where_);
        constexpr std::uint8_t attributes_by_name = 8;
        walk_btree2(file_, tree, attributes_by_name, where_, [&](Cursor record) {
            const Block object = heap.object(record.part(heap.id_bytes()));
            constexpr std::uint8_t shared_flag = 2;
            read_message(
                resolve_shared(file_, MessageType::attribute, (record.u8() & shared_flag) != 0, object, where_));
        });
    }

    File& file_;
    const std::string& where_;
    std::map<std::string, Attribute> attributes_;
};

}  // namespace

std::map<std::string, Attribute> read_attributes(File& file, const std::vector<Message>& messages,
                                                 const std::string& where) {
    return AttributeReader(file, where).read(messages);
}

std::vector<std::string> texts_of(File& file, const Attribute& attribute, std::size_t most, const std::string& where) {
    constexpr std::uint64_t most_texts = 100'000;
    const std::uint64_t count = attribute.space.count();
    if (count > most_texts) {
        throw FileError(where + ": has " + std::to_string(count) + " entries; at most " + std::to_string(most_texts) +
                        " are read");
    }
    if (count == 0) return {};  // of any type: NumPy makes an empty list one of numbers
    const auto check_length = [&](std::uint64_t length) {
        if (length > most) throw FileError(where + ": is longer than " + std::to_string(most) + " bytes");
    };
    Cursor data = file.cursor(attribute.data, where);
    std::vector<std::string> texts;
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        if (attribute.type.kind == Datatype::Kind::variable_text) {
            const std::uint64_t length = data.u32();
            const std::uint64_t collection = data.address();
            const std::uint64_t number = data.u32();
            check_length(length);
            total += length;
            if (total > file.size()) throw FileError(where + ": has more text than the file");
            if (length == 0) {
                texts.emplace_back();
                continue;
            }
            const std::span<const std::byte> object = file.global_heap().object(file, collection, number, where);
            if (object.size() < length)
                data.fail("a text of " + std::to_string(length) + " bytes, of which " + std::to_string(object.size()) +
                          " are there");
            texts.push_back(text_of(object.first(static_cast<std::size_t>(length))));
        } else if (attribute.type.kind == Datatype::Kind::fixed_text) {
            texts.push_back(text_of(data.take(attribute.type.size)));
            check_length(texts.back().size());
        } else {
            throw FileError(where + ": is no text");
        }
    }
    return texts;
}

}  // namespace markhor::formats::h5
