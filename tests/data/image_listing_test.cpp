// A folder of images before training: what is there, what was passed over, and what follows from the counts.
#include <markhor/image_listing.hpp>
#include <sstream>

#include "support.hpp"

namespace markhor::data {
namespace {

using test::Bytes;
using test::error_of;
using test::jpeg;
using test::png;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace fs = std::filesystem;

/// Four cats and one dog.
void write_pets(const fs::path& folder) {
    for (unsigned i = 0; i < 4; ++i) test::write(folder / "cat" / (std::to_string(i) + ".jpg"), jpeg(20 + 10 * i, 16));
    test::write(folder / "dog" / "rex.png", png(5, 7));
}

std::string reason_of(const ImageListing& listing, const fs::path& path) {
    for (const PassedOver& each : listing.passed_over) {
        if (each.path == path) return each.reason;
    }
    return "not passed over";
}

TEST(ImageListing, CountsClassesSizesAndFormats) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    const ImageListing listing = list_image_folder(folder.path);
    EXPECT_THAT(listing.class_names, ElementsAre("cat", "dog"));
    EXPECT_THAT(listing.class_counts(), ElementsAre(4, 1));
    EXPECT_EQ(listing.imbalance(), 4);
    EXPECT_EQ(listing.widths().min, 5);
    EXPECT_EQ(listing.widths().median, 30);
    EXPECT_EQ(listing.widths().max, 50);
    EXPECT_EQ(listing.heights().min, 7);
    EXPECT_EQ(listing.images.back().format, "PNG");
    EXPECT_EQ(listing.images.back().bytes, fs::file_size(folder / "dog" / "rex.png"));
    EXPECT_THAT(listing.passed_over, IsEmpty());
    EXPECT_THAT(listing.str(), AllOf(HasSubstr("5 images of 2 classes"), HasSubstr("width 5 to 50 (median 30)"),
                                     HasSubstr("4 JPEG, 1 PNG"), HasSubstr("4.0 times"), Not(HasSubstr("EXIF")),
                                     Not(HasSubstr("passed over"))));
}

TEST(ImageListing, SaysWhatWasPassedOverAndWhy) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    const std::vector<std::pair<std::string, std::string>> expected = {
        {"@eaDir", "a system"},           {"cat/@eaDir", "a system"}, {"cat/.thumbnails", "hidden"},
        {"cat/._0.jpg", "hidden"},        {"cat/notes.TXT", ".txt"},  {"cat/IMG_1.HEIC", ".heic"},
        {"cat/README", "without"},        {"stray.jpg", "outside"},   {"cat/gone.jpg", "a link to nothing"},
        {"cat/around", "a link to a fo"}, {"__MACOSX", "a system"},
    };
    for (const char* name : {"@eaDir/dog/1.jpg", "cat/@eaDir/0.jpg/SYNOPHOTO_THUMB_M.jpg", "cat/.thumbnails/0.jpg",
                             "__MACOSX/cat/._1.jpg", "stray.jpg"}) {
        test::write(folder / name, jpeg(2, 2));
    }
    for (const char* name : {"cat/._0.jpg", "cat/notes.TXT", "cat/IMG_1.HEIC", "cat/README"}) {
        test::write(folder / name, Bytes(5));
    }
    fs::create_symlink(folder / "nothing", folder / "cat/gone.jpg");
    fs::create_directory_symlink(folder.path, folder / "cat/around");
    const ImageListing listing = list_image_folder(folder.path);
    for (const auto& [path, reason] : expected) {
        EXPECT_THAT(reason_of(listing, folder / path), HasSubstr(reason)) << path;
    }
    EXPECT_EQ(listing.passed_over.size(), expected.size());
    EXPECT_THAT(listing.class_counts(), ElementsAre(4, 1));
    EXPECT_THAT(listing.str(), AllOf(HasSubstr("passed over"), HasSubstr("IMG_1.HEIC")));
}

TEST(ImageListing, NamesAllBrokenHeadersAndEmptyClasses) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    test::write(folder / "cat" / "empty.jpg", Bytes());
    test::write(folder / "dog" / "page.png", Bytes(90, std::byte{'<'}));
    Bytes cut = png(5, 5);
    cut.resize(20);
    test::write(folder / "lost" / "cut.png", cut);
    fs::create_directory(folder / "zebra");
    const ImageListing listing = list_image_folder(folder.path);
    ASSERT_EQ(listing.broken.size(), 3U);
    EXPECT_THAT(listing.broken[0].line, HasSubstr("cat/empty.jpg: is empty"));
    EXPECT_THAT(listing.broken[1].line, HasSubstr("page.png: is no image of a known kind"));
    EXPECT_THAT(listing.broken[2].line, HasSubstr("cut.png: "));
    EXPECT_THAT(listing.class_names, ElementsAre("cat", "dog"));
    EXPECT_THAT(listing.warnings, ElementsAre(HasSubstr("lost: holds no images that can be read"),
                                              HasSubstr("zebra: holds no images (.png")));
    EXPECT_THAT(listing.str(), AllOf(HasSubstr("broken: 3 images"), HasSubstr("zebra")));
}

