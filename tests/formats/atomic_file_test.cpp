// Files appear whole or not at all.
#include "formats/atomic_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <markhor/error.hpp>
#include <sstream>

namespace markhor::formats {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("markhor-atomic-" + std::to_string(::getpid()));
        fs::create_directory(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    static std::string read(const fs::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
    std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }

    fs::path folder_;
};

TEST_F(AtomicFileTest, ReplacesAFile) {
    write_file(folder_ / "a", "one");
    write_file(folder_ / "a", "two");
    EXPECT_EQ(read(folder_ / "a"), "two");
    EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFileTest, LeavesTheOldFileWithoutCommit) {
    write_file(folder_ / "a", "old");
    {
        const AtomicFile atomic(folder_ / "a");
        std::ofstream(atomic.temporary()) << "new";
        EXPECT_EQ(read(folder_ / "a"), "old");
    }
    EXPECT_EQ(read(folder_ / "a"), "old");
    EXPECT_EQ(entries(), 1);
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
