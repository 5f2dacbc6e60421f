// Which folders are sets and which are classes.
#include "data/image_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <markhor/dataset.hpp>

#include "support/files.hpp"
#include "support/paths.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string error_of(const auto& body) {
    try {
        body();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

/// A picture in each of these folders.
void fill(const fs::path& root, const std::vector<std::string>& folders) {
    const std::string picture = markhor::test::golden("image_input/photos/test/dark/1.png");
    for (const std::string& folder : folders) {
        fs::create_directories(root / folder);
        for (const char* name : {"1.png", "2.png"}) fs::copy_file(picture, root / folder / name);
    }
}

TEST(ImageSets, AreKnownByTheirNamesInAnyCaseAndOrder) {
    EXPECT_THAT(image_sets({"test", "train"}), ElementsAre("train", "test"));
    EXPECT_THAT(image_sets({"train", "val"}), ElementsAre("train", "val"));
    EXPECT_THAT(image_sets({"Test", "TRAIN", "Validation"}), ElementsAre("TRAIN", "Validation", "Test"));
    EXPECT_THAT(image_sets({"cat", "dog"}), IsEmpty());
    EXPECT_THAT(image_sets({"train"}), IsEmpty());          // a class of trains
    EXPECT_THAT(image_sets({"test", "valid"}), IsEmpty());  // nothing to train on
    EXPECT_THAT(error_of([] {
                    (void)image_sets({"train", "val", "valid"}, "photos");
                }),
                HasSubstr("photos: holds val, valid; expected one folder to validate on"));
    EXPECT_THAT(error_of([] {
                    (void)image_sets({"cat", "test", "train"}, "photos");
                }),
                HasSubstr("photos: holds the sets train, test and beside them cat"));
}

TEST(ImageSets, AFolderOfTrainAndValidationIsMeasuredOnTheSecond) {
    const markhor::test::TemporaryFolder scratch;
    fill(scratch.path, {"train/a", "train/b", "Val/a", "Val/b"});
    fs::remove(scratch.path / "Val/b/2.png");
    const TrainTest data = open_folder(scratch.path);
    EXPECT_THAT(data.train.class_names(), ElementsAre("a", "b"));
    EXPECT_EQ(data.train.size(), 4);
    EXPECT_EQ(data.test.size(), 3);
}

TEST(ImageSets, ClassesThatOneSetLacksOrHasAloneAreNamed) {
    const markhor::test::TemporaryFolder scratch;
    fill(scratch.path, {"train/a", "train/b", "train/c", "test/a"});
    EXPECT_THAT(error_of([&] { (void)open_folder(scratch.path); }),
                HasSubstr("test: lacks the classes b, c, which " + (scratch.path / "train").string() + " has"));
    fill(scratch.path, {"test/b", "test/c", "test/d"});
    EXPECT_THAT(error_of([&] { (void)open_folder(scratch.path); }), HasSubstr("test: has the class d, not in"));
}

TEST(ImageSets, FoldersThatHoldNothingButTheSameFoldersAreNoClasses) {
    const markhor::test::TemporaryFolder scratch;
    fill(scratch.path, {"day/a", "day/b", "night/a", "night/b"});
    EXPECT_THAT(error_of([&] { (void)open_folder(scratch.path); }),
                HasSubstr("its folders day, night hold no images but the same folders (a, b)"));
    fill(scratch.path, {"night/c"});  // classes whose images lie in folders of their own
    EXPECT_EQ(open_folder(scratch.path).train.class_names().size(), 2U);
}

}  // namespace
}  // namespace markhor::data
