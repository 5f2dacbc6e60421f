// argmax, softmax, to_categorical, confusion_matrix and expand_dims: values by hand (NumPy's), and what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <markhor/tensor_functions.hpp>

#include "support/error_of.hpp"

namespace markhor {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

Tensor floats(Shape shape, const std::vector<float>& values) { return Tensor::from(std::move(shape), values); }

TEST(Argmax, IsTheFirstOfTheLargestAlongAnAxis) {
    const Tensor x = floats({2, 3}, {1, 3, 3, 9, 0, 2});
    EXPECT_THAT(argmax(x).data<std::int32_t>(), ElementsAre(1, 0));
    EXPECT_THAT(argmax(x, 0).data<std::int32_t>(), ElementsAre(1, 0, 0));
    EXPECT_EQ(argmax(Tensor::zeros({2, 4, 5}), 1).shape(), Shape({2, 5}));
    EXPECT_EQ(argmax(floats({3}, {0, 1, 2})).shape(), Shape());
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THAT(argmax(floats({4}, {1, nan, 5, nan})).data<std::int32_t>(), ElementsAre(1));
    EXPECT_THAT(argmax(Tensor::from(Shape{3}, std::vector<std::uint8_t>{1, 200, 3})).data<std::int32_t>(),
                ElementsAre(1));
    EXPECT_THAT(error_of([&] { argmax(x, 2); }), HasSubstr("axis 2 is outside the shape (2, 3)"));
    EXPECT_THAT(error_of([&] { argmax(Tensor::zeros({2, 0})); }), HasSubstr("empty"));
}

TEST(Softmax, SumsToOneAlongAnAxis) {
    const Tensor p = softmax(floats({1, 3}, {1, 2, 3}));
    EXPECT_THAT(p.data<float>(), ElementsAre(FloatNear(0.09003057F, 1e-7F), FloatNear(0.24472848F, 1e-7F),
                                             FloatNear(0.66524094F, 1e-7F)));
    EXPECT_THAT(softmax(floats({2, 1}, {1000, 1000}), 0).data<float>(), ElementsAre(0.5F, 0.5F));
    EXPECT_EQ(softmax(Tensor::zeros({2, 3}, DType::int32)).dtype(), DType::float32);
    EXPECT_THAT(error_of([] { softmax(Tensor::zeros({2}), 1); }), HasSubstr("axis 1"));
}

TEST(ToCategorical, PutsAOneForEachClass) {
    const Tensor y = to_categorical(Tensor::from(Shape{3}, std::vector<std::int32_t>{2, 0, 1}));
    EXPECT_EQ(y.shape(), Shape({3, 3}));
    EXPECT_THAT(y.data<float>(), ElementsAre(0, 0, 1, 1, 0, 0, 0, 1, 0));
    EXPECT_EQ(to_categorical(Tensor::zeros({2, 4, 1}, DType::uint8), 5).shape(), Shape({2, 4, 5}));
    EXPECT_THAT(error_of([] { to_categorical(floats({1}, {3}), 3); }),
                HasSubstr("the class 3 is beyond num_classes = 3"));
    EXPECT_THAT(error_of([] { to_categorical(floats({1}, {-1})); }), HasSubstr("-1 is no class number"));
    EXPECT_THAT(error_of([] { to_categorical(floats({1}, {1.5F})); }), HasSubstr("no class number"));
    EXPECT_THAT(error_of([] { to_categorical(floats({1}, {NAN})); }), HasSubstr("nan"));
    EXPECT_THAT(error_of([] { to_categorical(Tensor()); }), HasSubstr("empty"));
}

TEST(ConfusionMatrix, CountsWhatWasTakenForWhat) {
    const auto numbers = [](const std::vector<std::int32_t>& values) {
        return Tensor::from(Shape{static_cast<std::int64_t>(values.size())}, values);
    };
    const Tensor counts = confusion_matrix(numbers({0, 1, 2, 1}), numbers({0, 2, 2, 1}));
    EXPECT_EQ(counts.shape(), Shape({3, 3}));
    EXPECT_THAT(counts.data<std::int32_t>(), ElementsAre(1, 0, 0, 0, 1, 1, 0, 0, 1));
    const Tensor scores = floats({2, 3}, {0.1F, 0.7F, 0.2F, 0.9F, 0, 0.1F});
    EXPECT_THAT(confusion_matrix(numbers({1, 1}), scores).data<std::int32_t>(), ElementsAre(0, 0, 0, 1, 1, 0, 0, 0, 0));
    const Tensor weighted =
        confusion_matrix(numbers({0, 1}), numbers({0, 0}), {.num_classes = 2, .weights = floats({2}, {0.5F, 2})});
    EXPECT_THAT(weighted.data<float>(), ElementsAre(0.5F, 0, 2, 0));
    EXPECT_THAT(error_of([&] { confusion_matrix(numbers({0}), numbers({0, 1})); }), HasSubstr("as many examples"));
    EXPECT_THAT(error_of([&] { confusion_matrix(numbers({5}), numbers({0}), {.num_classes = 2}); }),
                HasSubstr("class 5"));
}

TEST(ExpandDims, AddsAnAxisOfOne) {
    const Tensor image = Tensor::zeros({28, 28, 1});
    EXPECT_EQ(expand_dims(image, 0).shape(), Shape({1, 28, 28, 1}));
    EXPECT_EQ(expand_dims(image, -1).shape(), Shape({28, 28, 1, 1}));
    EXPECT_EQ(expand_dims(image, 1).shape(), Shape({28, 1, 28, 1}));
    EXPECT_THAT(error_of([&] { expand_dims(image, 4); }), HasSubstr("axis 4"));
}

}  // namespace
}  // namespace markhor
