// What many machines send follows from the gradients' size alone.
#include "insight/exchange.hpp"

#include <gtest/gtest.h>

namespace markhor::insight {
namespace {

TEST(ExchangeTest, SendsNothingAloneAndNearlyTwiceTheGradientsAmongMany) {
    EXPECT_EQ(exchanged_bytes(1000, 1), 0);
    EXPECT_EQ(exchanged_bytes(1000, 2), 1000);
    EXPECT_EQ(exchanged_bytes(1000, 8), 1750);
    EXPECT_LT(exchanged_bytes(1000, 1'000'000), 2000);
}

TEST(ExchangeTest, TakesTheBytesTimeOnTheLink) { EXPECT_DOUBLE_EQ(exchange_seconds(125e6, 2, 1), 1.0); }

}  // namespace
}  // namespace markhor::insight
