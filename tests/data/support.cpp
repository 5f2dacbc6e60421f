#include "support.hpp"

#include <png.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
//
#include <jpeglib.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace markhor::data::test {

void write(const std::filesystem::path& file, const Bytes& bytes) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(stream.good()) << file;
}

void write_gzip(const std::filesystem::path& file, const Bytes& bytes) {
    gzFile gz = gzopen(file.c_str(), "wb");
    ASSERT_NE(gz, nullptr) << file;
    ASSERT_EQ(gzwrite(gz, bytes.data(), static_cast<unsigned>(bytes.size())), static_cast<int>(bytes.size()));
    ASSERT_EQ(gzclose(gz), Z_OK);
}

Bytes read(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(stream), {}};
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

Bytes idx(unsigned type, const std::vector<std::uint32_t>& sizes, const std::vector<std::uint8_t>& elements) {
    Bytes bytes{std::byte{0}, std::byte{0}, static_cast<std::byte>(type), static_cast<std::byte>(sizes.size())};
    for (const std::uint32_t size : sizes) {
        for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::byte>(size >> shift & 0xFFU));
    }
    for (const std::uint8_t element : elements) bytes.push_back(static_cast<std::byte>(element));
    return bytes;
}

void write_idx_set(const std::filesystem::path& folder) {
    std::vector<std::uint8_t> pixels(4 * 6);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(10 * i);
    write(folder / "train-images-idx3-ubyte", idx(8, {4, 2, 3}, pixels));
    write(folder / "train-labels-idx1-ubyte", idx(8, {4}, {0, 1, 2, 1}));
    pixels.resize(2 * 6);
    write_gzip(folder / "t10k-images-idx3-ubyte.gz", idx(8, {2, 2, 3}, pixels));
    write_gzip(folder / "t10k-labels-idx1-ubyte.gz", idx(8, {2}, {2, 0}));
}

namespace {

struct PngLayout {
    int depth;
    int color;
    std::size_t samples;  // a pixel
};

PngLayout layout_of(PngKind kind) {
    switch (kind) {
        case PngKind::grey: return {8, PNG_COLOR_TYPE_GRAY, 1};
        case PngKind::grey_alpha: return {8, PNG_COLOR_TYPE_GRAY_ALPHA, 2};
        case PngKind::rgba: return {8, PNG_COLOR_TYPE_RGB_ALPHA, 4};
        case PngKind::palette: return {8, PNG_COLOR_TYPE_PALETTE, 1};
        case PngKind::grey16: return {16, PNG_COLOR_TYPE_GRAY, 1};
        case PngKind::rgb16: return {16, PNG_COLOR_TYPE_RGB, 3};
        case PngKind::grey1: return {1, PNG_COLOR_TYPE_GRAY, 1};
        case PngKind::rgb:
        case PngKind::interlaced_rgb: break;
    }
    return {8, PNG_COLOR_TYPE_RGB, 3};
}

std::vector<std::uint8_t> png_samples(std::uint32_t index, PngKind kind, const PngLayout& layout) {
    const auto value = static_cast<std::uint8_t>(40 * index);
    if (kind == PngKind::palette) return {static_cast<std::uint8_t>(index)};
    std::vector<std::uint8_t> samples(layout.samples, 128);
    samples[0] = value;
    if (layout.samples >= 3) {
        samples[1] = 10;
        samples[2] = static_cast<std::uint8_t>(250 - value);
    }
    if (layout.depth < 16) return samples;
    std::vector<std::uint8_t> wide;
    for (const std::uint8_t sample : samples) wide.insert(wide.end(), {sample, 77});  // the low byte must not matter
    return wide;
}

}  // namespace

Bytes png(std::uint32_t width, std::uint32_t height, PngKind kind) {
    const PngLayout layout = layout_of(kind);
    Bytes bytes;
    png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(writer);
    if (setjmp(png_jmpbuf(writer)) != 0) std::abort();
    png_set_write_fn(
        writer, &bytes,
        [](png_structp png, png_bytep data, std::size_t size) {
            const auto* begin = reinterpret_cast<const std::byte*>(data);
            auto* target = static_cast<Bytes*>(png_get_io_ptr(png));
            target->insert(target->end(), begin, begin + size);
        },
        nullptr);
    png_set_IHDR(writer, info, width, height, layout.depth, layout.color,
                 kind == PngKind::interlaced_rgb ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (kind == PngKind::palette) {
        std::vector<png_color> colors;
        for (unsigned i = 0; i < width * height; ++i) {
            colors.push_back({static_cast<png_byte>(40 * i), 10, static_cast<png_byte>(250 - 40 * i)});
        }
        png_set_PLTE(writer, info, colors.data(), static_cast<int>(colors.size()));
    }
    png_write_info(writer, info);
    std::vector<std::vector<std::uint8_t>> rows(height);
    std::vector<png_bytep> pointers;
    for (std::uint32_t y = 0; y < height; ++y) {
        for (std::uint32_t x = 0; x < width; ++x) {
            if (kind == PngKind::grey1) {
                if (x % 8 == 0) rows[y].push_back(0);
                if (x % 2 == 1) rows[y].back() = static_cast<std::uint8_t>(rows[y].back() | 0x80U >> x % 8);
                continue;
            }
            const auto samples = png_samples(y * width + x, kind, layout);
            rows[y].insert(rows[y].end(), samples.begin(), samples.end());
        }
        pointers.push_back(rows[y].data());
    }
    png_write_image(writer, pointers.data());
    png_write_end(writer, nullptr);
    png_destroy_write_struct(&writer, &info);
    return bytes;
}

Bytes jpeg(unsigned width, unsigned height, JpegKind kind) {
    jpeg_compress_struct writer{};
    jpeg_error_mgr errors{};
    writer.err = jpeg_std_error(&errors);
    jpeg_create_compress(&writer);
    unsigned char* memory = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&writer, &memory, &size);
    writer.image_width = width;
    writer.image_height = height;
    writer.input_components = kind == JpegKind::grey ? 1 : kind == JpegKind::cmyk ? 4 : 3;
    writer.in_color_space = kind == JpegKind::grey ? JCS_GRAYSCALE : kind == JpegKind::cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&writer);
    jpeg_set_quality(&writer, 100, TRUE);
    if (kind == JpegKind::progressive) jpeg_simple_progression(&writer);
    jpeg_start_compress(&writer, TRUE);
    const std::vector<unsigned char> pixel =
        kind == JpegKind::grey ? std::vector<unsigned char>{100} : std::vector<unsigned char>{200, 100, 50, 0};
    std::vector<unsigned char> line;
    for (unsigned x = 0; x < width; ++x)
        line.insert(line.end(), pixel.begin(), pixel.begin() + writer.input_components);
    while (writer.next_scanline < height) {
        JSAMPROW row = line.data();
        jpeg_write_scanlines(&writer, &row, 1);
    }
    jpeg_finish_compress(&writer);
    jpeg_destroy_compress(&writer);
    const auto bytes = std::as_bytes(std::span(memory, size));
    Bytes result(bytes.begin(), bytes.end());
    std::free(memory);
    return result;
}

}  // namespace markhor::data::test
