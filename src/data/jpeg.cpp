// JPEG through libjpeg(-turbo). Its errors are long jumps, so the functions that call it own nothing that needs a
// destructor.
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

struct JpegReader {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    std::jmp_buf back{};
    char error[JMSG_LENGTH_MAX] = {};
    std::span<const std::byte> bytes;

    explicit JpegReader(std::span<const std::byte> input) : bytes(input) {}
    JpegReader(const JpegReader&) = delete;
    JpegReader& operator=(const JpegReader&) = delete;
    ~JpegReader() { jpeg_destroy_decompress(&jpeg); }
};

[[noreturn]] void jpeg_error(j_common_ptr info) {
    auto* reader = static_cast<JpegReader*>(info->client_data);
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
        case JWRN_NOT_SEQUENTIAL: jpeg_error(info);
        default: break;
    }
}

void on_progress(j_common_ptr info) {
    if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > max_scans) {
        ERREXIT1(info, JERR_BAD_PROGRESSION, max_scans);
    }
}

bool open(JpegReader& reader) {
    reader.jpeg.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = jpeg_error;
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

bool read_rows(JpegReader& reader, unsigned char* pixels, std::size_t row_bytes) {
    if (setjmp(reader.back) != 0) return false;
    jpeg_start_decompress(&reader.jpeg);
    while (reader.jpeg.output_scanline < reader.jpeg.output_height) {
        JSAMPROW row = pixels + row_bytes * reader.jpeg.output_scanline;
        jpeg_read_scanlines(&reader.jpeg, &row, 1);
    }
    jpeg_finish_decompress(&reader.jpeg);
    return true;
}

[[noreturn]] void fail(const JpegReader& reader, const std::string& name) {
    throw FileError(name + ": the JPEG image cannot be decoded: " + reader.error);
}

bool is_cmyk(const JpegReader& reader) { return reader.jpeg.out_color_space == JCS_CMYK; }

J_COLOR_SPACE wanted_space(const JpegReader& reader, std::int64_t channels) {
    const J_COLOR_SPACE space = reader.jpeg.jpeg_color_space;
    if (space == JCS_CMYK || space == JCS_YCCK) return JCS_CMYK;
    return channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_EXT_RGBA;
}

/// Inks to light, without a colour profile. Files that Adobe's programs marked hold inverted inks.
std::vector<std::uint8_t> rgba_of_cmyk(const std::vector<std::uint8_t>& inks, bool inverted) {
    std::vector<std::uint8_t> rgba(inks.size(), 255);
    for (std::size_t i = 0; i < inks.size(); i += 4) {
        const unsigned black = inverted ? inks[i + 3] : 255U - inks[i + 3];
        for (std::size_t c = 0; c < 3; ++c) {
            rgba[i + c] = static_cast<std::uint8_t>(black * (inverted ? inks[i + c] : 255U - inks[i + c]) / 255);
        }
    }
    return rgba;
}

}  // namespace

unsigned scale_denominator(ImageSize whole, ImageSize at_least) {
    unsigned chosen = 1;
    if (at_least.height < 1 || at_least.width < 1) return chosen;
    const auto fits = [](std::int64_t size, unsigned by, std::int64_t least) { return (size + by - 1) / by >= least; };
    for (const unsigned by : {2U, 4U, 8U}) {
        if (fits(whole.height, by, at_least.height) && fits(whole.width, by, at_least.width)) chosen = by;
    }
    return chosen;
}

Image decode_jpeg(std::span<const std::byte> bytes, const DecodeRequest& request) {
    JpegReader reader(bytes);
    if (!open(reader)) fail(reader, request.name);
    const ImageSize whole{reader.jpeg.image_height, reader.jpeg.image_width};
    const unsigned by = scale_denominator(whole, request.at_least);
    const ImageSize part{(whole.height + by - 1) / by, (whole.width + by - 1) / by};
    // A progressive image is held whole however it is scaled, a sequential one only by rows.
    const bool by_rows = by > 1 && jpeg_has_multiple_scans(&reader.jpeg) == FALSE;
    if (!request.header_only || whole.height * whole.width > max_scaled_pixels) {
        const ImageSize held = by_rows && whole.height * whole.width <= max_scaled_pixels ? part : whole;
        check_size(held.height, held.width, request.name);
    }
    if (reader.jpeg.jpeg_color_space == JCS_UNKNOWN) {
        throw FileError(request.name + ": is a JPEG image in an unknown colour space; grey, RGB and CMYK are read");
    }
    if (request.header_only) return {whole, 0, {}};
    reader.jpeg.dct_method = JDCT_IFAST;  // TensorFlow's choice, whose pixels these are to be
    reader.jpeg.scale_num = 1;
    reader.jpeg.scale_denom = by;
    reader.jpeg.out_color_space = wanted_space(reader, request.channels);
    Image image{part, is_cmyk(reader) ? 4 : request.channels, {}};
    const std::size_t row_bytes = static_cast<std::size_t>(image.size.width * image.channels);
    image.pixels.resize(row_bytes * static_cast<std::size_t>(image.size.height));
    if (!read_rows(reader, image.pixels.data(), row_bytes)) fail(reader, request.name);
    if (!is_cmyk(reader)) return image;
    return from_rgba(image.size, rgba_of_cmyk(image.pixels, reader.jpeg.saw_Adobe_marker != 0), request.channels);
}

}  // namespace markhor::data
