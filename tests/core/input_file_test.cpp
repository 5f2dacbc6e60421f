// Only files are read: nothing waits for a pipe's other end, opens a device, or takes a descriptor of the program's
// own.
#include "core/input_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <markhor/data_files.hpp>
#include <markhor/error.hpp>
#include <markhor/saving.hpp>

#include "support/error_of.hpp"
#include "support/files.hpp"

namespace markhor {
namespace {

using test::error_of;
using test::TemporaryFolder;
using testing::HasSubstr;

TEST(InputFile, ReadsAFile) {
    const TemporaryFolder folder;
    test::write_text(folder / "a.txt", "text");
    EXPECT_EQ(read_text_file(folder / "a.txt"), "text");
    EXPECT_EQ(InputFile(folder / "a.txt").size(), 4U);
    EXPECT_THAT(error_of<FileError>([&] { read_text_file(folder / "a.txt", 3); }),
                HasSubstr("a.txt: has 4 bytes; at most 3 are read"));
}

TEST(InputFile, NamesWhatIsNoFile) {
    const TemporaryFolder folder;
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = (folder / "socket").string();
    ASSERT_LT(name.size(), sizeof address.sun_path);
    std::copy(name.begin(), name.end(), address.sun_path);
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const auto error = [&](const std::filesystem::path& file) { return error_of<FileError>([&] { InputFile{file}; }); };
    EXPECT_THAT(error(folder / "none"), HasSubstr("none: there is no such file"));
    EXPECT_THAT(error(folder.path), HasSubstr("is not a file but a folder; a file is wanted"));
    EXPECT_THAT(error(folder / "pipe"), HasSubstr("is not a file but a pipe; a file is wanted"));
    EXPECT_THAT(error(folder / "socket"), HasSubstr("is not a file but a socket; a file is wanted"));
    EXPECT_THAT(error("/dev/null"), HasSubstr("is not a file but a device; a file is wanted"));
    ::close(socket);
}

TEST(InputFile, EveryReaderRefusesAPipeAtOnce) {
    const TemporaryFolder folder;
    for (const char* name : {"m.keras", "m.h5", "m.weights.h5", "a.npz", "a.csv"})
        ASSERT_EQ(::mkfifo((folder / name).c_str(), 0600), 0);
    EXPECT_THAT(error_of<FileError>([&] { load_model(folder / "m.keras"); }), HasSubstr("a pipe"));
    EXPECT_THAT(error_of<FileError>([&] { load_model(folder / "m.h5"); }), HasSubstr("a pipe"));
}

TEST(InputFile, TakesNoneOfTheStandardDescriptors) {
    const TemporaryFolder folder;
    test::write_text(folder / "a.txt", "text");
    const int kept = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    ::close(STDIN_FILENO);
    const int descriptor = InputFile(folder / "a.txt").descriptor();
    if (kept >= 0) {
        ::dup2(kept, STDIN_FILENO);
        ::close(kept);
    }
    EXPECT_GT(descriptor, STDERR_FILENO);
}

}  // namespace
}  // namespace markhor
