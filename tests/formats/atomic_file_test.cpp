// Files appear whole or not at all.
#include "formats/atomic_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <markhor/error.hpp>
#include <sstream>

#include "support/files.hpp"

namespace markhor::formats {
namespace {

class AtomicFileTest : public testing::Test {
protected:
    const test::TemporaryFolder folder_;
};

TEST_F(AtomicFileTest, ReplacesAFile) {
    write_file(folder_ / "a", "one");
    write_file(folder_ / "a", "two");
    EXPECT_EQ(test::read_text(folder_ / "a"), "two");
    EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(AtomicFileTest, LeavesTheOldFileWithoutCommit) {
    write_file(folder_ / "a", "old");
    {
        const AtomicFile atomic(folder_ / "a");
        std::ofstream(atomic.temporary()) << "new";
        EXPECT_EQ(test::read_text(folder_ / "a"), "old");
    }
    EXPECT_EQ(test::read_text(folder_ / "a"), "old");
    EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(AtomicFileTest, NamesTheFolderThatIsMissing) {
    try {
        write_file(folder_ / "none" / "a", "text");
        FAIL();
    } catch (const FileError& error) {
        const std::string file = (folder_ / "none" / "a").string();
        EXPECT_EQ(error.what(), file + ": cannot be written: there is no folder " + (folder_ / "none").string());
    }
}

}  // namespace
}  // namespace markhor::formats
