// Results appear whole, replace only results, and leave others' files alone.
#include "insight/result_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <markhor/error.hpp>

#include "insight/support.hpp"

namespace markhor::insight {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;

std::string error_of(const fs::path& folder) {
    try {
        const ResultFolder result(folder);
    } catch (const FileError& error) {
        return error.what();
    }
    return "no error";
}

TEST(ResultFolderTest, AppearsWhenPublished) {
    const TemporaryFolder scratch;
    const fs::path folder = scratch / "new/results/";
    ResultFolder result(folder);
    write_text(result.path() / "results.json", "{}");
    EXPECT_FALSE(fs::exists(folder));
    result.publish();
    EXPECT_EQ(read_text(folder / "results.json"), "{}");
    EXPECT_FALSE(fs::exists(result.path()));
}

TEST(ResultFolderTest, ReplacesAnEarlierRunAndKeepsWhatIsNotItsOwn) {
    const TemporaryFolder scratch;
    const fs::path folder = scratch / "results";
    fs::create_directory(folder);
    write_text(folder / "results.json", "old");
    write_text(folder / "gmp.weights.h5", "old");
    write_text(folder / "notes.txt", "mine");
    ResultFolder result(folder);
    write_text(result.path() / "results.json", "new");
    EXPECT_EQ(read_text(folder / "results.json"), "old");
    result.publish();
    EXPECT_EQ(read_text(folder / "results.json"), "new");
    EXPECT_EQ(read_text(folder / "notes.txt"), "mine");
    EXPECT_FALSE(fs::exists(folder / "gmp.weights.h5"));
    EXPECT_FALSE(fs::exists(result.path()));
}

TEST(ResultFolderTest, LeavesNothingOfARunThatWroteNothing) {
    const TemporaryFolder scratch;
    { const ResultFolder result(scratch / "results"); }
    EXPECT_TRUE(fs::is_empty(scratch.path));
}

TEST(ResultFolderTest, KeepsWhatARunWroteThatDidNotEnd) {
    const TemporaryFolder scratch;
    {
        const ResultFolder result(scratch / "results");
        write_text(result.path() / "results.json", "half");
    }
    EXPECT_EQ(read_text(scratch / "results.partial/results.json"), "half");
    const ResultFolder next(scratch / "results");
    EXPECT_TRUE(fs::is_empty(next.path()));
}

TEST(ResultFolderTest, RefusesFoldersOfOtherThings) {
    const TemporaryFolder scratch;
    fs::create_directory(scratch / "photos");
    write_text(scratch / "photos/cat.png", "cat");
    EXPECT_THAT(error_of(scratch / "photos"), testing::HasSubstr("photos: holds files but no results.json"));
    EXPECT_EQ(read_text(scratch / "photos/cat.png"), "cat");
    write_text(scratch / "file", "text");
    EXPECT_THAT(error_of(scratch / "file"), testing::HasSubstr("file: is a file; the name of a folder"));
    EXPECT_THAT(error_of(scratch / "file/below"), testing::HasSubstr("Not a directory"));
    EXPECT_THAT(error_of(""), testing::HasSubstr("empty name"));
}

}  // namespace
}  // namespace markhor::insight
