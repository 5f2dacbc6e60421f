// Augmentation: repeatable draws, Keras's resampling, and for each kind what it keeps and what it changes.
#include <algorithm>
#include <cmath>
#include <markhor/augmentation.hpp>
#include <numeric>
#include <set>
#include <vector>

#include "data/affine.hpp"
#include "data/npz.hpp"
#include "support.hpp"
#include "support/paths.hpp"

namespace markhor::augmentation {
namespace {

using data::test::error_of;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

using Values = std::vector<float>;

/// `count` images (height, width, 1), image i of 100 i, 100 i + 1, …, labelled one-hot by i mod 2.
Dataset ramps(std::int64_t count, std::int64_t height, std::int64_t width) {
    Values x(static_cast<std::size_t>(count * height * width));
    Values y;
    const auto size = static_cast<std::size_t>(height * width);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t image = i / size;
        x[i] = static_cast<float>(i % size + 100 * image);
    }
    for (std::int64_t i = 0; i < count; ++i) y.insert(y.end(), {i % 2 == 0 ? 1.0F : 0.0F, i % 2 == 0 ? 0.0F : 1.0F});
    return {Tensor::from<float>({count, height, width, 1}, x), Tensor::from<float>({count, 2}, y)};
}

struct Read {
    Values x;
    Values y;
};

Read read(const Dataset& data, const std::vector<std::int64_t>& items, std::int64_t epoch = 0) {
    Tensor x(data.x_shape().with_batch(static_cast<std::int64_t>(items.size())), DType::float32);
    Tensor y(data.y_shape().with_batch(static_cast<std::int64_t>(items.size())), data.y_dtype());
    data.read(items, x, y, epoch);
    return {{x.data<float>().begin(), x.data<float>().end()}, {y.data<float>().begin(), y.data<float>().end()}};
}

std::vector<Dataset> every_kind() {
    const Dataset data = ramps(6, 8, 9);
    return {data.map(random_flip()),
            data.map(random_rotation(0.2)),
            data.map(random_zoom(0.3)),
            data.map(random_zoom(0.3, {-0.2, 0.1})),
            data.map(random_translation(0.2, 0.2)),
            data.map(random_contrast(0.5)),
            data.map(random_brightness(0.2)),
            data.map(random_crop(4, 5), {.x_shape = Shape{4, 5, 1}}),
            data.map(cutout(3)),
            mixup(data),
            cutmix(data)};
}

TEST(Augmentation, DependsOnSeedEpochAndIndexAlone) {
    const std::vector<std::int64_t> all{0, 1, 2, 3, 4, 5};
    for (const Dataset& data : every_kind()) {
        const Read together = read(data, all, 3);
        const std::size_t size = together.x.size() / all.size();
        for (const std::int64_t item : {5, 2}) {
            const auto begin = together.x.begin() + static_cast<std::ptrdiff_t>(size) * item;
            EXPECT_THAT(read(data, {item}, 3).x, ElementsAreArray(begin, begin + static_cast<std::ptrdiff_t>(size)));
        }
        EXPECT_NE(together.x, read(data, all, 4).x);
    }
    EXPECT_NE(read(ramps(9, 4, 4).map(cutout(2, {.seed = 1})), all).x,
              read(ramps(9, 4, 4).map(cutout(2, {.seed = 2})), all).x);
}

TEST(Augmentation, LeavesTheDataItReadsAsTheyAre) {
    const Dataset data = ramps(1, 4, 4);
    const Values before = read(data, {0}).x;
    read(data.map(cutout(4)).map(random_brightness({0.1, 0.2})), {0});
    EXPECT_EQ(read(data, {0}).x, before);
}

TEST(Transform, GivesKerasPixels) {
    const auto golden = data::read_npz(markhor::test::golden("data/images.npz"));
    const Tensor picture = golden.at("picture").cast(DType::float32);
    const Shape& shape = picture.shape();
    int compared = 0;
    for (const auto& [key, wanted] : golden) {
        if (!key.starts_with("affine_")) continue;
        // affine_TRANSFORM_MODE_INTERPOLATION
        const Tensor& numbers = golden.at("transform" + key.substr(7, 1));
        const std::size_t second = key.find('_', 9);
        data::Affine affine{};
        std::copy_n(numbers.data<float>().begin(), affine.size(), affine.begin());
        Tensor result(shape, DType::float32);
        data::transform_image(data::dense(picture.data<float>().data(), shape[0], shape[1], shape[2]),
                              data::dense(result.data<float>().data(), shape[0], shape[1], shape[2]), affine,
                              {data::fill_mode_of(key.substr(9, second - 9)), key.ends_with("bilinear"), 7});
        EXPECT_THAT(result.data<float>(), ::testing::Pointwise(::testing::FloatNear(2e-3F), wanted.data<float>()))
            << key;
        ++compared;
    }
    EXPECT_EQ(compared, 3 * 4 * 2);
}

TEST(RandomFlip, MirrorsHalfOfTheImagesEitherWay) {
    std::set<Values> seen;
    for (std::int64_t epoch = 0; epoch < 40; ++epoch)
        seen.insert(read(ramps(1, 2, 3).map(random_flip()), {0}, epoch).x);
    EXPECT_EQ(seen, (std::set<Values>{{0, 1, 2, 3, 4, 5}, {2, 1, 0, 5, 4, 3}, {3, 4, 5, 0, 1, 2}, {5, 4, 3, 2, 1, 0}}));
    seen.clear();
    const Dataset sideways = ramps(1, 2, 3).map(random_flip({.mode = "horizontal"}));
    for (std::int64_t epoch = 0; epoch < 40; ++epoch) seen.insert(read(sideways, {0}, epoch).x);
    EXPECT_EQ(seen, (std::set<Values>{{0, 1, 2, 3, 4, 5}, {2, 1, 0, 5, 4, 3}}));
}

TEST(RandomRotation, AQuarterTurnsTheImage) {
    const Values turned = read(ramps(1, 3, 3).map(random_rotation({0.25, 0.25})), {0}).x;
    EXPECT_THAT(turned, ::testing::Pointwise(::testing::FloatNear(1e-4F), Values{2, 5, 8, 1, 4, 7, 0, 3, 6}));
}

TEST(RandomZoom, PositiveFactorsShowMore) {
    const Values wide =
        read(ramps(1, 1, 5).map(random_zoom({1, 1}, {.fill_mode = "constant", .fill_value = -1})), {0}).x;
    EXPECT_THAT(wide, ElementsAre(-1, 0, 2, 4, -1));
    EXPECT_THAT(read(ramps(1, 1, 5).map(random_zoom(0, {-0.5, -0.5})), {0}).x, ElementsAre(1, 1.5, 2, 2.5, 3));
}

TEST(RandomTranslation, MovesDownAndToTheRight) {
    const auto moved = [](double down, double right, const char* mode) {
        return read(ramps(1, 2, 4).map(random_translation({down, down}, {right, right}, {.fill_mode = mode})), {0}).x;
    };
    EXPECT_THAT(moved(0, 0.25, "constant"), ElementsAre(0, 0, 1, 2, 0, 4, 5, 6));
    EXPECT_THAT(moved(0.5, 0, "nearest"), ElementsAre(0, 1, 2, 3, 0, 1, 2, 3));
    EXPECT_THAT(moved(0, -0.5, "reflect"), ElementsAre(2, 3, 3, 2, 6, 7, 7, 6));
}

TEST(RandomContrast, StretchesAroundTheMean) {
    EXPECT_THAT(read(ramps(1, 1, 3).map(random_contrast({1, 1})), {0}).x, ElementsAre(0, 1, 3));  // -1 is clipped
    EXPECT_THAT(read(ramps(1, 1, 3).map(random_contrast({-1, -1})), {0}).x, Each(1));
}

TEST(RandomBrightness, AddsAShareOfTheRange) {
    EXPECT_THAT(read(ramps(1, 1, 3).map(random_brightness({0.5, 0.5}, {.value_range = {0, 3}})), {0}).x,
                ElementsAre(1.5, 2.5, 3));
}

TEST(RandomCrop, TakesEveryWindowAndNoOther) {
    std::set<Values> seen;
    const Dataset data = ramps(1, 3, 2).map(random_crop(2, 2), {.x_shape = Shape{2, 2, 1}});
    for (std::int64_t epoch = 0; epoch < 40; ++epoch) seen.insert(read(data, {0}, epoch).x);
    EXPECT_EQ(seen, (std::set<Values>{{0, 1, 2, 3}, {2, 3, 4, 5}}));
    EXPECT_THAT(error_of<ShapeError>([] { read(ramps(1, 3, 2).map(random_crop(4, 1)), {0}); }),
                HasSubstr("at least 4x1"));
}

TEST(Cutout, FillsASquareOrWhatOfItIsInside) {
    for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
        const Values x = read(ramps(1, 6, 6).map(cutout(3, {.fill_value = -5})), {0}, epoch).x;
        const auto filled = std::ranges::count(x, -5.0F);
        EXPECT_TRUE(filled == 9 || filled == 6 || filled == 4) << filled;
    }
    EXPECT_THAT(read(ramps(1, 2, 2).map(cutout(2, {.probability = 0})), {0}).x, ElementsAre(0, 1, 2, 3));
}

