// CIFAR's records, NumPy's arrays and tables of paths: what they hold, and the one line that says what is wrong with a
// file.
#include <cmath>
#include <markhor/data_files.hpp>
#include <numeric>
#include <vector>

#include "data/csv.hpp"
#include "data/npz.hpp"
#include "support.hpp"
#include "support/paths.hpp"

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

Bytes text(const std::string& characters) {
    const auto bytes = std::as_bytes(std::span(characters));
    return {bytes.begin(), bytes.end()};
}

/// One record an entry: its label bytes, then an image of which channel c is 10 c + 1 but for the first pixel, 255.
Bytes cifar(const std::vector<std::vector<int>>& labels) {
    Bytes bytes;
    for (const auto& record : labels) {
        for (const int label : record) bytes.push_back(static_cast<std::byte>(label));
        for (int c = 0; c < 3; ++c) {
            bytes.push_back(std::byte{255});
            bytes.insert(bytes.end(), 1023, static_cast<std::byte>(10 * c + 1));
        }
    }
    return bytes;
}

void write_cifar10(const std::filesystem::path& folder) {
    for (int i = 1; i <= 5; ++i) test::write(folder / ("data_batch_" + std::to_string(i) + ".bin"), cifar({{i}, {9}}));
    test::write(folder / "test_batch.bin", cifar({{3}}));
}

std::string npy(const std::string& descr, const std::string& shape, const std::string& elements) {
    const std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + std::string(1, '\0') + header +
           elements;
}

TEST(Cifar, ReadsTheBatchesInOrderAndInterleavesChannels) {
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    const TrainTest sets = cifar10(folder.path);
    EXPECT_EQ(sets.train.size(), 10);
    EXPECT_EQ(sets.train.class_names().at(3), "cat");
    const Batch batch = *sets.train.batches({.batch_size = 10}).next();
    EXPECT_THAT(batch.y.data<std::int32_t>(), ElementsAre(1, 9, 2, 9, 3, 9, 4, 9, 5, 9));
    EXPECT_EQ(batch.x.shape(), Shape({10, 32, 32, 3}));
    EXPECT_THAT(batch.x.data<float>().first(6), ElementsAre(1, 1, 1, 1 / 255.0F, 11 / 255.0F, 21 / 255.0F));
}

TEST(Cifar, ReadsFineAndCoarseLabels) {
    const TemporaryFolder folder;
    test::write(folder / "train.bin", cifar({{19, 99}, {0, 5}}));
    test::write(folder / "test.bin", cifar({{1, 2}}));
    const auto labels = [](const Dataset& data) {
        const Tensor y = data.batches().next()->y.clone();
        return std::vector<std::int32_t>(y.data<std::int32_t>().begin(), y.data<std::int32_t>().end());
    };
    EXPECT_THAT(labels(cifar100(folder.path).train), ElementsAre(99, 5));
    EXPECT_THAT(labels(cifar100(folder.path, "coarse").train), ElementsAre(19, 0));
    std::string names;
    for (int i = 0; i < 20; ++i) names += "class" + std::to_string(i) + "\r\n";
    test::write(folder / "coarse_label_names.txt", text(names));
    EXPECT_EQ(cifar100(folder.path, "coarse").test.class_names().at(19), "class19");
    EXPECT_THAT(error_of<ValueError>([&] { cifar100(folder.path, "both"); }), HasSubstr("'both'"));
}

TEST(Cifar, NamesTheFileThatDoesNotFit) {
    const TemporaryFolder folder;
    write_cifar10(folder.path);
    const auto refusal = [&] { return error_of<FileError>([&] { cifar10(folder.path); }); };
    test::write(folder / "data_batch_2.bin", Bytes(3000));
    EXPECT_THAT(refusal(), AllOf(HasSubstr("data_batch_2.bin: has 3000 bytes"), HasSubstr("3073")));
    test::write(folder / "data_batch_2.bin", cifar({{1}, {10}}));
    EXPECT_THAT(refusal(), HasSubstr("data_batch_2.bin: record 1 has the label 10; 0 to 9"));
    std::filesystem::remove(folder / "data_batch_2.bin");
    EXPECT_THAT(refusal(), HasSubstr("data_batch_2.bin: there is no such file"));
    EXPECT_THAT(error_of<FileError>([&] { cifar10(folder / "none"); }), HasSubstr("none: there is no such folder"));
}

