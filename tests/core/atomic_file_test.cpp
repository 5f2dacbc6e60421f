// Files appear whole or not at all, where links lead, with the mode they had, and nothing of dead writers stays.
#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <markhor/error.hpp>
#include <thread>

#include "support/files.hpp"

namespace markhor {
namespace {

namespace fs = std::filesystem;
using test::read_text;

class AtomicFileTest : public testing::Test {
protected:
    static mode_t mode_of(const fs::path& file) {
        struct stat status {};
        return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
    }
    static std::string error_of(const fs::path& file) {
        try {
            write_file(file, "text");
        } catch (const FileError& error) {
            return error.what();
        }
        return "no error";
    }
    const test::TemporaryFolder folder_;
};

TEST_F(AtomicFileTest, ReplacesAFile) {
    write_file(folder_ / "a", "one");
    write_file(folder_ / "a", "two");
    EXPECT_EQ(read_text(folder_ / "a"), "two");
    EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(AtomicFileTest, LeavesTheOldFileWithoutCommit) {
    write_file(folder_ / "a", "old");
    {
        AtomicFile atomic(folder_ / "a");
        atomic.write("new");
        EXPECT_EQ(read_text(folder_ / "a"), "old");
        EXPECT_EQ(folder_.entries(), 2);
    }
    EXPECT_EQ(read_text(folder_ / "a"), "old");
    EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(AtomicFileTest, NamesTheFolderThatIsMissing) {
    const std::string file = (folder_ / "none" / "a").string();
    EXPECT_EQ(error_of(file), file + ": cannot be written: there is no folder " + (folder_ / "none").string());
}

TEST_F(AtomicFileTest, KeepsTheOldFilesModeAndGivesNewOnesThatOfTheUmask) {
    for (const mode_t mode : {0600U, 0640U, 0755U, 0666U}) {
        write_file(folder_ / "a", "old");
        ::chmod((folder_ / "a").c_str(), mode);
        write_file(folder_ / "a", "new");
        EXPECT_EQ(mode_of(folder_ / "a"), mode);
        EXPECT_EQ(read_text(folder_ / "a"), "new");
    }
    const mode_t before = ::umask(027);
    write_file(folder_ / "b", "new");
    ::umask(before);
    EXPECT_EQ(mode_of(folder_ / "b"), 0640U);
}

TEST_F(AtomicFileTest, FollowsLinksToFilesThatMayNotBeThereYet) {
    fs::create_directory(folder_ / "below");
    fs::create_symlink("below/target", folder_ / "link");
    fs::create_symlink(folder_ / "link", folder_ / "link to link");
    for (const char* text : {"one", "two"}) {
        write_file(folder_ / "link to link", text);
        EXPECT_EQ(read_text(folder_ / "below/target"), text);
        EXPECT_EQ(fs::read_symlink(folder_ / "link"), "below/target");
        EXPECT_TRUE(fs::is_symlink(folder_ / "link to link"));
    }
    fs::create_symlink("none/a", folder_ / "nowhere");
    EXPECT_THAT(error_of(folder_ / "nowhere"), testing::HasSubstr("nowhere: cannot be written: there is no folder"));
    fs::create_symlink("circle", folder_ / "circle");
    EXPECT_THAT(error_of(folder_ / "circle"), testing::HasSubstr("circle: cannot be written: "));
}

TEST_F(AtomicFileTest, TakesEachNameThatAFileMayHave) {
    write_file(folder_ / std::string(255, 'n'), "text");
    EXPECT_EQ(read_text(folder_ / std::string(255, 'n')), "text");
    EXPECT_THAT(error_of(folder_ / std::string(256, 'n')), testing::HasSubstr("cannot be written: File name too long"));
    EXPECT_THAT(error_of(folder_.path), testing::HasSubstr("it is a folder"));
    EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(AtomicFileTest, ReplacesNoFileThatIsReadOnly) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may write to all files";
    write_file(folder_ / "a", "old");
    ::chmod((folder_ / "a").c_str(), 0444);
    EXPECT_THAT(error_of(folder_ / "a"), testing::HasSubstr("a: cannot be written: Permission denied"));
    EXPECT_EQ(read_text(folder_ / "a"), "old");
}

TEST_F(AtomicFileTest, GivesAPipeTheWholeContent) {
    const fs::path pipe = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const std::string text(100'000, 'x');
    std::thread writer([&] { write_file(pipe, text); });
    const std::string got = read_text(pipe);
    writer.join();
    EXPECT_EQ(got, text);
    EXPECT_TRUE(fs::is_fifo(pipe));
    EXPECT_EQ(error_of("/dev/full"), "/dev/full: cannot be written: No space left on device");
    EXPECT_EQ(error_of("/dev/null"), "no error");
    EXPECT_EQ(folder_.entries(), 1);
}

/// A process that begins to write `file` and is killed, or goes on living until `alive` says so.
pid_t writer_of(const fs::path& file) {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) return -1;
    const pid_t child = ::fork();
    if (child == 0) {
        AtomicFile atomic(file);
        atomic.write("half");
        if (::write(ready[1], "x", 1) != 1) ::_exit(1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1) ADD_FAILURE();
    ::close(ready[0]);
    ::close(ready[1]);
    return child;
}

TEST_F(AtomicFileTest, RemovesWhatDeadWritersLeftAndNothingElse) {
    const std::string others = ".markhor-1-notes.tmp";  // no name of ours
    write_file(folder_ / others, "mine");
    fs::create_symlink(others, folder_ / ".markhor-1-aaaaaaaa.tmp");
    const pid_t killed = writer_of(folder_ / "a");
    const pid_t living = writer_of(folder_ / "b");
    ::kill(killed, SIGKILL);
    ::waitpid(killed, nullptr, 0);
    EXPECT_EQ(folder_.entries(), 4);
    write_file(folder_ / "c", "text");
    EXPECT_EQ(folder_.entries(), 4);  // the living one's, c, and the two that are somebody's
    EXPECT_EQ(read_text(folder_ / others), "mine");
    ::kill(living, SIGKILL);
    ::waitpid(living, nullptr, 0);
    write_file(folder_ / "c", "text");
    EXPECT_EQ(folder_.entries(), 3);
}

}  // namespace
}  // namespace markhor
