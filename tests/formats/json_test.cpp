// JSON as foreign input: what is refused while it is read.
#include "formats/json.hpp"

#include <gtest/gtest.h>

#include <markhor/error.hpp>

namespace markhor::formats {
namespace {

std::string json_error(const std::string& text, const JsonLimits& limits = {}) {
    try {
        parse_json(text, "f", limits);
    } catch (const ValueError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Json, IsRead) { EXPECT_EQ(parse_json(R"({"a":[1,{"a":2}],"b":{"a":3}})", "f")["b"]["a"], 3); }

TEST(Json, IsRefusedWhereItIsNone) {
    EXPECT_TRUE(json_error("{\"a\":").starts_with("f: no valid JSON: "));
    EXPECT_TRUE(json_error("[NaN]").starts_with("f: no valid JSON: "));
    EXPECT_TRUE(json_error("\"\xff\"").starts_with("f: no valid JSON: "));
}

TEST(Json, IsRefusedWhereItIsTooDeepTooLargeOrAmbiguous) {
    EXPECT_EQ(json_error(std::string(100'000, '[')), "f: the JSON is nested deeper than 200 levels");
    EXPECT_EQ(json_error(std::string(150, '[') + std::string(150, ']')), "no error");
    EXPECT_EQ(json_error("[1, 2]", {.bytes = 3}), "f: the JSON text has 6 bytes; at most 3 are read");
    EXPECT_EQ(json_error(R"({"x":{"a":1,"b":{"a":1},"a":2}})"), "f: the key \"a\" stands twice in one object");
}

TEST(Json, IsShownShort) {
    EXPECT_EQ(shown({1, "a"}), "[1,\"a\"]");
    EXPECT_EQ(shown(std::string(100, 'x')).size(), 63U);
}

}  // namespace
}  // namespace markhor::formats