TEST(NpyFiles, AreReadAsExamples) {
    const TemporaryFolder folder;
    test::write(folder / "x.npy", text(npy("|u1", "(2, 1, 3)", "\x01\x02\x03\x04\x05\x06")));
    test::write(folder / "y.npy", text(npy("|u1", "(2,)", "\x07\x08")));
    const Dataset data = npy_files(folder / "x.npy", folder / "y.npy");
    EXPECT_EQ(data.x_shape(), Shape({1, 3, 1}));
    const Batch batch = *data.batches().next();
    EXPECT_THAT(batch.x.data<float>(), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(batch.y.data<std::int32_t>(), ElementsAre(7, 8));
    test::write(folder / "y.npy", text(npy("|u1", "(1,)", "\x07")));
    EXPECT_THAT(error_of<FileError>([&] { npy_files(folder / "x.npy", folder / "y.npy"); }),
                AllOf(HasSubstr("y.npy: "), HasSubstr("x has 2 examples, y has 1")));
    EXPECT_THAT(error_of<FileError>([&] { npy_files(folder / "x.npy", folder / "z.npy"); }),
                HasSubstr("z.npy: there is no"));
}

TEST(NpyFiles, OfHalfPrecisionAreReadAsFloats) {
    using namespace std::string_literals;
    // 1, -2, the largest finite number, the least subnormal one, infinity.
    const Tensor read = parse_npy(text(npy("<f2", "(5,)", "\x00\x3c\x00\xc0\xff\x7b\x01\x00\x00\x7c"s)), "half.npy");
    EXPECT_THAT(read.data<float>(), ElementsAre(1.0F, -2.0F, 65504.0F, 0x1p-24F, INFINITY));
}

TEST(NpzFile, NamesTheArraysThereAre) {
    const std::filesystem::path file = markhor::test::golden("data/images.npz");
    const Dataset data = npz_file(file, {.x = "png_3", .y = "png_3"});
    EXPECT_EQ(data.size(), 7);
    EXPECT_EQ(data.x_shape(), Shape({5, 3, 1}));
    EXPECT_THAT(error_of<FileError>([&] { npz_file(file); }),
                AllOf(HasSubstr("has no array 'x'"), HasSubstr("'png_3'")));
    EXPECT_THAT(error_of<FileError>([&] { npz_train_test(file); }), HasSubstr("has no array 'x_train'"));
}

TEST(NpzFile, FromMemoryIsTheSameAsFromTheFile) {
    const std::filesystem::path file = markhor::test::golden("data/images.npz");
    EXPECT_EQ(parse_npz(test::read(file), "a").size(), read_npz(file).size());
    EXPECT_THAT(error_of<FileError>([] { parse_npz(Bytes(100), "a.npz"); }),
                HasSubstr("a.npz: cannot be read as a zip archive"));
}

TEST(Csv, ReadsQuotedFieldsAndAllLineEnds) {
    const auto rows = parse_csv(
        "\xEF\xBB\xBF"
        "a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\n\n,z",
        "t");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_THAT(rows[0].fields, ElementsAre("a", "b"));
    EXPECT_THAT(rows[1].fields, ElementsAre("x, \"y\"", "two\nlines"));
    EXPECT_THAT(rows[2].fields, ElementsAre("", "z"));
    EXPECT_EQ(rows[2].line, 5U);
}

TEST(Csv, NamesTheLineThatIsWrong) {
    const auto refusal = [](const char* table) { return error_of<FileError>([&] { parse_csv(table, "t.csv"); }); };
    EXPECT_THAT(refusal("a,b\n1,2\n3\n"), HasSubstr("t.csv: line 3 has 1 fields; the header has 2"));
    EXPECT_THAT(refusal("a,b\n\"1,2"), HasSubstr("line 2 ends within a quoted field"));
    EXPECT_THAT(refusal("a,b\n\"1\"x,2"), HasSubstr("line 2 has characters behind a quoted field"));
    EXPECT_THAT(refusal("\n"), HasSubstr("is empty"));
}

TEST(CsvFile, ReadsTheImagesItNames) {
    const TemporaryFolder folder;
    test::write(folder / "pictures" / "a.png", png(2, 2));
    test::write(folder / "pictures" / "b.jpg", jpeg(4, 4));
    test::write(folder / "t.csv", text("id,filename,class\n1,pictures/b.jpg,shoe\n2,pictures/a.png,boot\n"));
    const Dataset data = csv_file(folder / "t.csv", {.image_size = {2, 2}});
    EXPECT_THAT(data.class_names(), ElementsAre("boot", "shoe"));
    EXPECT_THAT(data.batches().next()->y.data<std::int32_t>(), ElementsAre(1, 0));
    EXPECT_THAT(data.name(1), HasSubstr("pictures/a.png"));
    EXPECT_EQ(csv_file(folder / "t.csv", {.label_mode = "categorical"}).y_shape(), Shape({2}));
    EXPECT_THAT(csv_file(folder / "t.csv", {.y_col = ""}).batches().next()->y.data<std::int32_t>(),
                ElementsAre(-1, -1));
    // Numbers are labels themselves.
    const Dataset numbered = csv_file(folder / "t.csv", {.y_col = "id"});
    EXPECT_THAT(numbered.batches().next()->y.data<std::int32_t>(), ElementsAre(1, 2));
    EXPECT_EQ(numbered.class_names().size(), 3U);
}

TEST(CsvFile, NamesWhatIsMissing) {
    const TemporaryFolder folder;
    test::write(folder / "t.csv", text("filename,class\nnone.png,a\n,b\n"));
    const auto refusal = [&](const CsvOptions& options) {
        return error_of<FileError>([&] { csv_file(folder / "t.csv", options).batches().next(); });
    };
    EXPECT_THAT(refusal({.x_col = "path"}), HasSubstr("has no column 'path'; it has 'filename', 'class'"));
    EXPECT_THAT(refusal({}), HasSubstr("line 3 names no file"));
    test::write(folder / "t.csv", text("filename,class\nnone.png,a\n"));
    EXPECT_THAT(refusal({}), HasSubstr("none.png: there is no such file"));
    EXPECT_THAT(refusal({.label_mode = "binary"}), HasSubstr("1 classes; label_mode = binary wants 2"));
    EXPECT_THAT(refusal({.on_error = "skip"}), HasSubstr("names no image that can be decoded"));
    test::write(folder / "t.csv", text("filename,class\n"));
    EXPECT_THAT(refusal({}), HasSubstr("nothing else"));
}

}  // namespace
}  // namespace markhor::data
