// The first frame of a GIF (https://www.w3.org/Graphics/GIF/spec-gif89a.txt), on the canvas that the file declares.
#include <algorithm>
#include <array>
#include <markhor/error.hpp>

#include "data/image_codec.hpp"

namespace markhor::data {
namespace {

class Gif {
public:
    Gif(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

    Image decode(const DecodeRequest& request) {
        at_ = 6;
        const std::int64_t width = half();
        const std::int64_t height = half();
        check_size(height, width, name_);
        if (request.header_only) return {{height, width}, 0, {}};
        const unsigned flags = byte();
        at_ += 2;  // background colour and aspect ratio
        if ((flags & 0x80U) != 0) palette_ = colors(flags);
        for (;;) {
            const unsigned block = byte();
            if (block == 0x2C) break;
            if (block != 0x21) fail("it holds no image");
            extension();
        }
        return from_rgba({height, width}, frame(height, width), request.channels);
    }

private:
    [[noreturn]] void fail(const char* why) const {
        throw FileError(name_ + ": the GIF image cannot be decoded: " + why);
    }

    unsigned byte() {
        if (at_ >= bytes_.size()) fail("it is truncated");
        return std::to_integer<unsigned>(bytes_[at_++]);
    }

    unsigned half() {
        const unsigned low = byte();
        return low | byte() << 8U;
    }

    std::span<const std::byte> colors(unsigned flags) {
        const std::size_t size = std::size_t{3} << ((flags & 7U) + 1);
        if (bytes_.size() < at_ || bytes_.size() - at_ < size) fail("it is truncated");
        const auto table = bytes_.subspan(at_, size);
        at_ += size;
        return table;
    }

    void extension() {
        const bool control = byte() == 0xF9;
        unsigned size = byte();
        if (control && size == 4 && (byte() & 1U) != 0) {
            at_ += 2;  // delay
            transparent_ = static_cast<int>(byte());
            size = byte();
        } else if (control && size == 4) {
            at_ += 3;
            size = byte();
        }
        for (; size != 0; size = byte()) at_ += size;
    }

    std::vector<std::uint8_t> frame(std::int64_t canvas_height, std::int64_t canvas_width) {
        const std::int64_t left = half();
        const std::int64_t top = half();
        const std::int64_t width = half();
        const std::int64_t height = half();
        const unsigned flags = byte();
        if ((flags & 0x80U) != 0) palette_ = colors(flags);
        if (width < 1 || height < 1 || left + width > canvas_width || top + height > canvas_height) {
            fail("its first frame lies outside the image");
        }
        const std::vector<std::uint8_t> indices = unpack(static_cast<std::size_t>(width * height));
        std::vector<std::uint8_t> rgba(static_cast<std::size_t>(canvas_height * canvas_width * 4), 0);
        const std::uint8_t* index = indices.data();
        const auto row = [&](std::int64_t y) {
            std::uint8_t* pixel = &rgba[static_cast<std::size_t>(((top + y) * canvas_width + left) * 4)];
            for (std::int64_t x = 0; x < width; ++x, ++index, pixel += 4) {
                if (*index == transparent_) continue;
                const std::size_t color = 3 * std::size_t{*index};
                if (color + 3 > palette_.size()) fail("a pixel lies outside its palette");
                for (std::size_t c = 0; c < 3; ++c) pixel[c] = std::to_integer<std::uint8_t>(palette_[color + c]);
                pixel[3] = 255;
            }
        };
        if ((flags & 0x40U) == 0) {
            for (std::int64_t y = 0; y < height; ++y) row(y);
        } else {
            for (const auto& [first, step] : {std::pair{0, 8}, {4, 8}, {2, 4}, {1, 2}}) {
                for (std::int64_t y = first; y < height; y += step) row(y);
            }
        }
        return rgba;
    }

    /// LZW: codes of growing width, each a string of indices that is an earlier one and one index more.
    std::vector<std::uint8_t> unpack(std::size_t wanted) {
        const unsigned start_bits = byte();
        if (start_bits < 1 || start_bits > 8) fail("a code size out of range");
        const unsigned clear = 1U << start_bits;
        constexpr unsigned most = 4096;
        std::array<std::uint16_t, most> prefix{};
        std::array<std::uint8_t, most> last{};
        std::array<std::uint8_t, most> stack{};
        for (unsigned i = 0; i < clear; ++i) last[i] = static_cast<std::uint8_t>(i);
        std::vector<std::uint8_t> output;
        unsigned bits = start_bits + 1;
        unsigned next = clear + 2;
        unsigned previous = most;  // none
        std::uint8_t first = 0;
        while (output.size() < wanted) {
            const unsigned code = read_code(bits);
            if (code == clear) {
                bits = start_bits + 1;
                next = clear + 2;
                previous = most;
                continue;
            }
            if (code == clear + 1) break;
            if (code > next || (code == next && previous == most)) fail("a code that was never defined");
            std::size_t depth = 0;
            unsigned walk = code;
            if (code == next) {  // the string being defined: the previous one and its own first index
                stack[depth++] = first;
                walk = previous;
            }
            for (; walk > clear; walk = prefix[walk]) stack[depth++] = last[walk];
            first = last[walk];
            output.push_back(first);
            while (depth > 0) output.push_back(stack[--depth]);
            if (previous != most && next < most) {
                prefix[next] = static_cast<std::uint16_t>(previous);
                last[next] = first;
                if (++next == 1U << bits && bits < 12) ++bits;
            }
            previous = code;
        }
        if (output.size() < wanted) fail("it is truncated");
        return output;
    }

    unsigned read_code(unsigned bits) {
        while (held_ < bits) {
            if (in_block_ == 0) in_block_ = byte();
            if (in_block_ == 0) fail("it is truncated");
            bits_ |= byte() << held_;
            held_ += 8;
            --in_block_;
        }
        const unsigned code = bits_ & ((1U << bits) - 1);
        bits_ >>= bits;
        held_ -= bits;
        return code;
    }

    std::span<const std::byte> bytes_;
    const std::string& name_;
    std::size_t at_ = 0;
    std::span<const std::byte> palette_;
    int transparent_ = -1;
    unsigned bits_ = 0;
    unsigned held_ = 0;
    unsigned in_block_ = 0;
};

}  // namespace

Image decode_gif(std::span<const std::byte> bytes, const DecodeRequest& request) {
    return Gif(bytes, request.name).decode(request);
}

}  // namespace markhor::data
