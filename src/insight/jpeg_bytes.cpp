// A picture as a JPEG file, through libjpeg(-turbo). Its errors are long jumps, so the function that calls it owns
// nothing that needs a destructor.
#include <cstdio>  // before jpeglib.h, which needs FILE and does not say so
//
#include <jpeglib.h>

#include <csetjmp>
#include <cstdlib>
#include <markhor/error.hpp>

#include "insight/image_uri.hpp"

namespace markhor::insight {
namespace {

constexpr int quality = 92;

struct Writer {
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors{};
    std::jmp_buf back{};
    char error[JMSG_LENGTH_MAX] = {};
    unsigned char* bytes = nullptr;
    unsigned long size = 0;

    Writer() = default;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
        jpeg_destroy_compress(&jpeg);
        std::free(bytes);
    }
};

[[noreturn]] void on_error(j_common_ptr info) {
    auto* writer = static_cast<Writer*>(info->client_data);
    info->err->format_message(info, writer->error);
    std::longjmp(writer->back, 1);
}

bool write(Writer& writer, const std::uint8_t* pixels, JDIMENSION height, JDIMENSION width, int channels) {
    writer.jpeg.err = jpeg_std_error(&writer.errors);
    writer.errors.error_exit = on_error;
    writer.jpeg.client_data = &writer;
    if (setjmp(writer.back) != 0) return false;  // NOLINT(cert-err52-cpp): libjpeg's way
    jpeg_create_compress(&writer.jpeg);
    jpeg_mem_dest(&writer.jpeg, &writer.bytes, &writer.size);
    writer.jpeg.image_height = height;
    writer.jpeg.image_width = width;
    writer.jpeg.input_components = channels;
    writer.jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&writer.jpeg);
    jpeg_set_quality(&writer.jpeg, quality, TRUE);
    jpeg_start_compress(&writer.jpeg, TRUE);
    while (writer.jpeg.next_scanline < height) {
        auto* row = const_cast<std::uint8_t*>(pixels) +  // read only, but libjpeg's type says otherwise
                    static_cast<std::size_t>(writer.jpeg.next_scanline) * width * static_cast<std::size_t>(channels);
        jpeg_write_scanlines(&writer.jpeg, &row, 1);
    }
    jpeg_finish_compress(&writer.jpeg);
    return true;
}

}  // namespace

std::vector<std::uint8_t> jpeg_bytes(const Shape& shape, std::span<const std::uint8_t> pixels) {
    if (shape.rank() != 3 || (shape[2] != 1 && shape[2] != 3) ||
        shape.elements() != static_cast<std::int64_t>(pixels.size()) || shape[0] > JPEG_MAX_DIMENSION ||
        shape[1] > JPEG_MAX_DIMENSION) {
        throw ShapeError("jpeg: got " + std::to_string(pixels.size()) + " bytes for an image of shape " + shape.str() +
                         "; expected (height, width, 1 or 3), up to 65500 pixels high and wide, and as many bytes");
    }
    Writer writer;
    if (!write(writer, pixels.data(), static_cast<JDIMENSION>(shape[0]), static_cast<JDIMENSION>(shape[1]),
               static_cast<int>(shape[2]))) {
        throw Error("jpeg: the image " + shape.str() + " cannot be written: " + std::string(writer.error));
    }
    return {writer.bytes, writer.bytes + writer.size};
}

}  // namespace markhor::insight
