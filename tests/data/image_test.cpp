// PNG and JPEG decoding: every kind of pixel, and files that are broken, too large, or not what they are called.
#include "data/image.hpp"

#include <webp/encode.h>

#include <cstring>
#include <vector>

#include "data/npz.hpp"
#include "support.hpp"
#include "support/paths.hpp"

namespace markhor::data {
namespace {

using test::Bytes;
using test::error_of;
using test::jpeg;
using test::JpegKind;
using test::png;
using test::PngKind;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string decode_error(const Bytes& bytes) {
    return error_of<FileError>([&] { decode_image(bytes, 3, "a.png"); });
}

TEST(Png, RgbOfEveryKindDecodesToTheSamePixels) {
    for (const PngKind kind :
         {PngKind::rgb, PngKind::rgba, PngKind::palette, PngKind::rgb16, PngKind::interlaced_rgb}) {
        const Image image = decode_image(png(3, 1, kind), 3, "a");
        EXPECT_EQ(image.size.width, 3);
        EXPECT_EQ(image.size.height, 1);
        EXPECT_THAT(image.pixels, ElementsAre(0, 10, 250, 40, 10, 210, 80, 10, 170)) << static_cast<int>(kind);
    }
}

TEST(Png, GreyOfEveryKindDecodesToTheSamePixels) {
    for (const PngKind kind : {PngKind::grey, PngKind::grey_alpha, PngKind::grey16}) {
        EXPECT_THAT(decode_image(png(2, 2, kind), 1, "a").pixels, ElementsAre(0, 40, 80, 120))
            << static_cast<int>(kind);
    }
    EXPECT_THAT(decode_image(png(4, 1, PngKind::grey1), 1, "a").pixels, ElementsAre(0, 255, 0, 255));
}

TEST(Png, ConvertsBetweenGreyAndRgb) {
    EXPECT_THAT(decode_image(png(2, 1, PngKind::grey), 3, "a").pixels, ElementsAre(0, 0, 0, 40, 40, 40));
    // 0.299 R + 0.587 G + 0.114 B of (40, 10, 210) is 41.77, which libpng cuts.
    EXPECT_THAT(decode_image(png(2, 1), 1, "a").pixels, ElementsAre(34, 41));
}

TEST(Png, RefusesEveryTruncation) {
    const Bytes whole = png(5, 4);
    for (std::size_t size = 8; size < whole.size(); ++size) {
        EXPECT_THAT(decode_error(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
                    AllOf(HasSubstr("a.png"), HasSubstr("truncated")))
            << size;
    }
}

TEST(Png, RefusesDamage) {
    Bytes bytes = png(5, 4);
    bytes[45] ^= std::byte{0x55};
    EXPECT_THAT(decode_error(bytes), HasSubstr("cannot be decoded"));
}

TEST(Png, RefusesHugeSizesBeforeMemoryIsTaken) {
    Bytes bytes = png(1, 1);
    // The header alone, with a size of 2^30 a side and its checksum mended.
    const Bytes header{std::byte{'I'}, std::byte{'H'}, std::byte{'D'},  std::byte{'R'}, std::byte{0x40}, std::byte{0},
                       std::byte{0},   std::byte{0},   std::byte{0x40}, std::byte{0},   std::byte{0},    std::byte{0},
                       std::byte{8},   std::byte{2},   std::byte{0},    std::byte{0},   std::byte{0}};
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::byte byte : header) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ (crc & 1U ? 0xEDB88320U : 0U);
    }
    crc = ~crc;
    std::memcpy(&bytes[12], header.data(), header.size());
    for (unsigned i = 0; i < 4; ++i) bytes[29 + i] = static_cast<std::byte>(crc >> (24 - 8 * i) & 0xFFU);
    EXPECT_THAT(decode_error(bytes), HasSubstr("1073741824x1073741824"));
}

TEST(Jpeg, DecodesGreyRgbAndProgressive) {
    for (const JpegKind kind : {JpegKind::rgb, JpegKind::progressive}) {
        const Image image = decode_image(jpeg(9, 7, kind), 3, "a");
        ASSERT_THAT(image.pixels, SizeIs(9 * 7 * 3));
        EXPECT_NEAR(image.pixels[0], 200, 2);
        EXPECT_NEAR(image.pixels[1], 100, 2);
        EXPECT_NEAR(image.pixels[2], 50, 2);
    }
    const Image grey = decode_image(jpeg(9, 7, JpegKind::grey), 1, "a");
    EXPECT_EQ(grey.size.width, 9);
    EXPECT_EQ(grey.size.height, 7);
    EXPECT_THAT(grey.pixels, Each(100));
    EXPECT_NEAR(decode_image(jpeg(2, 2), 1, "a").pixels[0], 124, 2);
}

TEST(Jpeg, ScalesWhileDecodingButNotBelowTheSizeWanted) {
    const auto size = [](ImageSize at_least) { return decode_image(jpeg(100, 60), 3, "a", at_least).size; };
    EXPECT_EQ(size({10, 10}).width, 25);  // an eighth has 7.5 rows
    EXPECT_EQ(size({10, 10}).height, 15);
    EXPECT_EQ(size({31, 10}).width, 100);
    EXPECT_EQ(size({30, 50}).width, 50);
    EXPECT_EQ(size({200, 200}).width, 100);
    EXPECT_NEAR(decode_image(jpeg(100, 60), 3, "a", {10, 10}).pixels[0], 200, 2);
}

TEST(Decode, GivesTensorFlowsPixels) {
    const auto golden = read_npz(markhor::test::golden("data/images.npz"));
    int compared = 0;
    for (const auto& [key, bytes] : golden) {
        if (!key.starts_with("file_")) continue;
        const std::string name = key.substr(5);
        for (const std::int64_t channels : {1, 3, 4}) {
            const auto wanted = golden.find(name + "_" + std::to_string(channels));
            if (wanted == golden.end()) continue;
            const Image image = decode_image(std::as_bytes(bytes.data<std::uint8_t>()), channels, name);
            EXPECT_EQ(Shape({image.size.height, image.size.width, image.channels}), wanted->second.shape());
            EXPECT_THAT(image.pixels, ::testing::ElementsAreArray(wanted->second.data<std::uint8_t>()))
                << name << ' ' << channels;
            ++compared;
        }
    }
    EXPECT_EQ(compared, 22);
}

TEST(Jpeg, RefusesTruncationInsteadOfFillingWithGrey) {
    for (const JpegKind kind : {JpegKind::rgb, JpegKind::grey, JpegKind::progressive}) {
        const Bytes whole = jpeg(40, 40, kind);
        for (std::size_t size = 3; size + 2 < whole.size(); size += 7) {
            EXPECT_THAT(decode_error(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
                        HasSubstr("cannot be decoded"))
                << size;
        }
    }
}

TEST(WebP, LosslessPixelsComeBack) {
    const std::vector<std::uint8_t> rgba{255, 0, 0, 255, 0, 255, 0, 255, 40, 10, 210, 7, 9, 9, 9, 255};
    std::uint8_t* memory = nullptr;
    const std::size_t size = WebPEncodeLosslessRGBA(rgba.data(), 2, 2, 8, &memory);
    const auto encoded = std::as_bytes(std::span(memory, size));
    const Bytes bytes(encoded.begin(), encoded.end());
    WebPFree(memory);
    EXPECT_EQ(image_header(bytes, "a").size.height, 2);
    EXPECT_THAT(decode_image(bytes, 3, "a").pixels, ElementsAre(255, 0, 0, 0, 255, 0, 40, 10, 210, 9, 9, 9));
    EXPECT_THAT(decode_image(bytes, 4, "a").pixels, ::testing::ElementsAreArray(rgba));
    EXPECT_THAT(decode_image(bytes, 1, "a").pixels, ElementsAre(76, 149, 41, 9));
    for (std::size_t cut = 12; cut < bytes.size(); ++cut) {
        EXPECT_THAT(decode_error(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut))),
                    HasSubstr("damaged or truncated"));
    }
}

