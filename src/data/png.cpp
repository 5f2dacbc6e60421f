// PNG through libpng. Its errors are long jumps, so the functions that call it own nothing that needs a destructor.
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <markhor/error.hpp>
#include <span>

#include "data/image_codec.hpp"

namespace markhor::data {
namespace {

struct PngReader {
    std::span<const std::byte> bytes;
    std::size_t at = 0;
    char error[120] = {};
    png_structp png = nullptr;
    png_infop info = nullptr;
    png_uint_32 width = 0;
    png_uint_32 height = 0;

    explicit PngReader(std::span<const std::byte> input) : bytes(input) {}
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;
    ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(reader->error, message, sizeof reader->error - 1);
    png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void read_some(png_structp png, png_bytep target, std::size_t size) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > reader->bytes.size() - reader->at) png_error(png, "the file is truncated");
    std::memcpy(target, reader->bytes.data() + reader->at, size);
    reader->at += size;
}

bool open(PngReader& reader) {
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
    if (reader.png == nullptr) return false;
    reader.info = png_create_info_struct(reader.png);
    if (reader.info == nullptr) return false;
    if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
    png_set_read_fn(reader.png, &reader, read_some);
    png_set_user_limits(reader.png, 0x7FFFFFFF, 0x7FFFFFFF);  // sizes are judged by check_size, with a better message
    png_set_chunk_malloc_max(reader.png, 8U << 20U);
    png_set_chunk_cache_max(reader.png, 128);
    png_read_info(reader.png, reader.info);
    reader.width = png_get_image_width(reader.png, reader.info);
    reader.height = png_get_image_height(reader.png, reader.info);
    return true;
}

/// Takes memory for a row, so not before the size was checked.
bool prepare(PngReader& reader, std::int64_t channels) {
    if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
    png_set_expand(reader.png);  // palettes to RGB, grey of less than 8 bits to 8, a transparent colour to alpha
    png_set_strip_16(reader.png);
    if (channels == 1) {
        constexpr int silent = 1;
        png_set_rgb_to_gray(reader.png, silent, 0.299, 0.587);
    } else {
        png_set_gray_to_rgb(reader.png);
    }
    if (channels == 4) {
        png_set_add_alpha(reader.png, 255, PNG_FILLER_AFTER);
    } else {
        png_set_strip_alpha(reader.png);
    }
    png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    return true;
}

bool read_rows(PngReader& reader, png_bytepp rows) {
    if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
    png_read_image(reader.png, rows);
    png_read_end(reader.png, nullptr);
    return true;
}

[[noreturn]] void fail(const PngReader& reader, const std::string& name) {
    throw FileError(name + ": the PNG image cannot be decoded: " + reader.error);
}

}  // namespace

Image decode_png(std::span<const std::byte> bytes, const DecodeRequest& request) {
    PngReader reader(bytes);
    if (!open(reader)) fail(reader, request.name);
    check_size(reader.height, reader.width, request.name);
    Image image{{reader.height, reader.width}, request.channels, {}};
    if (request.header_only) return image;
    if (!prepare(reader, request.channels)) fail(reader, request.name);
    const std::size_t row_bytes = std::size_t{reader.width} * static_cast<std::size_t>(request.channels);
    if (png_get_rowbytes(reader.png, reader.info) != row_bytes) {
        throw FileError(request.name + ": the PNG image has pixels of a kind that is not read");
    }
    image.pixels.resize(row_bytes * reader.height);
    std::vector<png_bytep> rows(reader.height);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = image.pixels.data() + i * row_bytes;
    if (!read_rows(reader, rows.data())) fail(reader, request.name);
    return image;
}

}  // namespace markhor::data
