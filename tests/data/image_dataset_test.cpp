// image_dataset_from_directory: Keras's order, split and labels; bad arguments, folders and images.
#include <fstream>
#include <markhor/utils.hpp>
#include <nlohmann/json.hpp>

#include "support.hpp"
#include "support/paths.hpp"

namespace markhor::utils {
namespace {

using data::test::Bytes;
using data::test::error_of;
using data::test::jpeg;
using data::test::png;
using data::test::PngKind;
using data::test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Three cats (grey 0), two dogs; "notes.txt" and a folder of none of the classes' images beside them.
void write_pets(const std::filesystem::path& folder) {
    for (const char* name : {"a.png", "b.PNG", "c.png"})
        data::test::write(folder / "cats" / name, png(1, 1, PngKind::grey));
    for (const char* name : {"a.jpg", "b.jpeg"}) data::test::write(folder / "dogs" / name, jpeg(40, 30));
    data::test::write(folder / "cats" / "notes.txt", Bytes(9));
}

std::vector<std::string> names_of(const Dataset& data, const std::filesystem::path& root) {
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < data.size(); ++i) {
        names.push_back(std::filesystem::path(data.name(i)).lexically_relative(root).generic_string());
    }
    return names;
}

Batch all_of(const Dataset& data) { return *data.batches({.batch_size = data.size()}).next(); }

std::string refusal(const std::filesystem::path& folder, const ImageDatasetOptions& options) {
    return error_of<ValueError>([&] { image_dataset_from_directory(folder, options); });
}

TEST(ImageDataset, TakesFilesInKerasOrderAndSplit) {
    std::ifstream stream(markhor::test::golden("data/order.json"));
    const auto golden = nlohmann::json::parse(stream);
    const TemporaryFolder folder;
    // Images of one pixel, that labels can be read too; Keras saw empty files.
    for (const std::string file : golden.at("files")) data::test::write(folder / file, png(1, 1, PngKind::grey));
    for (const auto& entry : golden.at("cases")) {
        const auto& arguments = entry.at("arguments");
        ImageDatasetOptions options{.image_size = {1, 1}, .shuffle = arguments.at("shuffle")};
        if (arguments.contains("seed")) options.seed = arguments.at("seed").get<std::uint32_t>();
        if (arguments.contains("labels")) options.labels = "none";
        if (arguments.contains("class_names")) options.class_names = arguments.at("class_names");
        options.validation_split = arguments.value("validation_split", 0.0);
        options.subset = arguments.value("subset", "");
        const Dataset data = image_dataset_from_directory(folder.path, options);
        EXPECT_EQ(names_of(data, folder.path), entry.at("files").get<std::vector<std::string>>()) << arguments;
        if (entry.at("labels").is_null()) {
            EXPECT_THAT(data.class_names(), IsEmpty());
            continue;
        }
        EXPECT_EQ(data.class_names(), entry.at("class_names").get<std::vector<std::string>>()) << arguments;
        const Tensor labels = all_of(data).y;
        EXPECT_THAT(labels.data<std::int32_t>(),
                    ::testing::ElementsAreArray(entry.at("labels").get<std::vector<int>>()));
    }
}

TEST(ImageDataset, BothSubsetsAreTheTwoHalvesOfOneOrder) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    ImageDatasetOptions options{.image_size = {2, 2}, .seed = 4, .validation_split = 0.4};
    const TrainingValidation both = image_datasets_from_directory(folder.path, options);
    options.subset = "training";
    EXPECT_EQ(names_of(both.training, folder.path),
              names_of(image_dataset_from_directory(folder.path, options), folder.path));
    options.subset = "validation";
    EXPECT_EQ(names_of(both.validation, folder.path),
              names_of(image_dataset_from_directory(folder.path, options), folder.path));
    EXPECT_EQ(both.training.size(), 3);
    EXPECT_EQ(both.validation.size(), 2);
}

TEST(ImageDataset, EncodesLabelsAsAsked) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    const auto read = [&](ImageDatasetOptions options) {
        options.image_size = {1, 1};
        options.shuffle = false;
        return all_of(image_dataset_from_directory(folder.path, options)).y;
    };
    const Tensor binary = read({.label_mode = "binary"});
    EXPECT_EQ(binary.shape(), Shape({5, 1}));
    EXPECT_THAT(binary.data<float>(), ElementsAre(0, 0, 0, 1, 1));
    const Tensor categorical = read({.label_mode = "categorical"});
    EXPECT_EQ(categorical.shape(), Shape({5, 2}));
    EXPECT_THAT(categorical.data<float>(), ElementsAre(1, 0, 1, 0, 1, 0, 0, 1, 0, 1));
    EXPECT_THAT(read({.label_mode = "none"}).data<std::int32_t>(), ElementsAre(-1, -1, -1, -1, -1));
    EXPECT_THAT(read({.labels = std::vector<std::int32_t>{5, 5, 0, 2, 0}}).data<std::int32_t>(),
                ElementsAre(5, 5, 0, 2, 0));
}

