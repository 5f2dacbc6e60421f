// Pictures in data: URIs come out of the PNG as they went in.
#include "insight/image_uri.hpp"

#include <gtest/gtest.h>

#include <markhor/error.hpp>
#include <string_view>
#include <vector>

#include "data/image.hpp"

namespace markhor::insight {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<std::byte> unpacked(const std::string& base64_text) {
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::vector<std::byte> result;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : base64_text) {
        if (c == '=') break;
        bits = bits << 6U | static_cast<std::uint32_t>(digits.find(c));
        count += 6;
        if (count < 8) continue;
        count -= 8;
        result.push_back(static_cast<std::byte>(bits >> static_cast<unsigned>(count) & 255U));
    }
    return result;
}

TEST(ImageUriTest, Base64IsThatOfRfc4648) {
    EXPECT_EQ(base64(bytes("")), "");
    EXPECT_EQ(base64(bytes("f")), "Zg==");
    EXPECT_EQ(base64(bytes("fo")), "Zm8=");
    EXPECT_EQ(base64(bytes("foo")), "Zm9v");
    EXPECT_EQ(base64(bytes("foobar")), "Zm9vYmFy");
    EXPECT_EQ(base64(std::vector<std::uint8_t>{0xFB, 0xFF}), "+/8=");
}

TEST(ImageUriTest, HoldsAPngOfTheSamePixels) {
    for (const std::int64_t channels : {1, 3, 4}) {
        std::vector<std::uint8_t> pixels;
        for (std::int64_t i = 0; i < 3 * 5 * channels; ++i) pixels.push_back(static_cast<std::uint8_t>(17 * i));
        const std::string uri = png_uri({3, 5, channels}, pixels);
        const std::string start = "data:image/png;base64,";
        ASSERT_EQ(uri.substr(0, start.size()), start);
        const data::Image image = data::decode_image(unpacked(uri.substr(start.size())), channels, "uri");
        EXPECT_EQ(image.size.height, 3);
        EXPECT_EQ(image.size.width, 5);
        EXPECT_EQ(image.pixels, pixels);
    }
}

TEST(ImageUriTest, RefusesPixelsThatAreNoImage) {
    const std::vector<std::uint8_t> pixels(12);
    EXPECT_THROW(png_uri({2, 3, 2}, pixels), ShapeError);
    EXPECT_THROW(png_uri({4, 4, 1}, pixels), ShapeError);
    EXPECT_THROW(png_uri({12}, pixels), ShapeError);
}

}  // namespace
}  // namespace markhor::insight
