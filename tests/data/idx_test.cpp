// idx arrays and folders of them: good ones, and every way in which one can be broken.
#include <cstring>
#include <vector>

#include "data/file_bytes.hpp"
#include "support.hpp"

namespace markhor::data {
namespace {

using test::Bytes;
using test::error_of;
using test::idx;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(const Bytes& bytes) {
    return error_of<FileError>([&] { parse_idx(bytes, "x.idx"); });
}

TEST(ParseIdx, ReadsBytes) {
    const Tensor array = parse_idx(idx(8, {2, 3}, {1, 2, 3, 4, 5, 255}), "x");
    EXPECT_EQ(array.shape(), Shape({2, 3}));
    EXPECT_THAT(array.data<std::uint8_t>(), ElementsAre(1, 2, 3, 4, 5, 255));
}

TEST(ParseIdx, ReadsBigEndianWords) {
    EXPECT_THAT(parse_idx(idx(0x0C, {2}, {0, 0, 1, 2, 0xFF, 0xFF, 0xFF, 0xFE}), "x").data<std::int32_t>(),
                ElementsAre(258, -2));
    EXPECT_THAT(parse_idx(idx(0x0D, {1}, {0x3F, 0x80, 0, 0}), "x").data<float>(), ElementsAre(1.0F));
}

TEST(ParseIdx, RefusesWhatIsNoIdxFile) {
    EXPECT_THAT(refusal({}), AllOf(HasSubstr("x.idx"), HasSubstr("0 bytes")));
    EXPECT_THAT(refusal(Bytes(10, std::byte{1})), HasSubstr("two zero bytes"));
    EXPECT_THAT(refusal(idx(7, {1}, {1})), HasSubstr("element type 7"));
    EXPECT_THAT(refusal(idx(0x0E, {1}, {0, 0, 0, 0, 0, 0, 0, 0})), HasSubstr("float64"));
    EXPECT_THAT(refusal(idx(8, {}, {1})), HasSubstr("0 axes"));
    EXPECT_THAT(refusal(idx(8, std::vector<std::uint32_t>(9, 1), {1})), HasSubstr("9 axes"));
}

TEST(ParseIdx, RefusesSizesThatDoNotFitTheFile) {
    EXPECT_THAT(refusal(idx(8, {3}, {1, 2})), AllOf(HasSubstr("truncated"), HasSubstr("2 bytes"), HasSubstr("(3,)")));
    EXPECT_THAT(refusal(idx(8, {1}, {1, 2})), HasSubstr("after its end"));
    EXPECT_THAT(refusal(idx(8, {0}, {})), HasSubstr("size 0"));
    Bytes header = idx(8, {3, 3}, {});
    header.resize(9);
    EXPECT_THAT(refusal(header), HasSubstr("header"));
}

TEST(ParseIdx, RefusesSizesWhoseProductOverflows) {
    EXPECT_THAT(refusal(idx(8, std::vector<std::uint32_t>(8, 0xFFFFFFFFU), {})), HasSubstr("64 bits"));
    // 2^64 in all: would be 0 bytes if it wrapped around.
    EXPECT_THAT(refusal(idx(8, {0x80000000U, 0x80000000U, 4}, {})), HasSubstr("64 bits"));
}

TEST(ReadBytes, ExpandsGzipByContentNotName) {
    const TemporaryFolder folder;
    const Bytes bytes = idx(8, {2}, {1, 2});
    test::write_gzip(folder / "plain-name", bytes);
    test::write(folder / "name.gz", bytes);
    EXPECT_EQ(read_bytes(folder / "plain-name", 100), bytes);
    EXPECT_EQ(read_bytes(folder / "name.gz", 100), bytes);
}

TEST(ReadBytes, RefusesBrokenGzip) {
    const TemporaryFolder folder;
    Bytes zeros(100000);
    for (std::size_t i = 0; i < zeros.size(); ++i) zeros[i] = static_cast<std::byte>(i * i >> 3U);
    test::write_gzip(folder / "a.gz", zeros);
    Bytes bytes = test::read(folder / "a.gz");
    Bytes damaged = bytes;
    for (std::size_t i = 30; i < 40; ++i) damaged[i] ^= std::byte{0xFF};
    test::write(folder / "damaged.gz", damaged);
    bytes.resize(bytes.size() / 2);
    test::write(folder / "half.gz", bytes);
    EXPECT_THAT(error_of<FileError>([&] { read_bytes(folder / "half.gz", 1 << 20); }),
                AllOf(HasSubstr("half.gz"), HasSubstr("truncated")));
    EXPECT_THAT(error_of<FileError>([&] { read_bytes(folder / "damaged.gz", 1 << 20); }),
                AllOf(HasSubstr("damaged.gz"), HasSubstr("damaged")));
}

TEST(ReadBytes, StopsAtTheLimit) {
    const TemporaryFolder folder;
    test::write_gzip(folder / "bomb.gz", Bytes(4 << 20));  // a few kilobytes of gzip
    EXPECT_THAT(error_of<FileError>([&] { read_bytes(folder / "bomb.gz", 1 << 20); }), HasSubstr("more than 1 MiB"));
    EXPECT_EQ(read_bytes(folder / "bomb.gz", 4 << 20).size(), std::size_t{4 << 20});
}

TEST(ReadBytes, NamesWhatIsNotAFile) {
    const TemporaryFolder folder;
    EXPECT_THAT(error_of<FileError>([&] { read_bytes(folder / "none", 1); }), HasSubstr("no such file"));
    EXPECT_THAT(error_of<FileError>([&] { read_bytes(folder.path, 1); }), HasSubstr("is not a file"));
}

TEST(IdxFolder, ReadsPlainAndCompressedFiles) {
    const TemporaryFolder folder;
    test::write_idx_set(folder.path);
    const TrainTest parts = open_folder(folder.path);
    EXPECT_EQ(parts.train.size(), 4);
    EXPECT_EQ(parts.test.size(), 2);
    EXPECT_EQ(parts.train.x_shape(), Shape({2, 3, 1}));
    EXPECT_THAT(parts.test.class_names(), ElementsAre("0", "1", "2"));
    Tensor x({1, 2, 3, 1}, DType::float32);
    Tensor y({1}, DType::int32);
    parts.train.read(std::vector<std::int64_t>{1}, x, y);
    EXPECT_FLOAT_EQ(x.data<float>()[5], 110.0F / 255.0F);
    EXPECT_EQ(y.data<std::int32_t>()[0], 1);
    EXPECT_EQ(open_folder(folder.path, {.height = 4, .width = 8}).train.x_shape(), Shape({4, 8, 1}));
}

TEST(IdxFolder, NamesTheMissingFile) {
    const TemporaryFolder folder;
    EXPECT_THAT(error_of<FileError>([&] { idx_folder(folder / "none"); }), HasSubstr("no such folder"));
    test::write_idx_set(folder.path);
    std::filesystem::remove(folder / "t10k-labels-idx1-ubyte.gz");
    EXPECT_THAT(error_of<FileError>([&] { idx_folder(folder.path); }), HasSubstr("test labels; t10k-labels-idx"));
}

TEST(IdxFolder, NamesTheFileThatDoesNotFit) {
    const TemporaryFolder folder;
    const auto refusal_with = [&](const char* name, const Bytes& bytes) {
        test::write_idx_set(folder.path);
        test::write(folder / name, bytes);
        return error_of<FileError>([&] { idx_folder(folder.path); });
    };
    EXPECT_THAT(refusal_with("train-labels-idx1-ubyte", idx(8, {3}, {0, 1, 2})),
                AllOf(HasSubstr("train-labels-idx1-ubyte: holds 3 labels"), HasSubstr("4 images")));
    EXPECT_THAT(refusal_with("train-labels-idx1-ubyte", idx(8, {4, 1}, {0, 1, 2, 0})), HasSubstr("labels are"));
    EXPECT_THAT(refusal_with("train-images-idx3-ubyte", idx(8, {4}, {0, 1, 2, 0})), HasSubstr("images are uint8"));
    EXPECT_THAT(refusal_with("train-images-idx3-ubyte", idx(8, {4, 1, 1}, {0, 1, 2, 0})), HasSubstr("must be equal"));
    EXPECT_THAT(
        refusal_with("train-labels-idx1-ubyte", idx(0x0C, {4}, {0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0})),
        HasSubstr("the label -"));
}

TEST(FashionMnist, SaysWhichPackageToInstall) {
    EXPECT_THAT(error_of<FileError>([] { fashion_mnist("/none"); }), HasSubstr("dataset-fashion-mnist"));
}

TEST(FashionMnist, HoldsSeventyThousandImages) {
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
        GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const TrainTest parts = fashion_mnist();
    EXPECT_EQ(parts.train.size(), 60000);
    EXPECT_EQ(parts.test.size(), 10000);
    EXPECT_EQ(parts.train.x_shape(), Shape({28, 28, 1}));
    EXPECT_EQ(parts.train.class_names().at(9), "Ankle boot");
    std::vector<std::int64_t> items(10000);
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<std::int64_t>(i);
    Tensor x({10000, 28, 28, 1}, DType::float32);
    Tensor y({10000}, DType::int32);
    parts.test.read(items, x, y);
    std::vector<int> counts(10);
    for (const std::int32_t label : y.data<std::int32_t>()) ++counts.at(static_cast<std::size_t>(label));
    EXPECT_THAT(counts, ::testing::Each(1000));
    EXPECT_EQ(*std::ranges::max_element(x.data<float>()), 1.0F);
}

}  // namespace
}  // namespace markhor::data
