// Bilinear resizing against values worked out by hand from the rule (half-pixel centres, edges repeated).
#include "data/resize.hpp"

#include <array>
#include <vector>

#include "support.hpp"

namespace markhor::data {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

std::vector<float> resized(const std::vector<float>& from, std::array<std::int64_t, 3> shape, std::int64_t height,
                           std::int64_t width) {
    std::vector<float> to(static_cast<std::size_t>(height * width * shape[2]));
    resize_image(from.data(), shape[0], shape[1], shape[2], to.data(), height, width);
    return to;
}

TEST(Resize, DoublingPutsPixelsAtQuarters) {
    EXPECT_THAT(resized({0, 4}, {1, 2, 1}, 1, 4), ElementsAre(0, 1, 3, 4));
    EXPECT_THAT(resized({0, 4}, {2, 1, 1}, 4, 1), ElementsAre(0, 1, 3, 4));
}

TEST(Resize, HalvingTakesTheMiddleOfTwoWithoutAntialiasing) {
    EXPECT_THAT(resized({0, 2, 10, 20}, {1, 4, 1}, 1, 2), ElementsAre(1, 15));
    // By three: the centre pixel alone.
    EXPECT_THAT(resized({0, 5, 90, 1, 7, 80}, {1, 6, 1}, 1, 2), ElementsAre(5, 7));
}

TEST(Resize, ToTheSameSizeChangesNothing) {
    EXPECT_THAT(resized({1, 2, 3, 4, 5, 6}, {2, 3, 1}, 2, 3), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Resize, KeepsChannelsApart) {
    EXPECT_THAT(resized({0, 100, 4, 200}, {1, 2, 2}, 1, 4), ElementsAre(0, 100, 1, 125, 3, 175, 4, 200));
}

TEST(Resize, OnePixelFillsTheImage) { EXPECT_THAT(resized({7}, {1, 1, 1}, 2, 2), ElementsAre(7, 7, 7, 7)); }

TEST(Resize, OddRatios) {
    // 2 -> 3: centres at -1/6, 1/2, 7/6 of the old pixels.
    EXPECT_THAT(resized({0, 6}, {1, 2, 1}, 1, 3), ElementsAre(0, FloatEq(3), 6));
}

}  // namespace
}  // namespace markhor::data