TEST(Mixup, MixesImagesAndLabelsByOneShare) {
    const Dataset data(Tensor::from<float>({2, 1}, Values{0, 100}), Tensor::from<float>({2, 2}, Values{1, 0, 0, 1}));
    double sum = 0;
    for (std::int64_t epoch = 0; epoch < 200; ++epoch) {
        const Read one = read(mixup(data, {.alpha = 1}), {0}, epoch);
        EXPECT_NEAR(one.x[0], 100 * one.y[1], 1e-3);
        EXPECT_NEAR(one.y[0] + one.y[1], 1, 1e-6);
        sum += static_cast<double>(one.y[1]);
    }
    EXPECT_NEAR(sum / 200, 0.25, 0.08);  // half of the partners are the example itself; the mean share is a half
}

TEST(Cutmix, LabelsCountThePixels) {
    const Dataset data(Tensor::from<float>({2, 4, 4, 1}, Values{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                                                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}),
                       Tensor::from<float>({2, 2}, Values{1, 0, 0, 1}));
    std::set<float> shares;
    for (std::int64_t epoch = 0; epoch < 50; ++epoch) {
        const Read one = read(cutmix(data), {0}, epoch);
        EXPECT_NEAR(std::accumulate(one.x.begin(), one.x.end(), 0.0F) / 16, one.y[1], 1e-6);
        shares.insert(one.y[1]);
    }
    EXPECT_GT(shares.size(), 4U);
}