TEST(ImageListing, TellsSetsApart) {
    const TemporaryFolder folder;
    write_pets(folder / "train");
    write_pets(folder / "val");
    fs::remove(folder / "val" / "dog" / "rex.png");
    const ImageListing listing = list_image_folder(folder.path);
    EXPECT_THAT(listing.sets, ElementsAre("train", "val"));
    EXPECT_THAT(listing.class_counts(0), ElementsAre(4, 1));
    EXPECT_THAT(listing.class_counts(1), ElementsAre(4, 0));
    EXPECT_THAT(listing.warnings, ElementsAre(AllOf(HasSubstr("val/dog"), HasSubstr("nothing measures"))));
}

TEST(ImageListing, ReadsAHeaderBehindALongPreview) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    const Bytes plain = jpeg(33, 44);
    Bytes file(plain.begin(), plain.begin() + 2);
    for (int i = 0; i < 3; ++i) {  // three segments of 60,000 bytes
        for (const unsigned byte : {0xFFU, 0xE2U, 0xEAU, 0x60U}) file.push_back(static_cast<std::byte>(byte));
        file.resize(file.size() + 60'000 - 2);
    }
    file.insert(file.end(), plain.begin() + 2, plain.end());
    test::write(folder / "dog" / "long.jpg", file);
    const ImageListing listing = list_image_folder(folder.path);
    EXPECT_THAT(listing.broken, IsEmpty());
    EXPECT_EQ(listing.heights().max, 44);
}

TEST(ImageListing, RefusesWhatIsNoFolder) {
    const TemporaryFolder folder;
    EXPECT_THAT(error_of<FileError>([&] { list_image_folder(folder / "none"); }), HasSubstr("no such folder"));
    EXPECT_THAT(list_image_folder(folder.path).str(), HasSubstr("0 images of 0 classes"));
}

TEST(ClassWeights, BalancedAreThoseOfScikitLearn) {
    const std::vector<std::int64_t> counts = {4, 1, 5};
    const auto weights = balanced_class_weight(counts);
    EXPECT_DOUBLE_EQ(weights.at(0), 10.0 / 12);
    EXPECT_DOUBLE_EQ(weights.at(1), 10.0 / 3);
    EXPECT_DOUBLE_EQ(weights.at(2), 10.0 / 15);
    EXPECT_THAT(error_of<ValueError>([] {
                    balanced_class_weight(std::vector<std::int64_t>{3, 0});
                }),
                HasSubstr("class 1 has 0 images"));
}

TEST(ClassCounts, AreKnownWithoutReadingAndFollowTheViews) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    test::write(folder / "dog" / "max.png", png(5, 7));
    const Dataset train = image_folder(folder.path, {.height = 4, .width = 4, .test_split = 0.5}).train;
    EXPECT_THAT(train.class_counts(), ElementsAre(2, 1));
    EXPECT_THAT(train.shuffle(1).cache().one_hot().class_counts(), ElementsAre(2, 1));
    EXPECT_THAT(train.slice(2, 3).class_counts(), ElementsAre(0, 1));
    const auto to_dogs = [](Example& example) { example.y.data<std::int32_t>()[0] = 1; };
    EXPECT_THAT(train.map(to_dogs).class_counts(), ElementsAre(0, 3));
    const Dataset vectors = Dataset(Tensor({2, 1}, DType::float32), Tensor({2, 3}, DType::float32));
    EXPECT_THAT(error_of<ShapeError>([&] { (void)vectors.class_counts(); }), HasSubstr("a vector with a one"));
}

TEST(ImageMemory, GrowsWithTheSizeAndIsAQuarterWhereRounded) {
    const TemporaryFolder folder;
    write_pets(folder.path);
    const ImageListing listing = list_image_folder(folder.path);
    const ImageMemory floats = image_memory(listing, {.height = 100, .width = 100}, 8);
    const ImageMemory bytes = image_memory(listing, {.height = 100, .width = 100, .rounded = true}, 8);
    EXPECT_EQ(bytes.cache, 5U * (30'000 + 8));
    EXPECT_EQ(floats.cache, 5U * (120'000 + 8));
    EXPECT_EQ(floats.batches, bytes.batches);
    EXPECT_GT(image_memory(listing, {.height = 100, .width = 100}, 16).batches, floats.batches);
    EXPECT_GT(available_memory(), std::size_t{1} << 20U);
}

TEST(Progress, SaysHowManyPhotosAreDecoded) {
    std::ostringstream output;
    const auto progress = print_progress(output, false);
    progress(1, 2);
    EXPECT_EQ(output.str(), "");  // nothing about what takes no time
}

}  // namespace
}  // namespace markhor::data
