#include "data/file_bytes.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <markhor/error.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "core/input_file.hpp"

namespace markhor::data {
namespace {

struct Close {
    void operator()(gzFile file) const { gzclose_r(file); }
};

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string reason(gzFile file) {
    const int system = errno;
    int code = Z_OK;
    const char* text = gzerror(file, &code);
    if (code == Z_ERRNO) return std::generic_category().message(system);
    if (code == Z_BUF_ERROR) return "the gzip file is truncated";
    return std::string("the gzip file is damaged (") + text + ")";
}

/// The file as zlib or stdio opens its descriptor, which is closed with it.
template <class File, class Closer>
std::unique_ptr<File, Closer> opened(const std::filesystem::path& file, File* (*open)(int, const char*),
                                     std::size_t* size = nullptr) {
    InputFile input(file);
    if (size != nullptr) *size = input.size();
    std::unique_ptr<File, Closer> made(open(input.descriptor(), "rb"));
    if (made == nullptr)
        throw FileError(file.string() + ": cannot be opened: " + std::generic_category().message(errno));
    input.release();
    return made;
}

[[noreturn]] void fail_too_large(const std::filesystem::path& file, std::size_t limit) {
    throw FileError(file.string() + ": holds more than " + std::to_string(limit >> 20U) +
                    " MiB; no file that large is read");
}

}  // namespace

std::vector<std::byte> read_bytes(const std::filesystem::path& file, std::size_t limit, const ExpectedSize& expected) {
    const auto input = opened<gzFile_s, Close>(file, &gzdopen);
    gzbuffer(input.get(), 1U << 16U);
    // Grown as the bytes come, not as a header promises them: a short file that claims to be huge takes no memory.
    std::vector<std::byte> bytes;
    std::size_t used = 0;
    std::size_t most = limit + 1;
    while (used < most) {
        if (used == bytes.size()) bytes.resize(std::min(std::max(2 * used, std::size_t{1} << 16U), most));
        const auto room = static_cast<unsigned>(std::min<std::size_t>(bytes.size() - used, std::size_t{1} << 30U));
        const int got = gzread(input.get(), bytes.data() + used, room);
        if (got < 0) throw FileError(file.string() + ": cannot be read: " + reason(input.get()));
        if (got == 0) break;
        if (used == 0 && expected) {
            most = std::min(most, expected(std::span(bytes).first(static_cast<std::size_t>(got)), limit) + 1);
        }
        used += static_cast<std::size_t>(got);
        if (used > limit) fail_too_large(file, limit);
    }
    int code = Z_OK;
    gzerror(input.get(), &code);
    if (code != Z_OK) throw FileError(file.string() + ": cannot be read: " + reason(input.get()));
    bytes.resize(std::min(used, most));
    return bytes;
}

std::vector<std::byte> read_plain_bytes(const std::filesystem::path& file, std::size_t limit) {
    std::size_t size = 0;
    const auto input = opened<std::FILE, CloseFile>(file, &::fdopen, &size);
    if (size > limit) fail_too_large(file, limit);
    std::vector<std::byte> bytes(size);
    if (!bytes.empty() && std::fread(bytes.data(), 1, bytes.size(), input.get()) != bytes.size()) {
        throw FileError(
            file.string() + ": cannot be read: " +
            (std::ferror(input.get()) != 0 ? std::generic_category().message(errno) : "it became shorter meanwhile"));
    }
    return bytes;
}

std::vector<std::byte> read_plain_start(const std::filesystem::path& file, std::size_t most) {
    const auto input = opened<std::FILE, CloseFile>(file, &::fdopen);
    std::vector<std::byte> bytes(most);
    bytes.resize(std::fread(bytes.data(), 1, most, input.get()));
    if (std::ferror(input.get()) != 0) {
        throw FileError(file.string() + ": cannot be read: " + std::generic_category().message(errno));
    }
    return bytes;
}

}  // namespace markhor::data
