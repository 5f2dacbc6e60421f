// load_image and keras.utils' functions of single images: Pillow's pixels as recorded (conformance/record_utils.py),
// the data set's where it is the data set's way, and what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <markhor/images.hpp>
#include <markhor/utils.hpp>
#include <nlohmann/json.hpp>

#include "data/npz.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/paths.hpp"

namespace markhor {
namespace {

using test::error_of;
using testing::HasSubstr;

const std::string file = markhor::test::golden("utils/image.png");

const std::map<std::string, Tensor>& arrays() {
    static const std::map<std::string, Tensor> all = data::read_npz(markhor::test::golden("utils/arrays.npz"));
    return all;
}

TEST(LoadImg, HasPillowsPixels) {
    const auto cases = nlohmann::json::parse(std::ifstream(markhor::test::golden("utils/cases.json"))).at("images");
    ASSERT_GT(cases.size(), 100U);
    for (const auto& one : cases) {
        utils::LoadImgOptions options{.color_mode = one.at("color_mode"),
                                      .interpolation = one.at("interpolation"),
                                      .keep_aspect_ratio = one.at("keep")};
        if (!one.at("size").is_null()) options.target_size = {one.at("size")[0], one.at("size")[1]};
        const Tensor image = load_img(file, options);
        const Tensor& wanted = arrays().at(one.at("array"));
        ASSERT_EQ(image.shape(), wanted.shape()) << one;
        ASSERT_EQ(image.dtype(), DType::uint8);
        EXPECT_TRUE(std::ranges::equal(image.data<std::uint8_t>(), wanted.data<std::uint8_t>())) << one;
    }
}

TEST(ArrayToImg, SpreadsValuesAsKeras) {
    for (const std::string name : {"scaled", "flat", "zeros"}) {
        const Tensor image = array_to_img(arrays().at(name));
        EXPECT_TRUE(std::ranges::equal(image.data<std::uint8_t>(), arrays().at(name + "_image").data<std::uint8_t>()))
            << name;
    }
    EXPECT_EQ(array_to_img(Tensor::full({1, 1, 3}, 200.9F), false).data<std::uint8_t>()[0], 200);
    EXPECT_THAT(error_of([] { array_to_img(Tensor::full({1, 1, 3}, 256), false); }), HasSubstr("beyond [0, 255]"));
    EXPECT_THAT(error_of([] { array_to_img(Tensor::full({1, 1, 3}, NAN)); }), HasSubstr("NaN"));
    EXPECT_THAT(error_of([] { array_to_img(Tensor::zeros({4, 4})); }), HasSubstr("got the shape (4, 4)"));
    EXPECT_THAT(error_of([] { array_to_img(Tensor::zeros({4, 4, 2})); }), HasSubstr("1, 3 or 4 channels"));
}

TEST(ImgToArray, GivesFloatsWithAChannelAxis) {
    const Tensor array = img_to_array(load_img(file));
    EXPECT_EQ(array.dtype(), DType::float32);
    EXPECT_EQ(array.shape(), Shape({23, 31, 3}));
    EXPECT_EQ(img_to_array(Tensor::zeros({4, 5}, DType::uint8)).shape(), Shape({4, 5, 1}));
    EXPECT_THAT(error_of([] { img_to_array(Tensor::zeros({4})); }), HasSubstr("got the shape (4,)"));
}

TEST(SaveImg, WritesWhatLoadImgReads) {
    const test::TemporaryFolder folder;
    for (const std::int64_t channels : {1, 3, 4}) {
        const std::string mode = channels == 1 ? "grayscale" : channels == 3 ? "rgb" : "rgba";
        const Tensor image = load_img(file, {.color_mode = mode});
        save_img(folder / "a.PNG", image, false);
        const Tensor again = load_img(folder / "a.PNG", {.color_mode = mode});
        EXPECT_TRUE(std::ranges::equal(image.data<std::uint8_t>(), again.data<std::uint8_t>())) << channels;
        save_img(folder / "a.jpg", Tensor::full({16, 16, channels}, 100), false);
        const Tensor jpeg = load_img(folder / "a.jpg");
        EXPECT_EQ(jpeg.shape(), Shape({16, 16, 3}));
        EXPECT_NEAR(jpeg.data<std::uint8_t>()[0], 100, 1);
    }
    EXPECT_EQ(folder.entries(), 2U);
    EXPECT_THAT(error_of([&] {
                    save_img(folder / "a.tiff", Tensor::zeros({2, 2, 3}));
                }),
                HasSubstr(".png, .jpg or .jpeg"));
    EXPECT_THAT(error_of<FileError>([&] {
                    save_img(folder / "no" / "a.png", Tensor::zeros({2, 2, 3}));
                }),
                HasSubstr("a.png"));
}

TEST(LoadImage, IsWhatTheDataSetReads) {
    const test::TemporaryFolder folder;
    std::filesystem::create_directories(folder / "class");
    std::filesystem::copy_file(file, folder / "class/a.png");
    for (const bool keep : {false, true}) {
        const Dataset data = utils::image_dataset_from_directory(
            folder.path, {.image_size = {10, 14}, .shuffle = false, .crop_to_aspect_ratio = keep});
        Batch batch;
        const std::int64_t items[] = {0};
        data.read(items, batch);
        const Tensor image =
            load_image(folder / "class/a.png", {.size = {10, 14}, .keep_aspect_ratio = keep, .batch_axis = true});
        EXPECT_EQ(image.shape(), Shape({1, 10, 14, 3}));
        EXPECT_TRUE(std::ranges::equal(image.data<float>(), batch.x.data<float>()));
    }
    EXPECT_EQ(load_image(file).shape(), Shape({23, 31, 3}));
    EXPECT_EQ(load_image(file, {.color_mode = "grayscale"}).shape(), Shape({23, 31, 1}));
}

TEST(LoadImage, SaysWhichOptionIsWrong) {
    EXPECT_THAT(error_of<ValueError>([] { load_image(file, {.size = {0, 10}}); }), HasSubstr("0x10"));
    EXPECT_THAT(error_of<ValueError>([] { load_image(file, {.color_mode = "hsv"}); }), HasSubstr("hsv"));
    EXPECT_THAT(error_of<ValueError>([] { load_image(file, {.interpolation = "best"}); }), HasSubstr("best"));
    EXPECT_THAT(error_of<ValueError>([] { load_img(file, {.interpolation = "area"}); }), HasSubstr("hamming"));
    EXPECT_THAT(error_of<ValueError>([] { load_img(file, {.target_size = {-1, 3}}); }), HasSubstr("-1x3"));
    EXPECT_THAT(error_of<FileError>([] { load_image("no.png"); }), HasSubstr("no.png"));
}

}  // namespace
}  // namespace markhor
