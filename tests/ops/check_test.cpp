// Numbers as text: attributes() must print different numbers differently and equal ones alike.
#include "ops/check.hpp"

#include <limits>

#include "support.hpp"

namespace markhor::ops {
namespace {

TEST(Text, IsShortAndReadsBack) {
    EXPECT_EQ(text(0.001), "0.001");
    EXPECT_EQ(text(6.0), "6");
    EXPECT_EQ(text(-0.5), "-0.5");
    EXPECT_EQ(text(std::numeric_limits<double>::infinity()), "inf");
    for (const double value : {0.1, 1.0 / 3, 1e-300, 123456789.125, std::nextafter(1.0, 2.0)}) {
        EXPECT_EQ(std::stod(text(value)), value);
    }
}

TEST(Text, JoinsNumbersByCommas) {
    const std::vector<int> axes{1, 2, 30};
    EXPECT_EQ(text(axes), "1,2,30");
    const std::vector<std::int64_t> none;
    EXPECT_EQ(text(none), "");
}

TEST(Checks, NameWhatCameAndWhatIsWanted) {
    const std::vector<TensorSpec> specs{test::f32({2}), test::f64({2})};
    EXPECT_THAT([&] { check_count(specs, 3, "three things"); },
                testing::ThrowsMessage<ShapeError>("takes three things; 2 inputs came"));
    EXPECT_THAT([&] { check_floating(specs); },
                testing::ThrowsMessage<ShapeError>("takes inputs of one type; float32 and float64 came"));
    EXPECT_THAT([&] { check_shape(specs[0], {3}, "the bias"); },
                testing::ThrowsMessage<ShapeError>("the bias has shape (2,); (3,) is wanted"));
    EXPECT_THAT([&] { check_dtype(specs[0], DType::uint8, "the index"); },
                testing::ThrowsMessage<ShapeError>("the index is float32; uint8 is wanted"));
}

}  // namespace
}  // namespace markhor::ops
