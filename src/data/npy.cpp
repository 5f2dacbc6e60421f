// The .npy format: a magic string, a version, the length of a header, the header (a Python dictionary as text), the
// elements. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <markhor/error.hpp>
#include <optional>
#include <string_view>

#include "data/npz.hpp"

namespace markhor::data {
namespace {

// Reads the one dictionary that NumPy writes: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. Anything
// else fails.
class NpyHeader {
public:
    NpyHeader(std::string_view header, const std::string& where) : rest_(header), where_(where) {
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr" && !descr) {
                descr = quoted();
            } else if (key == "fortran_order" && !fortran_order) {
                fortran_order = truth();
            } else if (key == "shape" && !shape) {
                shape = sizes();
            } else {
                fail();
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip_space();
        if (!rest_.empty() || !descr || !fortran_order || !shape) fail();
    }

    std::optional<std::string> descr;
    std::optional<bool> fortran_order;
    std::optional<Shape> shape;

private:
    [[noreturn]] void fail() const { throw FileError(where_ + ": its header is not one that NumPy writes"); }

    void skip_space() {
        const std::size_t end = rest_.find_first_not_of(" \n");
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    }
    bool accept(char c) {
        skip_space();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail();
    }
    bool accept(std::string_view word) {
        skip_space();
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    std::string quoted() {
        // A list in this place describes records of several fields.
        if (accept('[')) throw FileError(where_ + ": an array of records; one of plain numbers is wanted");
        const char quote = accept('"') ? '"' : '\'';
        if (quote == '\'') expect('\'');
        const std::size_t end = rest_.find(quote);
        if (end == std::string_view::npos) fail();
        std::string text(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        return text;
    }
    bool truth() {
        if (accept(std::string_view("True"))) return true;
        if (!accept(std::string_view("False"))) fail();
        return false;
    }
    Shape sizes() {
        Shape read;
        expect('(');
        while (!accept(')')) {
            skip_space();
            std::int64_t size = 0;
            const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
            if (error != std::errc() || size < 0 || read.rank() == 64) fail();
            rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
            read.push_back(size);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return read;
    }

    std::string_view rest_;
    const std::string& where_;
};

struct Elements {
    DType dtype;        // of the tensor they become
    std::size_t width;  // bytes of one in the file
};

Elements elements_of_descr(const std::string& descr, const std::string& where) {
    if (descr == "<f2") return {DType::float32, 2};
    if (descr == "<f4") return {DType::float32, 4};
    if (descr == "<f8") return {DType::float64, 8};
    if (descr == "<i4") return {DType::int32, 4};
    if (descr == "<i8") return {DType::int64, 8};
    if (descr == "|u1") return {DType::uint8, 1};
    throw FileError(where + ": its elements are '" + descr.substr(0, 20) +
                    "'; float16, float32, float64, int32, int64 or uint8 in little-endian order is wanted");
}

/// IEEE 754's half precision.
float from_half(std::uint16_t half) {
    const int exponent = half >> 10 & 31;
    const int fraction = half & 1023;
    const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
    if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
    return sign * (exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                 : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25));
}

}  // namespace

Tensor parse_npy(std::span<const std::byte> bytes, const std::string& name) {
    constexpr std::string_view magic = "\x93NUMPY";
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    if (bytes.size() < 12 || std::string_view(text, magic.size()) != magic) {
        throw FileError(name + ": not an array in NumPy's .npy format");
    }
    const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
    const std::size_t version = byte(6);
    if (version < 1 || version > 3) {
        throw FileError(name + ": version " + std::to_string(version) + " of the .npy format; 1, 2 or 3 is wanted");
    }
    const std::size_t start = version == 1 ? 10 : 12;
    const std::size_t length =
        version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
    if (length > bytes.size() - start) throw FileError(name + ": truncated within its header");
    const NpyHeader header(std::string_view(text + start, length), name);
    if (*header.fortran_order) throw FileError(name + ": stored in Fortran order; C order is wanted");
    const auto [dtype, width] = elements_of_descr(*header.descr, name);

    const std::span<const std::byte> elements = bytes.subspan(start + length);
    std::int64_t count = 0;
    try {
        count = header.shape->elements();
    } catch (const ShapeError& error) {
        throw FileError(name + ": " + error.what());
    }
    if (elements.size() % width != 0 || static_cast<std::uint64_t>(count) != elements.size() / width) {
        throw FileError(name + ": has " + std::to_string(elements.size()) + " bytes of elements; its shape " +
                        header.shape->str() + " of '" + *header.descr + "' wants " + std::to_string(count) + " times " +
                        std::to_string(width));
    }
    Tensor tensor(*header.shape, dtype);
    if (width == size_of(dtype)) {
        if (!elements.empty()) std::memcpy(tensor.raw(), elements.data(), elements.size());
        return tensor;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        std::uint16_t half = 0;
        std::memcpy(&half, elements.data() + i * width, width);
        tensor.data<float>()[i] = from_half(half);
    }
    return tensor;
}

}  // namespace markhor::data
