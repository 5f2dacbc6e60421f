// JPEG through libjpeg(-turbo). Its errors are long jumps, so the functions that call it own nothing that needs a destructor.
#include <cstdio>  // before jpeglib.h, which needs FILE and does not say so
//
#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <markhor/error.hpp>
#include <span>

#include "data/image_codec.hpp"

namespace markhor::data {
namespace {

constexpr int max_scans = 500;  // a progressive file of a few kilobytes can ask for thousands of passes

struct Reader {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    std::jmp_buf back{};
    char error[JMSG_LENGTH_MAX] = {};
    std::span<const std::byte> bytes;

    explicit Reader(std::span<const std::byte> input) : bytes(input) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { jpeg_destroy_decompress(&jpeg); }
};

[[noreturn]] void on_error(j_common_ptr info) {
    auto* reader = static_cast<Reader*>(info->client_data);
    info->err->format_message(info, reader->error);
    std::longjmp(reader->back, 1);
}

/// libjpeg goes on with grey pixels where data is missing; here that is an error. Its other complaints (bytes between
/// segments, an odd header) leave the pixels whole.
void on_message(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
        case JWRN_BOGUS_PROGRESSION:
        case JWRN_HIT_MARKER:
        case JWRN_HUFF_BAD_CODE:
        case JWRN_JPEG_EOF:
        case JWRN_MUST_RESYNC:
        case JWRN_NOT_SEQUENTIAL: on_error(info);
        default: break;
    }
}

void on_progress(j_common_ptr info) {
    if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > max_scans) {
        ERREXIT1(info, JERR_BAD_PROGRESSION, max_scans);
    }
}

bool open(Reader& reader) {
    reader.jpeg.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = on_error;
    reader.errors.emit_message = on_message;
    reader.jpeg.client_data = &reader;
    if (setjmp(reader.back) != 0) return false;
    jpeg_create_decompress(&reader.jpeg);
    reader.progress.progress_monitor = on_progress;
    reader.jpeg.progress = &reader.progress;
    jpeg_mem_src(&reader.jpeg, reinterpret_cast<const unsigned char*>(reader.bytes.data()),
                 static_cast<unsigned long>(reader.bytes.size()));
    jpeg_read_header(&reader.jpeg, TRUE);
    return true;
}

bool read_rows(Reader& reader, unsigned char* pixels, std::size_t row_bytes) {
    if (setjmp(reader.back) != 0) return false;
    jpeg_start_decompress(&reader.jpeg);
    while (reader.jpeg.output_scanline < reader.jpeg.output_height) {
        JSAMPROW row = pixels + row_bytes * reader.jpeg.output_scanline;
        jpeg_read_scanlines(&reader.jpeg, &row, 1);
    }
    jpeg_finish_decompress(&reader.jpeg);
    return true;
}

[[noreturn]] void fail(const Reader& reader, const std::string& name) {
    throw FileError(name + ": the JPEG image cannot be decoded: " + reader.error);
}

}  // namespace

Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name, bool header_only) {
    Reader reader(bytes);
    if (!open(reader)) fail(reader, name);
    check_size(reader.jpeg.image_height, reader.jpeg.image_width, name);
    const J_COLOR_SPACE space = reader.jpeg.jpeg_color_space;
    if (space == JCS_CMYK || space == JCS_YCCK || space == JCS_UNKNOWN) {
        throw FileError(name + ": is a JPEG image in CMYK or an unknown colour space; grey and RGB are read");
    }
    const bool grey = space == JCS_GRAYSCALE;
    reader.jpeg.out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    Image image{{reader.jpeg.image_height, reader.jpeg.image_width}, grey ? 1 : 3, {}};
    if (header_only) return image;
    const std::size_t row_bytes = static_cast<std::size_t>(image.size.width * image.channels);
    image.pixels.resize(row_bytes * static_cast<std::size_t>(image.size.height));
    if (!read_rows(reader, image.pixels.data(), row_bytes)) fail(reader, name);
    return image;
}

}  // namespace markhor::data
