// Folders of images: classes, splits, sizes, and the image that is broken.
#include <set>
#include <vector>

#include "support.hpp"

namespace markhor::data {
namespace {

using test::Bytes;
using test::error_of;
using test::jpeg;
using test::png;
using test::PngKind;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Ten images a class: "boots" PNG, "shirts" JPEG; image i of boots has width i + 1.
void write_classes(const std::filesystem::path& folder) {
    for (unsigned i = 0; i < 10; ++i) {
        test::write(folder / "boots" / ("b" + std::to_string(i) + ".png"), png(i + 1, 2, PngKind::grey));
        test::write(folder / "shirts" / ("s" + std::to_string(i) + ".jpg"), jpeg(6, 4));
    }
}

std::vector<std::int32_t> labels_of(const Dataset& data) {
    std::vector<std::int64_t> items;
    for (std::int64_t i = 0; i < data.size(); ++i) items.push_back(i);
    Tensor x(data.x_shape().with_batch(data.size()), DType::float32);
    Tensor y({data.size()}, DType::int32);
    data.read(items, x, y);
    const auto labels = y.data<std::int32_t>();
    return {labels.begin(), labels.end()};
}

TEST(ImageFolder, TakesClassesInOrderAndHoldsOutAShareOfEach) {
    const TemporaryFolder folder;
    write_classes(folder.path);
    test::write(folder / "boots" / ".hidden", Bytes(3));
    const TrainTest parts = open_folder(folder.path, {.height = 8, .width = 9, .seed = 3});
    EXPECT_THAT(parts.train.class_names(), ElementsAre("boots", "shirts"));
    EXPECT_EQ(parts.train.size(), 16);
    EXPECT_THAT(labels_of(parts.test), ElementsAre(0, 0, 1, 1));
    EXPECT_EQ(parts.train.x_shape(), Shape({8, 9, 3}));
}

TEST(ImageFolder, ScalesPixelsAndResizes) {
    const TemporaryFolder folder;
    write_classes(folder.path);
    const TrainTest parts = image_folder(folder.path, {.height = 1, .width = 1});
    Tensor x({1, 1, 1, 3}, DType::float32);
    Tensor y({1}, DType::int32);
    parts.test.read(std::vector<std::int64_t>{3}, x, y);
    EXPECT_EQ(y.data<std::int32_t>()[0], 1);
    EXPECT_NEAR(x.data<float>()[0], 200 / 255.0, 0.01);
    EXPECT_NEAR(x.data<float>()[2], 50 / 255.0, 0.01);
}

TEST(ImageFolder, TheSeedDrawsTheSplit) {
    const TemporaryFolder folder;
    write_classes(folder.path);
    const auto pixels = [&](std::uint64_t seed) {
        const TrainTest parts = image_folder(folder.path, {.height = 2, .width = 10, .channels = 1, .seed = seed});
        Tensor x({2, 2, 10, 1}, DType::float32);
        Tensor y({2}, DType::int32);
        parts.test.read(std::vector<std::int64_t>{0, 1}, x, y);
        const auto values = x.data<float>();
        return std::vector<float>(values.begin(), values.end());
    };
    EXPECT_EQ(pixels(1), pixels(1));
    std::set<std::vector<float>> different;
    for (std::uint64_t seed = 0; seed < 8; ++seed) different.insert(pixels(seed));
    EXPECT_GT(different.size(), 4U);
}

TEST(ImageFolder, TakesTheSizeOfTheFirstImage) {
    const TemporaryFolder folder;
    for (const char* part : {"train", "test"}) write_classes(folder / part);
    const TrainTest parts = image_folder(folder.path);
    EXPECT_EQ(parts.train.x_shape(), Shape({2, 1, 3}));
    EXPECT_EQ(parts.train.size(), 20);
    EXPECT_EQ(parts.test.size(), 20);
}

TEST(ImageFolder, NamesTheBrokenImageAtOnce) {
    const TemporaryFolder folder;
    write_classes(folder.path);
    Bytes half = jpeg(60, 40);
    half.resize(half.size() / 2);
    test::write(folder / "shirts" / "broken.jpg", half);
    EXPECT_THAT(error_of<FileError>([&] { image_folder(folder.path); }),
                AllOf(HasSubstr("shirts/broken.jpg"), HasSubstr("cannot be decoded")));
    test::write(folder / "shirts" / "broken.jpg", Bytes(50, std::byte{'?'}));
    EXPECT_THAT(error_of<FileError>([&] { image_folder(folder.path); }),
                HasSubstr("broken.jpg: is no image of a known kind"));
}

TEST(ImageFolder, RefusesFoldersThatHoldNoClasses) {
    const TemporaryFolder folder;
    EXPECT_THAT(error_of<FileError>([&] { open_folder(folder / "none"); }), HasSubstr("no such folder"));
    EXPECT_THAT(error_of<FileError>([&] { open_folder(folder.path); }), HasSubstr("neither idx files"));
    test::write(folder / "only" / "a.png", png(1, 1));
    EXPECT_THAT(error_of<FileError>([&] { image_folder(folder.path); }), HasSubstr("1 class folders"));
    std::filesystem::create_directory(folder / "zero");
    EXPECT_THAT(error_of<FileError>([&] { image_folder(folder.path); }), HasSubstr("zero: holds no images"));
    test::write(folder / "pair" / "a.png", png(1, 1));
    test::write(folder / "pair" / "b.png", png(1, 1));
    EXPECT_THAT(error_of<FileError>([&] { image_folder(folder.path); }), HasSubstr("only: holds 1 image"));
}

TEST(ImageFolder, RefusesATestClassThatTrainingLacks) {
    const TemporaryFolder folder;
    for (const char* part : {"train", "test"}) write_classes(folder / part);
    test::write(folder / "test" / "hats" / "a.png", png(1, 1));
    EXPECT_THAT(error_of<FileError>([&] { image_folder(folder.path); }), HasSubstr("test: has the class hats, not in"));
}

TEST(ImageFolder, RefusesOptionsOutOfRange) {
    const TemporaryFolder folder;
    write_classes(folder.path);
    EXPECT_THAT(error_of<ValueError>([&] { image_folder(folder.path, {.channels = 2}); }), HasSubstr("2 channels"));
    EXPECT_THAT(error_of<ValueError>([&] { image_folder(folder.path, {.test_split = 1}); }), HasSubstr("test_split"));
    EXPECT_THAT(error_of<ValueError>([&] { image_folder(folder.path, {.height = -1}); }), HasSubstr("below 0"));
}

}  // namespace
}  // namespace markhor::data
