// EXIF orientations: found in each kind of file, applied as a viewer does, and harmless where they are nonsense.
#include "data/exif.hpp"

#include <zlib.h>

#include <markhor/utils.hpp>

#include "support.hpp"

namespace markhor::data {
namespace {

using test::Bytes;
using test::jpeg;
using test::png;
using test::PngKind;
using test::TemporaryFolder;
using ::testing::ElementsAre;

Bytes bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

Bytes number(std::uint32_t value, unsigned size, bool big) {
    Bytes bytes;
    for (unsigned i = 0; i < size; ++i) {
        bytes.push_back(static_cast<std::byte>(value >> 8U * (big ? size - 1 - i : i) & 0xFFU));
    }
    return bytes;
}

/// A TIFF structure of one directory: an entry of another kind, then the orientation.
Bytes tiff(std::uint32_t orientation, bool big = false, std::uint32_t type = 3) {
    Bytes bytes = bytes_of(big ? std::string_view("MM\0*", 4) : std::string_view("II*\0", 4));
    append(bytes, number(8, 4, big));
    append(bytes, number(2, 2, big));
    for (const std::uint32_t tag : {0x010FU, 0x0112U}) {
        append(bytes, number(tag, 2, big));
        append(bytes, number(type, 2, big));
        append(bytes, number(1, 4, big));
        append(bytes, number(orientation, 2, big));
        append(bytes, number(0, 2, big));
    }
    append(bytes, number(0, 4, big));
    return bytes;
}

Bytes in_jpeg(const Bytes& image, const Bytes& tiff) {
    Bytes bytes(image.begin(), image.begin() + 2);
    append(bytes, bytes_of("\xFF\xE1"));
    append(bytes, number(static_cast<std::uint32_t>(tiff.size() + 8), 2, true));
    append(bytes, bytes_of(std::string_view("Exif\0\0", 6)));
    append(bytes, tiff);
    bytes.insert(bytes.end(), image.begin() + 2, image.end());
    return bytes;
}

Bytes in_png(const Bytes& image, const Bytes& tiff) {
    constexpr std::ptrdiff_t after_header = 33;
    Bytes bytes(image.begin(), image.begin() + after_header);
    Bytes chunk = bytes_of("eXIf");
    append(chunk, tiff);
    append(bytes, number(static_cast<std::uint32_t>(tiff.size()), 4, true));
    append(bytes, chunk);
    const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(chunk.size()));
    append(bytes, number(static_cast<std::uint32_t>(sum), 4, true));
    bytes.insert(bytes.end(), image.begin() + after_header, image.end());
    return bytes;
}

std::vector<int> turned_pixels(int orientation) {
    const Bytes file = in_png(png(3, 2, PngKind::grey), tiff(static_cast<std::uint32_t>(orientation)));
    const Image image = decode_image(file, 1, "a", {}, true);
    EXPECT_EQ(image.size.height, orientation > 4 ? 3 : 2);
    EXPECT_EQ(image.size.width, orientation > 4 ? 2 : 3);
    std::vector<int> values;
    for (const std::uint8_t pixel : image.pixels) values.push_back(pixel / 40);
    return values;
}

TEST(Exif, AllEightOrientationsAreShownAsTheyAreMeant) {
    // 0 1 2
    // 3 4 5, as PIL.ImageOps.exif_transpose turns it.
    EXPECT_THAT(turned_pixels(1), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(turned_pixels(2), ElementsAre(2, 1, 0, 5, 4, 3));
    EXPECT_THAT(turned_pixels(3), ElementsAre(5, 4, 3, 2, 1, 0));
    EXPECT_THAT(turned_pixels(4), ElementsAre(3, 4, 5, 0, 1, 2));
    EXPECT_THAT(turned_pixels(5), ElementsAre(0, 3, 1, 4, 2, 5));
    EXPECT_THAT(turned_pixels(6), ElementsAre(3, 0, 4, 1, 5, 2));
    EXPECT_THAT(turned_pixels(7), ElementsAre(5, 2, 4, 1, 3, 0));
    EXPECT_THAT(turned_pixels(8), ElementsAre(2, 5, 1, 4, 0, 3));
}

TEST(Exif, IsFoundInJpegPngAndWebpInEitherByteOrder) {
    for (const bool big : {false, true}) {
        EXPECT_EQ(image_header(in_jpeg(jpeg(6, 4), tiff(6, big)), "a").orientation, 6);
        EXPECT_EQ(image_header(in_png(png(6, 4), tiff(8, big)), "a").orientation, 8);
        Bytes webp = bytes_of("RIFF....WEBPVP8X");
        append(webp, number(10, 4, false));
        webp.resize(webp.size() + 10);
        append(webp, bytes_of("ODD "));
        append(webp, number(3, 4, false));
        webp.resize(webp.size() + 4);  // filled up to an even length
        append(webp, bytes_of("EXIF"));
        append(webp, number(static_cast<std::uint32_t>(tiff(3, big).size()), 4, false));
        append(webp, tiff(3, big));
        EXPECT_EQ(exif_orientation(webp, "WebP"), 3);
    }
    EXPECT_EQ(image_header(jpeg(6, 4), "a").orientation, 1);
    EXPECT_EQ(image_header(png(6, 4), "a").orientation, 1);
}

TEST(Exif, IsIgnoredUnlessAskedFor) {
    const Bytes file = in_jpeg(jpeg(6, 4), tiff(6));
    EXPECT_EQ(decode_image(file, 3, "a").size.width, 6);
    EXPECT_EQ(decode_image(file, 3, "a", {}, true).size.width, 4);
    EXPECT_EQ(image_header(file, "a").size.width, 6);
    EXPECT_EQ(image_header(file, "a").turned().width, 4);
}

TEST(Exif, TheSizeToScaleDownToIsThatOfTheTurnedImage) {
    const Bytes file = in_jpeg(jpeg(100, 60), tiff(6));
    EXPECT_EQ(decode_image(file, 3, "a", {50, 30}, true).size.height, 50);
    EXPECT_EQ(decode_image(file, 3, "a", {30, 50}, true).size.height, 100);
}

TEST(Exif, NonsenseIsNoOrientationAndReadsNothingBeyondTheEnd) {
    EXPECT_EQ(image_header(in_jpeg(jpeg(6, 4), tiff(0)), "a").orientation, 1);
    EXPECT_EQ(image_header(in_jpeg(jpeg(6, 4), tiff(9)), "a").orientation, 1);
    EXPECT_EQ(image_header(in_jpeg(jpeg(6, 4), tiff(6, false, 4)), "a").orientation, 1);
    const std::vector<Bytes> files = {in_jpeg(jpeg(6, 4), tiff(6)), in_png(png(6, 4), tiff(6))};
    for (const Bytes& file : files) {
        const char* format = &file == &files[0] ? "JPEG" : "PNG";
        for (std::size_t size = 0; size < 90; ++size) {
            const int found = exif_orientation(std::span(file).first(size), format);
            EXPECT_TRUE(found == 1 || found == 6) << size;
        }
        for (std::size_t at = 2; at < 90; ++at) {  // every byte of the structure the largest there is
            Bytes hostile = file;
            hostile[at] = std::byte{0xFF};
            const int found = exif_orientation(hostile, format);
            EXPECT_TRUE(found >= 1 && found <= 8) << at;
        }
    }
}

TEST(Exif, DataSetsApplyItWhereAsked) {
    const TemporaryFolder folder;
    for (const char* name : {"a", "b"}) test::write(folder / name / "1.png", in_png(png(3, 2, PngKind::grey), tiff(6)));
    const auto pixels = [&](bool exif) {
        utils::ImageDatasetOptions options{.color_mode = "grayscale", .image_size = {3, 2}, .shuffle = false};
        options.exif = exif;
        Tensor x({1, 3, 2, 1}, DType::float32);
        Tensor y({1}, DType::int32);
        utils::image_dataset_from_directory(folder.path, options).read(std::array{std::int64_t{0}}, x, y);
        const auto values = x.data<float>();
        return std::vector<float>(values.begin(), values.end());
    };
    EXPECT_THAT(pixels(true), ElementsAre(120, 0, 160, 40, 200, 80));
    EXPECT_NE(pixels(false), pixels(true));
}

}  // namespace
}  // namespace markhor::data
