// The box table by itself: widths, wrapping, ellipses, alignment.
#include "model/text_table.hpp"

#include <gtest/gtest.h>

namespace markhor {
namespace {

TEST(TextTable, WrapsAtSpacesAndCutsLongWords) {
    const std::vector<TableColumn> columns = {{"Name", Align::left, 12}, {"Count", Align::right, 8}};
    EXPECT_EQ(box_table(columns, {{"first (Kind)", "1"}, {"an_extremely_long_name (Kind)", "12"}}, 20),
              "┏━━━━━━━━━━┳━━━━━━━┓\n"
              "┃ Name     ┃ Count ┃\n"
              "┡━━━━━━━━━━╇━━━━━━━┩\n"
              "│ first    │     1 │\n"
              "│ (Kind)   │       │\n"
              "├──────────┼───────┤\n"
              "│ an_extr… │    12 │\n"
              "│ (Kind)   │       │\n"
              "└──────────┴───────┘\n");
}

TEST(TextTable, FillsItsWidthWhereTheColumnsDoNot) {
    EXPECT_EQ(box_table({{"a", Align::left, 4}, {"b", Align::center, 4}}, {{"x", "y"}}, 21),
              "┏━━━━━━━━━┳━━━━━━━━━┓\n"
              "┃ a       ┃    b    ┃\n"
              "┡━━━━━━━━━╇━━━━━━━━━┩\n"
              "│ x       │    y    │\n"
              "└─────────┴─────────┘\n");
}

TEST(TextTable, CountsCharactersNotBytes) {
    EXPECT_EQ(text_width("größe…"), 6);
    EXPECT_EQ(text_prefix("größe", 3), "grö");
    EXPECT_EQ(text_prefix("größe", 9), "größe");
}

}  // namespace
}  // namespace markhor
