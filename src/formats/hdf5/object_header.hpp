// Object headers: the list of messages that describe a group or a dataset, in the older form and in the newer one
// ("OHDR"), each with its continuations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/hdf5/cursor.hpp"
#include "formats/hdf5/file.hpp"

namespace markhor::formats::h5 {

enum class MessageType : std::uint8_t {
    dataspace = 0x01,
    link_info = 0x02,
    datatype = 0x03,
    old_fill_value = 0x04,
    fill_value = 0x05,
    link = 0x06,
    external_files = 0x07,
    layout = 0x08,
    filters = 0x0B,
    attribute = 0x0C,
    continuation = 0x10,
    symbol_table = 0x11,
    attribute_info = 0x15,
};

struct Message {
    MessageType type;
    bool is_shared = false;  ///< the body says only where the message itself is
    Block body;
};

/// All messages of the header at the address, in the file's order. Throws FileError for a damaged one.
std::vector<Message> read_object_header(File& file, std::uint64_t address, const std::string& where);

/// The first message of the type; null where there is none.
const Message* find_message(const std::vector<Message>& messages, MessageType type) noexcept;

/// The body that a message which may be shared stands for: a type that several datasets use (a committed one).
Block resolve_shared(File& file, MessageType type, bool is_shared, Block body, const std::string& where);
inline Block resolve_shared(File& file, const Message& message, const std::string& where) {
    return resolve_shared(file, message.type, message.is_shared, message.body, where);
}

}  // namespace markhor::formats::h5
