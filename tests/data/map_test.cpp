// Dataset::map, from_function and from_generator: what the function sees, what it may give, what is refused.
#include <vector>

#include "support.hpp"

namespace markhor {
namespace {

using data::test::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Dataset numbers() {
    return {Tensor::from<float>({4, 1}, std::vector<float>{0, 1, 2, 3}),
            Tensor::from<std::int32_t>({4}, std::vector<std::int32_t>{0, 10, 20, 30})};
}

std::vector<float> read_mapped(const Dataset& data, const std::vector<std::int64_t>& items, std::int64_t epoch = 0) {
    Tensor x(data.x_shape().with_batch(static_cast<std::int64_t>(items.size())), DType::float32);
    Tensor y(data.y_shape().with_batch(static_cast<std::int64_t>(items.size())), data.y_dtype());
    data.read(items, x, y, epoch);
    const auto values = x.data<float>();
    return {values.begin(), values.end()};
}

TEST(Map, SeesTheExampleItsIndexAndTheEpoch) {
    const Dataset data = numbers().map([](Example& example) {
        example.x.data<float>()[0] +=
            100 * static_cast<float>(example.index) + 1000 * static_cast<float>(example.epoch);
        EXPECT_EQ(example.y.data<std::int32_t>()[0], 10 * example.index);
    });
    EXPECT_THAT(read_mapped(data, {3, 1}), ElementsAre(303, 101));
    EXPECT_THAT(read_mapped(data.slice(1, 4).rescaled(2), {0}, 2), ElementsAre(2 * 2101));
    EXPECT_THAT(read_mapped(numbers(), {3, 1}), ElementsAre(3, 1));
}

TEST(Map, MayChangeShapesAndTypesAsDeclared) {
    const Dataset data = numbers().map(
        [](Example& example) {
            example.x = Tensor::full({2, 2}, example.x.data<float>()[0]);
            example.y = example.y.cast(DType::float32).reshaped({1});
        },
        {.x_shape = Shape{2, 2}, .y_shape = Shape{1}, .y_dtype = DType::float32});
    EXPECT_EQ(data.x_shape(), Shape({2, 2}));
    EXPECT_THAT(read_mapped(data, {2}), ElementsAre(2, 2, 2, 2));
}

TEST(Map, RefusesWhatWasNotDeclared) {
    const Dataset wrong = numbers().map([](Example& example) { example.x = Tensor::zeros({3}); });
    EXPECT_THAT(error_of<ShapeError>([&] { read_mapped(wrong, {2}); }),
                HasSubstr("Dataset::map: example 2: the function gave x as float32 (3,); float32 (1,) is wanted"));
    EXPECT_THAT(error_of<ValueError>([] { numbers().map({}); }), HasSubstr("no function"));
}

TEST(Shuffle, IsAnotherPermutationEachEpoch) {
    const Dataset data = numbers().shuffle(3);
    const std::vector<std::int64_t> all{0, 1, 2, 3};
    EXPECT_THAT(read_mapped(data, all), ::testing::UnorderedElementsAre(0, 1, 2, 3));
    bool differs = false;
    for (std::int64_t epoch = 1; epoch < 6; ++epoch) {
        EXPECT_EQ(read_mapped(data, all, epoch), read_mapped(numbers().shuffle(3), all, epoch));
        differs |= read_mapped(data, all, epoch) != read_mapped(data, all);
        EXPECT_EQ(read_mapped(numbers().shuffle(3, false), all, epoch), read_mapped(data, all));
    }
    EXPECT_TRUE(differs);
}

TEST(TakeAndSkip, CountAsInTensorFlow) {
    EXPECT_EQ(numbers().take(3).size(), 3);
    EXPECT_EQ(numbers().take(9).size(), 4);
    EXPECT_EQ(numbers().take(-1).size(), 4);
    EXPECT_THAT(read_mapped(numbers().skip(3), {0}), ElementsAre(3));
    EXPECT_EQ(numbers().skip(9).size(), 0);
    EXPECT_EQ(numbers().skip(-1).size(), 0);
}

TEST(OneHot, PutsAOneAtTheClass) {
    const Dataset data(Tensor::zeros({2, 1}), Tensor::from<std::int32_t>({2}, std::vector<std::int32_t>{2, 0}));
    Tensor x({2, 1}, DType::float32);
    Tensor y({2, 3}, DType::float32);
    data.one_hot(3).read(std::vector<std::int64_t>{0, 1}, x, y);
    EXPECT_THAT(y.data<float>(), ElementsAre(0, 0, 1, 1, 0, 0));
    EXPECT_EQ(data.with_class_names({"a", "b", "c"}).one_hot().y_shape(), Shape({3}));
    EXPECT_THAT(error_of<ValueError>([&] { data.one_hot(); }), HasSubstr("number of classes"));
    Tensor narrow({2, 2}, DType::float32);
    EXPECT_THAT(error_of<ValueError>([&] {
                    data.one_hot(2).read(std::vector<std::int64_t>{0, 1}, x, narrow);
                }),
                HasSubstr("example 0 is of class 2; 0 to 1 are wanted"));
}

TEST(FromFunction, MakesExamplesAsTheyAreRead) {
    const Dataset data = Dataset::from_function(3, [](std::int64_t index) {
        return std::pair(Tensor::full({2}, static_cast<float>(index)), Tensor::zeros({}, DType::int64));
    });
    EXPECT_EQ(data.size(), 3);
    EXPECT_EQ(data.y_dtype(), DType::int64);
    EXPECT_THAT(read_mapped(data, {2, 0}), ElementsAre(2, 2, 0, 0));
}

TEST(FromFunction, RefusesExamplesOfAnotherShapeThanTheFirst) {
    const Dataset data = Dataset::from_function(
        3, [](std::int64_t index) { return std::pair(Tensor::zeros({index + 1}), Tensor::zeros({}, DType::int32)); });
    EXPECT_THAT(error_of<ShapeError>([&] { read_mapped(data, {1}); }),
                HasSubstr("example 1: the function gave x as float32 (2,)"));
    EXPECT_THAT(error_of<ValueError>([] { Dataset::from_function(0, {}); }), HasSubstr("size is 0"));
    EXPECT_THAT(error_of<ValueError>([] {
                    Dataset::from_function(
                        1, [](std::int64_t) { return std::pair(Tensor::zeros({1}, DType::int32), Tensor::zeros({})); });
                }),
                HasSubstr("x as int32"));
}

TEST(FromGenerator, KeepsWhatComesUntilNothingDoes) {
    int count = 0;
    const Dataset data = Dataset::from_generator([&]() -> std::optional<std::pair<Tensor, Tensor>> {
        if (count == 3) return std::nullopt;
        ++count;
        return std::pair(Tensor::full({1}, static_cast<float>(count)), Tensor::zeros({1}));
    });
    EXPECT_EQ(data.size(), 3);
    EXPECT_THAT(read_mapped(data, {2, 1}), ElementsAre(3, 2));
    EXPECT_THAT(error_of<ValueError>([] { Dataset::from_generator([] { return std::nullopt; }); }),
                HasSubstr("no example"));
}

}  // namespace
}  // namespace markhor
