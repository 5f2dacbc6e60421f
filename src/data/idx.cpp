// The idx format of the MNIST files (http://yann.lecun.com/exdb/mnist/): two zero bytes, element type, number of axes,
// their sizes as big-endian 32-bit words, then the elements, big-endian.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <markhor/dataset.hpp>

#include "data/idx.hpp"

namespace markhor::data {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are swapped for a little-endian machine");

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t at) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) word = word << 8U | std::to_integer<std::uint32_t>(bytes[at + i]);
    return word;
}

DType type_of(unsigned code, const std::string& name) {
    switch (code) {
        case 0x08: return DType::uint8;
        case 0x0C: return DType::int32;
        case 0x0D: return DType::float32;
        case 0x09:
            throw FileError(name + ": holds signed bytes (idx type 0x09); unsigned bytes, int32 or float32 are wanted");
        case 0x0B: throw FileError(name + ": holds int16 (idx type 0x0B); unsigned bytes, int32 or float32 are wanted");
        case 0x0E:
            throw FileError(name + ": holds float64 (idx type 0x0E); unsigned bytes, int32 or float32 are wanted");
        default: break;
    }
    throw FileError(name + ": is not an idx file: there is no element type " + std::to_string(code));
}

constexpr std::size_t header_size(std::size_t rank) { return 4 + 4 * rank; }

}  // namespace

std::size_t idx_size(std::span<const std::byte> start, std::size_t most) {
    if (start.size() < 4) return start.size();
    const auto rank = std::to_integer<std::size_t>(start[3]);
    const std::size_t header = header_size(rank);
    if (start[0] != std::byte{0} || start[1] != std::byte{0} || rank < 1 || rank > 8 || start.size() < header) {
        return start.size();  // parse_idx says what is wrong with it
    }
    std::size_t size = 4;  // no element is wider
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const std::size_t extent = word_at(start, 4 + 4 * axis);
        if (extent == 0) return start.size();
        if (size > most / extent) return most;
        size *= extent;
    }
    return std::min(most, header + size);
}

Tensor parse_idx(std::span<const std::byte> bytes, const std::string& name) {
    if (bytes.size() < 4) {
        throw FileError(name + ": has " + std::to_string(bytes.size()) + " bytes; an idx file has at least 8");
    }
    if (bytes[0] != std::byte{0} || bytes[1] != std::byte{0}) {
        throw FileError(name + ": is not an idx file: it does not start with two zero bytes");
    }
    const DType dtype = type_of(std::to_integer<unsigned>(bytes[2]), name);
    const auto rank = std::to_integer<std::size_t>(bytes[3]);
    if (rank < 1 || rank > 8) throw FileError(name + ": has " + std::to_string(rank) + " axes; 1 to 8 are wanted");
    const std::size_t header = header_size(rank);
    if (bytes.size() < header) throw FileError(name + ": is truncated within its header");

    Shape shape;
    std::uint64_t elements = 1;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const std::uint64_t size = word_at(bytes, 4 + 4 * axis);
        if (size == 0) throw FileError(name + ": axis " + std::to_string(axis) + " has size 0; it holds nothing");
        shape.push_back(static_cast<std::int64_t>(size));
        if (elements > std::numeric_limits<std::uint64_t>::max() / 8 / size) {
            throw FileError(name + ": says it holds " + shape.str() + " elements, more than 64 bits can count");
        }
        elements *= size;
    }
    const std::uint64_t wanted = elements * size_of(dtype);
    const std::uint64_t came = bytes.size() - header;
    if (came != wanted) {
        throw FileError(name + ": " + (came < wanted ? "is truncated: " : "has bytes after its end: ") +
                        std::to_string(came) + " bytes of elements came; " + shape.str() + " of " +
                        std::string(name_of(dtype)) + " are " + std::to_string(wanted));
    }

    Tensor tensor(shape, dtype);
    const std::byte* source = bytes.data() + header;
    if (dtype == DType::uint8) {
        std::memcpy(tensor.raw(), source, wanted);
        return tensor;
    }
    auto* target = static_cast<std::byte*>(tensor.raw());
    for (std::uint64_t i = 0; i < wanted; i += 4) {
        const std::array<std::byte, 4> swapped{source[i + 3], source[i + 2], source[i + 1], source[i]};
        std::memcpy(target + i, swapped.data(), 4);
    }
    return tensor;
}

}  // namespace markhor::data
