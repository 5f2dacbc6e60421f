// Figures are rounded to three digits, grouped, and carry their unit.
#include "insight/numbers.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace markhor::insight {
namespace {

TEST(NumbersTest, GroupsThousands) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(11574090), "11,574,090");
    EXPECT_EQ(grouped(-123456), "-123,456");
    EXPECT_EQ(grouped(-1234567), "-1,234,567");
}

TEST(NumbersTest, KeepsThreeSignificantDigits) {
    EXPECT_EQ(significant(0), "0");
    EXPECT_EQ(significant(46.29559), "46.3");
    EXPECT_EQ(significant(0.26564), "0.266");
    EXPECT_EQ(significant(9.996), "10.0");
    EXPECT_EQ(significant(0.99999), "1.00");
    EXPECT_EQ(significant(999.7), "1,000");
    EXPECT_EQ(significant(123456), "123,000");
    EXPECT_EQ(significant(0.000123456), "0.000123");
    EXPECT_EQ(significant(-2.5), "-2.50");
    EXPECT_EQ(significant(std::numeric_limits<double>::infinity()), "inf");
}

TEST(NumbersTest, NamesUnits) {
    EXPECT_EQ(bytes_text(12), "12 B");
    EXPECT_EQ(bytes_text(265640), "266 kB");
    EXPECT_EQ(bytes_text(46295592), "46.3 MB");
    EXPECT_EQ(bytes_text(999'900'000), "1.00 GB");
    EXPECT_EQ(flops_text(2.2351e9), "2.24 GFLOP");
    EXPECT_EQ(percent(0.8922), "89.22 %");
    EXPECT_EQ(times(174.28), "174 times");
    EXPECT_EQ(times(2.02), "2.0 times");
    EXPECT_EQ(times(9.97), "10 times");
}

TEST(NumbersTest, WritesTimesInTheUnitThatFits) {
    EXPECT_EQ(seconds_text(0.000368), "368 µs");
    EXPECT_EQ(seconds_text(0.0415), "41.5 ms");
    EXPECT_EQ(seconds_text(18.24), "18.2 s");
    EXPECT_EQ(seconds_text(200), "3 min 20 s");
    EXPECT_EQ(seconds_text(119.9), "2 min 00 s");
    EXPECT_EQ(seconds_text(7384), "2 h 03 min");
}

TEST(NumbersTest, ShortensCountsForAxes) {
    EXPECT_EQ(axis_count(0.2), "0.2");
    EXPECT_EQ(axis_count(100), "100");
    EXPECT_EQ(axis_count(10000), "10k");
    EXPECT_EQ(axis_count(2e6), "2M");
    EXPECT_EQ(axis_count(1.5e9), "1.5G");
}

}  // namespace
}  // namespace markhor::insight
