#include "formats/hdf5/dataspace.hpp"

#include <gtest/gtest.h>

#include "formats/hdf5/support.hpp"

namespace markhor::formats::h5 {
namespace {

const std::string dataspace_where = "m.h5: /x";

Dataspace read(const std::string& bytes) {
    Cursor cursor(as_bytes(bytes), 0, {}, dataspace_where);
    return read_dataspace(cursor);
}

std::string message(std::initializer_list<std::uint64_t> numbers, bool has_limits = false) {
    std::string bytes("\x02\0\0\x01", 4);
    bytes[1] = static_cast<char>(numbers.size() / (has_limits ? 2 : 1));
    bytes[2] = has_limits ? 1 : 0;
    for (const std::uint64_t number : numbers) {
        bytes.resize(bytes.size() + 8);
        put(bytes, bytes.size() - 8, number, 8);
    }
    return bytes;
}

TEST(Dataspace, CountsItsElementsWithoutOverflow) {
    EXPECT_EQ(read(message({})).count(), 1U);
    EXPECT_EQ(read(message({2, 3})).count(), 6U);
    const std::uint64_t huge = std::uint64_t{1} << 40;
    EXPECT_EQ(read(message({huge, huge})).count(), ~std::uint64_t{0});
    EXPECT_EQ(read(message({huge, huge, 0})).count(), 0U);
}

TEST(Dataspace, KnowsHowFarItMayGrow) {
    const Dataspace space = read(message({2, 3, ~std::uint64_t{0}, 3}, true));
    EXPECT_EQ(space.most, (std::vector<std::uint64_t>{undefined_address, 3}));
    EXPECT_THROW(read(message({2, 3, 1, 3}, true)), FileError);
}

TEST(Dataspace, OfTooManyAxesIsRefused) {
    std::string bytes = message({});
    bytes[1] = 33;
    EXPECT_EQ(error_text([&] { read(bytes); }), "m.h5: /x: damaged at byte 4: a shape of 33 axes");
}

}  // namespace
}  // namespace markhor::formats::h5