TEST(Augmentation, RefusesArgumentsOutOfRange) {
    const auto refusal = [](const std::function<void()>& body) { return error_of<ValueError>(body); };
    EXPECT_THAT(refusal([] { random_flip({.mode = "both"}); }), HasSubstr("mode is 'both'"));
    EXPECT_THAT(refusal([] { random_rotation({0.2, 0.1}); }), HasSubstr("random_rotation: factor"));
    EXPECT_THAT(refusal([] { random_rotation(0.1, {.fill_mode = "black"}); }), HasSubstr("fill_mode is 'black'"));
    EXPECT_THAT(refusal([] { random_rotation(0.1, {.interpolation = "cubic"}); }),
                HasSubstr("interpolation is 'cubic'"));
    EXPECT_THAT(refusal([] { random_zoom({-2, 0}); }), HasSubstr("at least -1"));
    EXPECT_THAT(refusal([] { random_contrast(0.1, {.value_range = {1, 1}}); }), HasSubstr("value_range"));
    EXPECT_THAT(refusal([] { random_crop(0, 1); }), HasSubstr("0x1"));
    EXPECT_THAT(refusal([] { cutout(0); }), HasSubstr("size is 0"));
    EXPECT_THAT(refusal([] { cutout(1, {.probability = 2}); }), HasSubstr("probability"));
    EXPECT_THAT(refusal([] { mixup(ramps(1, 1, 1), {.alpha = 0}); }), HasSubstr("alpha is 0"));
    EXPECT_THAT(refusal([] {
                    mixup(Dataset(Tensor::zeros({1, 1}), Tensor::zeros({1}, DType::int32)));
                }),
                HasSubstr("Dataset::one_hot()"));
    const Dataset flat(Tensor::zeros({1, 3}), Tensor::zeros({1, 2}));
    EXPECT_THAT(refusal([&] { cutmix(flat); }), HasSubstr("images (height, width, channels)"));
    EXPECT_THAT(refusal([&] { read(flat.map(random_flip()), {0}); }), HasSubstr("random_flip: an example is (3,)"));
}

}  // namespace
}  // namespace markhor::augmentation