TEST(Bmp, LooksPalettesUpAndReadsRowsFromEitherEnd) {
    Bytes bytes(54 + 4 * 256 + 8);
    const auto put = [&](std::size_t at, std::initializer_list<int> values) {
        for (const int value : values) bytes[at++] = static_cast<std::byte>(value);
    };
    put(0, {'B', 'M'});
    put(10, {0x36, 4});  // pixels begin behind the palette
    put(14, {40});
    put(18, {2});
    put(22, {2});
    put(26, {1, 0, 8});
    put(54 + 4 * 5, {30, 20, 10});  // colour 5: blue, green, red
    put(54 + 4 * 256, {5, 0, 0, 0, 0, 5});
    EXPECT_THAT(decode_image(bytes, 3, "a").pixels, ElementsAre(0, 0, 0, 10, 20, 30, 10, 20, 30, 0, 0, 0));
    put(22, {0xFE, 0xFF, 0xFF, 0xFF});
    EXPECT_THAT(decode_image(bytes, 3, "a").pixels, ElementsAre(10, 20, 30, 0, 0, 0, 0, 0, 0, 10, 20, 30));
    bytes.pop_back();
    EXPECT_THAT(decode_error(bytes), HasSubstr("it is truncated"));
    put(28, {4});
    EXPECT_THAT(decode_error(bytes), HasSubstr("4 bits a pixel"));
    put(18, {0xFF, 0xFF, 0xFF, 0x7F});
    EXPECT_THAT(decode_error(bytes), HasSubstr("2147483647x2"));
    EXPECT_THAT(decode_error(Bytes(bytes.begin(), bytes.begin() + 20)), HasSubstr("truncated within its header"));
}

TEST(Gif, RefusesEveryTruncation) {
    const auto golden = read_npz(markhor::test::golden("data/images.npz"));
    const auto whole = std::as_bytes(golden.at("file_gifinterlaced").data<std::uint8_t>());
    for (std::size_t size = 6; size + 12 < whole.size(); ++size) {
        const auto cut = whole.first(size);
        EXPECT_THAT(decode_error(Bytes(cut.begin(), cut.end())), HasSubstr("cannot be decoded")) << size;
    }
}

TEST(Image, RefusesOtherContent) {
    EXPECT_THAT(decode_error({}), HasSubstr("empty"));
    EXPECT_THAT(decode_error(Bytes(100, std::byte{'x'})),
                AllOf(HasSubstr("a.png"), HasSubstr("no image of a known kind")));
    EXPECT_THAT(error_of<ValueError>([] { decode_image(png(1, 1), 2, "a"); }), HasSubstr("2 channels"));
}

TEST(LoadImage, GivesFloatsOf0To255) {
    const TemporaryFolder folder;
    test::write(folder / "really-a-png.jpg", png(3, 2));
    const Tensor image = load_image(folder / "really-a-png.jpg");
    EXPECT_EQ(image.shape(), Shape({2, 3, 3}));
    EXPECT_EQ(image.data<float>()[3], 40);
    EXPECT_EQ(load_image(folder / "really-a-png.jpg", 1).shape(), Shape({2, 3, 1}));
    EXPECT_THAT(error_of<FileError>([&] { load_image(folder / "none.png"); }),
                HasSubstr("none.png: there is no such file"));
}

}  // namespace
}  // namespace markhor::data
