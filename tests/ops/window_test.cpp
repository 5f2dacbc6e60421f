// The geometry of windows: positions, same padding, what is refused and how it prints.
#include "ops/window.hpp"

#include "support.hpp"

namespace markhor::ops {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Window, CountsPositionsOfEachAxis) {
    Window window{.rank = 2, .size = {1, 3, 2}, .stride = {1, 2, 1}, .dilation = {1, 1, 3}};
    EXPECT_EQ(window.output({4, 8, 9, 5}, 7), (Shape{4, 3, 6, 7}));
    window.pad_before = {0, 1, 0};
    window.pad_after = {0, 0, 2};
    EXPECT_EQ(window.output({4, 8, 9, 5}, 7), (Shape{4, 4, 8, 7}));
}

TEST(Window, LeavesUnusedAxesAtOne) {
    const Window line{.rank = 1, .size = {1, 1, 3}};
    EXPECT_EQ(line.spatial({2, 10, 4}), (Spatial{1, 1, 10}));
    EXPECT_EQ(line.positions({1, 1, 10}), (Spatial{1, 1, 8}));
    EXPECT_EQ(line.output({2, 10, 4}, 6), (Shape{2, 8, 6}));
    const Window volume{.rank = 3, .size = {2, 2, 2}};
    EXPECT_EQ(volume.output({1, 4, 5, 6, 3}, 3), (Shape{1, 3, 4, 5, 3}));
}

TEST(Window, ReachesOverAllWhereItJustFits) {
    EXPECT_EQ((Window{.rank = 2, .size = {1, 3, 3}}.output({1, 3, 3, 1}, 1)), (Shape{1, 1, 1, 1}));
}

TEST(Window, SaysWhichAxisIsTooShort) {
    const auto positions_of = [](const Window& window, const Spatial& in) { return [=] { window.positions(in); }; };
    EXPECT_THAT(positions_of({.rank = 2, .size = {1, 3, 3}}, {1, 2, 5}),
                ThrowsMessage<ShapeError>("a window of 3 does not fit the 2 positions of the height axis"));
    EXPECT_THAT(positions_of({.rank = 2, .size = {1, 3, 3}, .dilation = {1, 1, 4}}, {1, 5, 8}),
                ThrowsMessage<ShapeError>(
                    "a window of 3 (9 with its dilation of 4) does not fit the 8 positions of the width axis"));
    EXPECT_THAT(positions_of({.rank = 1, .size = {1, 1, 5}}, {1, 1, 4}),
                ThrowsMessage<ShapeError>(HasSubstr("length")));
    EXPECT_THAT(
        positions_of({.rank = 3, .size = {5, 1, 1}, .pad_before = {1, 0, 0}, .pad_after = {2, 0, 0}}, {1, 1, 1}),
        ThrowsMessage<ShapeError>(HasSubstr("the 1 positions of the depth axis and their padding of 1+2")));
}

TEST(Window, RefusesAnImageOfAnotherRank) {
    EXPECT_THAT(
        [] {
            Window{.rank = 2}.spatial({4, 28, 28});
        },
        ThrowsMessage<ShapeError>("takes an image of shape (batch, height, width, channels); (4, 28, 28) came"));
}

TEST(Window, RefusesNumbersThatMakeNoWindow) {
    const auto positions_of = [](const Window& window) { return [=] { window.positions({1, 9, 9}); }; };
    EXPECT_THAT(positions_of({.stride = {1, 0, 1}}),
                ThrowsMessage<ShapeError>(HasSubstr("stride along its height axis is 0")));
    EXPECT_THAT(positions_of({.size = {1, 1, -2}}),
                ThrowsMessage<ShapeError>(HasSubstr("size along its width axis is -2")));
    EXPECT_THAT(positions_of({.dilation = {1, 0, 1}}), ThrowsMessage<ShapeError>(HasSubstr("dilation")));
    EXPECT_THAT(positions_of({.pad_after = {0, 0, -1}}), ThrowsMessage<ShapeError>(HasSubstr("padding")));
    EXPECT_THAT(positions_of({.dilation = {1, std::int64_t{1} << 40, 1}}),
                ThrowsMessage<ShapeError>(HasSubstr("dilation")));
    EXPECT_THAT(positions_of({.rank = 4}), ThrowsMessage<ShapeError>(HasSubstr("1 to 3 axes")));
}

TEST(Window, PrintsAllOfItself) {
    Window window{.rank = 2, .size = {1, 3, 5}, .stride = {1, 2, 1}};
    window.pad_after = {0, 1, 0};
    EXPECT_EQ(window.str(), "3x5 stride 2x1 pad 0+1,0+0 dilation 1x1");
    EXPECT_EQ((Window{.rank = 1, .size = {1, 1, 7}}.str()), "7 stride 1 pad 0+0 dilation 1");
}

TEST(SamePadding, PutsTheOddElementAfter) {
    using Pads = std::array<std::int64_t, 2>;
    EXPECT_EQ(same_padding(7, 3, 1, 1), (Pads{1, 1}));
    EXPECT_EQ(same_padding(6, 3, 2, 1), (Pads{0, 1}));
    EXPECT_EQ(same_padding(5, 2, 1, 1), (Pads{0, 1}));
    EXPECT_EQ(same_padding(9, 3, 1, 2), (Pads{2, 2}));
    EXPECT_EQ(same_padding(7, 2, 3, 1), (Pads{0, 1}));
    EXPECT_EQ(same_padding(6, 2, 3, 1), (Pads{0, 0}));  // a stride above the size: the rest is left out
}

TEST(SamePadding, KeepsTheSizeDividedByTheStride) {
    for (std::int64_t in = 1; in < 20; ++in) {
        for (std::int64_t size = 1; size < 6; ++size) {
            for (std::int64_t stride = 1; stride < 4; ++stride) {
                const auto pads = same_padding(in, size, stride, 1);
                Window window{.rank = 1, .size = {1, 1, size}, .stride = {1, 1, stride}};
                window.pad_before[2] = pads[0];
                window.pad_after[2] = pads[1];
                EXPECT_EQ(window.positions({1, 1, in})[2], (in + stride - 1) / stride);
            }
        }
    }
}

TEST(SamePadding, RefusesAStrideOfZero) { EXPECT_THROW(same_padding(5, 3, 0, 1), ShapeError); }

}  // namespace
}  // namespace markhor::ops
