// Protocol buffers as written (https://protobuf.dev/programming-guides/encoding): just enough for ONNX's messages.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace markhor::exporting {

/// A message that grows field by field.
class Message {
public:
    void integer(int field, std::int64_t value) {
        tag(field, 0);
        varint(static_cast<std::uint64_t>(value));
    }
    void number(int field, float value) {
        tag(field, 5);
        auto bits = std::bit_cast<std::uint32_t>(value);
        for (int i = 0; i < 4; ++i, bits >>= 8U) bytes_.push_back(static_cast<char>(bits & 0xFFU));
    }
    void text(int field, std::string_view value) {
        tag(field, 2);
        varint(value.size());
        bytes_.append(value);
    }
    void message(int field, const Message& value) { text(field, value.bytes_); }

    const std::string& bytes() const noexcept { return bytes_; }

private:
    void tag(int field, unsigned type) { varint((static_cast<std::uint64_t>(field) << 3U) | type); }
    void varint(std::uint64_t value) {
        for (; value >= 0x80U; value >>= 7U) bytes_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
        bytes_.push_back(static_cast<char>(value));
    }

    std::string bytes_;
};

}  // namespace markhor::exporting