TEST(ImageDataset, ReadsPixelsOf0To255InTheColorModeAsked) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    const auto read = [&](ImageDatasetOptions options) {
        options.shuffle = false;
        return all_of(image_dataset_from_directory(folder.path, options).slice(4, 5)).x;
    };
    const Tensor rgb = read({.image_size = {3, 4}});
    EXPECT_EQ(rgb.shape(), Shape({1, 3, 4, 3}));
    EXPECT_NEAR(rgb.data<float>()[0], 200, 2);
    EXPECT_EQ(read({.color_mode = "grayscale", .image_size = {3, 4}}).shape(), Shape({1, 3, 4, 1}));
    EXPECT_EQ(read({.color_mode = "rgba", .image_size = {1, 1}}).data<float>()[3], 255);
    const Tensor padded = read({.image_size = {4, 4}, .pad_to_aspect_ratio = true});
    EXPECT_NEAR(padded.data<float>()[0], 200, 2);
    EXPECT_EQ(padded.data<float>()[47], 0);  // three of the four rows are image
    EXPECT_NEAR(read({.image_size = {4, 4}, .scaled_decode = true}).data<float>()[0], 200, 2);
}

TEST(ImageDataset, ABrokenImageIsAnErrorWhenItIsRead) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    data::test::write(folder / "dogs" / "broken.jpg", Bytes(50, std::byte{'?'}));
    const Dataset data = image_dataset_from_directory(folder.path, {.shuffle = false});
    EXPECT_EQ(data.size(), 6);
    EXPECT_THAT(error_of<FileError>([&] { all_of(data); }), HasSubstr("dogs/broken.jpg: is no image"));
}

TEST(ImageDataset, ABrokenImageIsSkippedAndCountedWhereAsked) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    Bytes half = jpeg(60, 40);
    half.resize(half.size() / 2);
    data::test::write(folder / "dogs" / "broken.jpg", half);
    data::test::write(folder / "cats" / "empty.png", {});
    const Dataset data = image_dataset_from_directory(folder.path, {.shuffle = false, .on_error = "skip"});
    EXPECT_THAT(names_of(data, folder.path),
                ElementsAre("cats/a.png", "cats/b.PNG", "cats/c.png", "dogs/a.jpg", "dogs/b.jpeg"));
    EXPECT_THAT(data.skipped(), ElementsAre(HasSubstr("cats/empty.png: is empty"), HasSubstr("dogs/broken.jpg")));
    EXPECT_THAT(data.rescaled(2).slice(0, 1).skipped(), SizeIs(2));
    all_of(data);

    for (const char* name : {"a.png", "b.PNG", "c.png"}) std::filesystem::remove(folder / "cats" / name);
    for (const char* name : {"a.jpg", "b.jpeg"}) std::filesystem::remove(folder / "dogs" / name);
    EXPECT_THAT(error_of<FileError>([&] { image_dataset_from_directory(folder.path, {.on_error = "skip"}); }),
                HasSubstr("no image can be decoded: "));
}

TEST(ImageDataset, EntersLinkedFoldersOnlyWhenAskedAndNeverInCircles) {
    const TemporaryFolder folder;
    const TemporaryFolder elsewhere;
    write_pets(folder.path);
    data::test::write(elsewhere / "x.png", png(1, 1));
    std::filesystem::create_directory_symlink(elsewhere.path, folder / "cats" / "linked");
    EXPECT_EQ(image_dataset_from_directory(folder.path).size(), 5);
    EXPECT_EQ(image_dataset_from_directory(folder.path, {.follow_links = true}).size(), 6);
    std::filesystem::create_directory_symlink(folder.path, folder / "cats" / "again");
    EXPECT_EQ(image_dataset_from_directory(folder.path).size(), 5);
    EXPECT_THAT(error_of<FileError>([&] { image_dataset_from_directory(folder.path, {.follow_links = true}); }),
                HasSubstr("is a link that leads back to a folder above it"));
}

