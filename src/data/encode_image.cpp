#include "data/encode_image.hpp"

#include <cstdio>  // before jpeglib.h, which needs FILE and does not say so
//
#include <jpeglib.h>
#include <png.h>

#include <csetjmp>
#include <cstdlib>
#include <markhor/error.hpp>

namespace markhor::data {
namespace {

/// libjpeg's errors are long jumps: what it allocates is freed here, and nothing that owns memory lives beside it.
struct Writer {
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors{};
    std::jmp_buf back{};
    char error[JMSG_LENGTH_MAX] = {};
    unsigned char* memory = nullptr;
    unsigned long size = 0;

    Writer() = default;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
        jpeg_destroy_compress(&jpeg);
        std::free(memory);
    }
};

[[noreturn]] void on_error(j_common_ptr info) {
    auto* writer = static_cast<Writer*>(info->client_data);
    info->err->format_message(info, writer->error);
    std::longjmp(writer->back, 1);
}

bool write(Writer& writer, const Image& image, int quality) {
    writer.jpeg.err = jpeg_std_error(&writer.errors);
    writer.errors.error_exit = on_error;
    writer.jpeg.client_data = &writer;
    if (setjmp(writer.back) != 0) return false;
    jpeg_create_compress(&writer.jpeg);
    jpeg_mem_dest(&writer.jpeg, &writer.memory, &writer.size);
    writer.jpeg.image_height = static_cast<JDIMENSION>(image.size.height);
    writer.jpeg.image_width = static_cast<JDIMENSION>(image.size.width);
    writer.jpeg.input_components = static_cast<int>(image.channels);
    writer.jpeg.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&writer.jpeg);
    jpeg_set_quality(&writer.jpeg, quality, TRUE);
    jpeg_start_compress(&writer.jpeg, TRUE);
    const std::size_t row_bytes = image.pixels.size() / static_cast<std::size_t>(image.size.height);
    while (writer.jpeg.next_scanline < writer.jpeg.image_height) {
        JSAMPROW row = const_cast<unsigned char*>(image.pixels.data() + row_bytes * writer.jpeg.next_scanline);
        jpeg_write_scanlines(&writer.jpeg, &row, 1);
    }
    jpeg_finish_compress(&writer.jpeg);
    return true;
}

}  // namespace

std::string encode_png(const Image& image) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.height = static_cast<png_uint_32>(image.size.height);
    png.width = static_cast<png_uint_32>(image.size.width);
    png.format = image.channels == 1 ? PNG_FORMAT_GRAY : image.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
    std::string file(size, '\0');
    if (png_image_write_to_memory(&png, file.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
        throw Error(std::string("the PNG image cannot be made: ") + png.message);
    }
    file.resize(size);
    return file;
}

std::string encode_jpeg(const Image& image, int quality) {
    Writer writer;
    if (!write(writer, image, quality)) throw Error(std::string("the JPEG image cannot be made: ") + writer.error);
    return {reinterpret_cast<const char*>(writer.memory), writer.size};
}

}  // namespace markhor::data
