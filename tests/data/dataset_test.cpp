// Dataset: what it accepts, and that reading by index gives the examples asked for, through every view.
#include <markhor/dataset.hpp>
#include <vector>

#include "support.hpp"

namespace markhor {
namespace {

using data::test::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct ReadBatch {
    std::vector<float> x;
    std::vector<std::int32_t> y;
};

ReadBatch read_items(const Dataset& data, const std::vector<std::int64_t>& items) {
    const auto count = static_cast<std::int64_t>(items.size());
    Tensor x(data.x_shape().with_batch(count), DType::float32);
    Tensor y(data.y_shape().with_batch(count), data.y_dtype());
    data.read(items, x, y);
    const auto values = x.data<float>();
    const auto labels = y.data<std::int32_t>();
    return {{values.begin(), values.end()}, {labels.begin(), labels.end()}};
}

Dataset three_bytes() {
    return {Tensor::from<std::uint8_t>({3, 2}, std::vector<std::uint8_t>{0, 255, 1, 2, 51, 102}),
            Tensor::from<std::uint8_t>({3}, std::vector<std::uint8_t>{7, 8, 9})};
}

TEST(Dataset, ReadsExamplesInTheOrderAskedFor) {
    const ReadBatch batch = read_items(three_bytes(), {2, 0, 2});
    EXPECT_THAT(batch.x, ElementsAre(51, 102, 0, 255, 51, 102));
    EXPECT_THAT(batch.y, ElementsAre(9, 7, 9));
}

TEST(Dataset, KeepsFloatTargetsOfAnyShape) {
    const Dataset data(Tensor::from<float>({2, 1}, std::vector<float>{1, 2}),
                       Tensor::from<float>({2, 3}, std::vector<float>{0, 1, 0, 1, 0, 0}));
    EXPECT_EQ(data.y_shape(), Shape({3}));
    EXPECT_EQ(data.y_dtype(), DType::float32);
    Tensor x({1, 1}, DType::float32);
    Tensor y({1, 3}, DType::float32);
    data.read(std::vector<std::int64_t>{1}, x, y);
    EXPECT_EQ(x.data<float>()[0], 2);
    EXPECT_THAT(y.data<float>(), ElementsAre(1, 0, 0));
}

TEST(Dataset, SliceCountsFromItsBegin) {
    const Dataset data = three_bytes().with_class_names({"a", "b"}).slice(1, 3);
    EXPECT_EQ(data.size(), 2);
    EXPECT_THAT(data.class_names(), ElementsAre("a", "b"));
    EXPECT_THAT(read_items(data, {1}).y, ElementsAre(9));
    EXPECT_THAT(read_items(data.slice(0, 1), {0}).y, ElementsAre(8));
}

TEST(Dataset, RescaledByOneOver255IsTheDivision) {
    std::vector<std::uint8_t> bytes(256);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    const Dataset data =
        Dataset(Tensor::from<std::uint8_t>({1, 256}, bytes), Tensor::zeros({1}, DType::int32)).rescaled(1.0 / 255);
    const ReadBatch batch = read_items(data, {0});
    for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(batch.x[i], static_cast<float>(i) / 255.0F) << i;
}

TEST(Dataset, RescaledAddsItsOffset) {
    EXPECT_THAT(read_items(three_bytes().rescaled(2, -1), {1}).x, ElementsAre(1, 3));
}

TEST(Dataset, ResizesEachImageOfABatch) {
    const Dataset data(Tensor::from<std::uint8_t>({2, 1, 2, 1}, std::vector<std::uint8_t>{0, 100, 10, 10}),
                       Tensor::zeros({2}, DType::int32));
    const Dataset wide = data.resized(1, 4);
    EXPECT_EQ(wide.x_shape(), Shape({1, 4, 1}));
    EXPECT_THAT(read_items(wide, {1, 0}).x, ElementsAre(10, 10, 10, 10, 0, 25, 75, 100));
}

TEST(Dataset, RefusesCountsThatDiffer) {
    const std::string error = error_of<ShapeError>([] {
        Dataset(Tensor::zeros({3, 2}), Tensor::zeros({2}, DType::int32));
    });
    EXPECT_THAT(error, HasSubstr("x has 3 examples, y has 2"));
}

TEST(Dataset, RefusesWhatItCannotRead) {
    const Tensor y = Tensor::zeros({2}, DType::int32);
    EXPECT_THAT(error_of<ValueError>([&] { Dataset(Tensor::zeros({2}, DType::int64), y); }), HasSubstr("int64"));
    EXPECT_THAT(error_of<ValueError>([&] { Dataset(y.cast(DType::float32), y.cast(DType::float64)); }),
                HasSubstr("float64"));
    EXPECT_THAT(error_of<ValueError>([&] { Dataset(Tensor(), y); }), HasSubstr("empty"));
    EXPECT_THAT(error_of<ShapeError>([&] { Dataset(Tensor::zeros({}), y); }), HasSubstr("scalar"));
    EXPECT_THAT(error_of<ValueError>([&] { Dataset(nullptr, {}); }), HasSubstr("no source"));
}

TEST(Dataset, RefusesIndicesAndTensorsThatDoNotFit) {
    const Dataset data = three_bytes();
    Tensor x({1, 2}, DType::float32);
    Tensor y({1}, DType::int32);
    EXPECT_THAT(error_of<ValueError>([&] { data.read(std::vector<std::int64_t>{3}, x, y); }), HasSubstr("there are 3"));
    EXPECT_THAT(error_of<ValueError>([&] { data.read(std::vector<std::int64_t>{-1}, x, y); }), HasSubstr("-1"));
    EXPECT_THAT(error_of<ShapeError>([&] { data.read(std::vector<std::int64_t>{0, 1}, x, y); }), HasSubstr("(2, 2)"));
    EXPECT_THAT(error_of<ValueError>([&] { data.slice(2, 4); }), HasSubstr("there are 3"));
    EXPECT_THAT(error_of<ShapeError>([&] { data.resized(4, 4); }), HasSubstr("(height, width, channels)"));
}

}  // namespace
}  // namespace markhor