TEST(ImageDataset, NamesLinksThatLeadNowhere) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    std::filesystem::create_symlink("itself.png", folder / "cats" / "itself.png");
    std::filesystem::create_symlink("gone.png", folder / "dogs" / "nothing.png");
    const Dataset data = image_dataset_from_directory(folder.path, {.shuffle = false});
    EXPECT_THAT(error_of<FileError>([&] { all_of(data); }), HasSubstr("cats/itself.png: cannot be opened: "));
    EXPECT_THAT(error_of<FileError>([&] { all_of(data.skip(4)); }),
                HasSubstr("dogs/nothing.png: there is no such file"));
}

TEST(ImageDataset, RefusesFoldersWithoutImages) {
    const TemporaryFolder folder;
    const auto refused = [&] { return error_of<FileError>([&] { image_dataset_from_directory(folder.path); }); };
    EXPECT_THAT(error_of<FileError>([&] { image_dataset_from_directory(folder / "none"); }),
                HasSubstr("no such folder"));
    EXPECT_THAT(refused(), HasSubstr("holds no images (.png, .jpg, .jpeg, .webp, .bmp, .gif) in folders of classes"));
    data::test::write(folder / "a.png", png(1, 1));
    EXPECT_THAT(refused(), HasSubstr("in folders of classes"));
    EXPECT_EQ(image_dataset_from_directory(folder.path, {.labels = "none"}).size(), 1);
}

TEST(ImageDataset, RefusesArgumentsThatKerasRefuses) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    EXPECT_THAT(refusal(folder.path, {.labels = "guessed"}), AllOf(HasSubstr("'guessed'"), HasSubstr("inferred")));
    EXPECT_THAT(refusal(folder.path, {.labels = std::vector<std::int32_t>{1, 2}}),
                HasSubstr("2 labels are given; there are 5"));
    EXPECT_THAT(refusal(folder.path, {.labels = std::vector<std::int32_t>{0, 1, 7, 1, 1}, .label_mode = "categorical"}),
                HasSubstr("a label is 7"));
    EXPECT_THAT(refusal(folder.path, {.labels = "none", .class_names = {"cats"}}), HasSubstr("class_names"));
    EXPECT_THAT(refusal(folder.path, {.label_mode = "float"}), HasSubstr("label_mode is 'float'"));
    EXPECT_THAT(refusal(folder.path, {.label_mode = "binary", .class_names = {"cats"}}), HasSubstr("1 classes"));
    EXPECT_THAT(refusal(folder.path, {.class_names = {"cats", "birds"}}),
                HasSubstr("'birds'; there is no such folder"));
    EXPECT_THAT(refusal(folder.path, {.color_mode = "bgr"}), HasSubstr("color_mode is 'bgr'"));
    EXPECT_THAT(refusal(folder.path, {.image_size = {0, 4}}), HasSubstr("image_size is 0x4"));
    EXPECT_THAT(refusal(folder.path, {.image_size = {30000, 30000}}), HasSubstr("image_size is 30000x30000"));
    EXPECT_THAT(refusal(folder.path, {.validation_split = 0.5, .subset = "training"}), HasSubstr("no seed"));
    EXPECT_THAT(refusal(folder.path, {.seed = 1, .validation_split = 0.5}), HasSubstr("subset is missing"));
    EXPECT_THAT(refusal(folder.path, {.subset = "training"}), HasSubstr("validation_split is missing"));
    EXPECT_THAT(refusal(folder.path, {.seed = 1, .validation_split = 0.5, .subset = "test"}),
                HasSubstr("subset is 'test'"));
    EXPECT_THAT(refusal(folder.path, {.seed = 1, .validation_split = 1, .subset = "training"}),
                HasSubstr("validation_split is 1"));
    EXPECT_THAT(refusal(folder.path, {.seed = 1, .validation_split = 0.1, .subset = "training"}),
                HasSubstr("leaves none"));
    EXPECT_THAT(refusal(folder.path, {.interpolation = "cubic"}), HasSubstr("interpolation is 'cubic'"));
    EXPECT_THAT(refusal(folder.path, {.crop_to_aspect_ratio = true, .pad_to_aspect_ratio = true}),
                HasSubstr("both set"));
    EXPECT_THAT(refusal(folder.path, {.on_error = "ignore"}), HasSubstr("on_error is 'ignore'"));
    EXPECT_THAT(error_of<ValueError>([&] { image_datasets_from_directory(folder.path, {}); }),
                HasSubstr("above 0 is wanted"));
}

}  // namespace
}  // namespace markhor::utils
