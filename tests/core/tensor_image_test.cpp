// Tensor::from_image: rows with gaps between them, channels in others' orders, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <markhor/tensor.hpp>

#include "support/error_of.hpp"

namespace markhor {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(FromImage, LeavesOutWhatLiesBetweenRows) {
    const std::uint8_t pixels[] = {1, 2, 3, 4, 5, 6, 99, 99, 7, 8, 9, 10, 11, 12};
    const Tensor image = Tensor::from_image(pixels, 2, 2, 3, 8);
    EXPECT_EQ(image.shape(), Shape({2, 2, 3}));
    EXPECT_EQ(image.dtype(), DType::float32);
    EXPECT_THAT(image.data<float>(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
}

TEST(FromImage, OfOpenCVHasRedFirst) {
    const std::uint8_t bgra[] = {1, 2, 3, 255, 4, 5, 6, 0};
    EXPECT_THAT(Tensor::from_image(bgra, 1, 2, 4, 0, {.bgr = true}).data<float>(),
                ElementsAre(3, 2, 1, 255, 6, 5, 4, 0));
    const Tensor batch = Tensor::from_image(bgra, 1, 2, 4, 0, {.bgr = true, .alpha = false, .batch_axis = true});
    EXPECT_EQ(batch.shape(), Shape({1, 1, 2, 3}));
    EXPECT_THAT(batch.data<float>(), ElementsAre(3, 2, 1, 6, 5, 4));
}

TEST(FromImage, TakesFloatsWhereverTheirRowsBegin) {
    const float values[] = {0.5F, -1, 2, 3.25F};
    unsigned char bytes[19] = {};
    std::memcpy(bytes, values, 8);
    std::memcpy(bytes + 9, values + 2, 8);
    const Tensor image = Tensor::from_image(reinterpret_cast<const float*>(bytes), 2, 2, 1, 9);
    EXPECT_THAT(image.data<float>(), ElementsAre(0.5F, -1, 2, 3.25F));
    EXPECT_THAT(Tensor::from_image(values, 1, 2, 2).data<float>(), ElementsAre(0.5F, -1, 2, 3.25F));
}

TEST(FromImage, SaysWhatIsNoImage) {
    const std::uint8_t pixels[12] = {};
    const std::uint8_t* none = nullptr;
    EXPECT_THAT(error_of([&] { Tensor::from_image(none, 1, 1, 1); }), HasSubstr("null"));
    EXPECT_THAT(error_of([&] { Tensor::from_image(pixels, 0, 1, 1); }), HasSubstr("height is 0"));
    EXPECT_THAT(error_of([&] { Tensor::from_image(pixels, 1, -3, 1); }), HasSubstr("width is -3"));
    EXPECT_THAT(error_of([&] { Tensor::from_image(pixels, 1, 1, 5); }), HasSubstr("channels is 5; expected 1 to 4"));
    EXPECT_THAT(error_of([&] { Tensor::from_image(pixels, 1, 1, 1, 0, {.bgr = true}); }), HasSubstr("3 or 4"));
    EXPECT_THAT(error_of([&] { Tensor::from_image(pixels, 2, 2, 3, 5); }),
                HasSubstr("step is 5 bytes; a row of 2 pixels of 3 channels has 6"));
    EXPECT_THAT(error_of([&] { Tensor::from_image(pixels, 2, 2, 3, -8); }), HasSubstr("step is -8"));
    EXPECT_THAT(error_of([&] { Tensor::from_image(pixels, 1, INT64_MAX / 2, 3); }), HasSubstr("no image"));
}

}  // namespace
}  // namespace markhor
