// Resizing: bilinear against values worked out by hand from the rule (half-pixel centres, edges repeated), all
// interpolations with crop and pad against what real Keras makes of a small picture.
#include "data/resize.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "data/npz.hpp"
#include "support.hpp"
#include "support/paths.hpp"

namespace markhor::data {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

std::vector<float> resized(const std::vector<float>& from, std::array<std::int64_t, 3> shape, std::int64_t height,
                           std::int64_t width) {
    std::vector<float> to(static_cast<std::size_t>(height * width * shape[2]));
    resize_image(dense(from.data(), shape[0], shape[1], shape[2]), dense(to.data(), height, width, shape[2]),
                 Interpolation::bilinear);
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

TEST(Resize, EveryInterpolationGivesKerasPixels) {
    const auto golden = read_npz(markhor::test::golden("data/images.npz"));
    const Tensor& picture = golden.at("picture");
    const Shape& from = picture.shape();
    int compared = 0;
    for (const auto& [key, wanted] : golden) {
        const std::string method = key.substr(0, key.find('_'));
        if (wanted.dtype() != DType::float32 || method == "affine" || method.starts_with("transform")) continue;
        const Aspect aspect = key.ends_with("_crop")  ? Aspect::crop
                              : key.ends_with("_pad") ? Aspect::pad
                                                      : Aspect::stretch;
        Tensor to(wanted.shape(), DType::float32);
        fit_image(dense(picture.data<std::uint8_t>().data(), from[0], from[1], from[2]),
                  dense(to.data<float>().data(), to.shape()[0], to.shape()[1], from[2]), interpolation_of(method),
                  aspect);
        // Those that Keras's own kernel makes from whole pixels alone are equal; sums of floats may be added in another
        // order.
        const double tolerance = method == "nearest" || method == "bilinear" ? 0 : 255e-6;
        double worst = 0;
        for (std::size_t i = 0; i < to.data<float>().size(); ++i) {
            worst = std::max(worst, std::abs(static_cast<double>(to.data<float>()[i]) - wanted.data<float>()[i]));
        }
        EXPECT_LE(worst, tolerance) << key;
        ++compared;
    }
    EXPECT_EQ(compared, 8 * 3 + 4 * 3 * 2);
}

TEST(Resize, ConstantImagesStayConstant) {
    const std::vector<std::uint8_t> grey(7 * 9, 130);
    for (const char* method :
         {"nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"}) {
        for (const std::int64_t size : {1, 3, 7, 20}) {
            std::vector<float> to(static_cast<std::size_t>(size * size));
            fit_image(dense(grey.data(), 7, 9, 1), dense(to.data(), size, size, 1), interpolation_of(method),
                      Aspect::crop);
            EXPECT_THAT(to, ::testing::Each(::testing::FloatNear(130, 1e-3F))) << method << ' ' << size;
        }
    }
}

TEST(Resize, NamesTheInterpolationsThereAre) {
    EXPECT_EQ(interpolation_of("BiCubic"), Interpolation::bicubic);
    EXPECT_THAT(test::error_of<ValueError>([] { interpolation_of("linear"); }),
                ::testing::HasSubstr("'linear'; nearest, bilinear, bicubic"));
}

}  // namespace
}  // namespace markhor::data
