#include "data/file_bytes.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <markhor/error.hpp>
#include <memory>
#include <string>
#include <system_error>

namespace markhor::data {
namespace {

struct Close {
    void operator()(gzFile file) const { gzclose_r(file); }
};

std::string reason(gzFile file) {
    const int system = errno;
    int code = Z_OK;
    const char* text = gzerror(file, &code);
    if (code == Z_ERRNO) return std::generic_category().message(system);
    if (code == Z_BUF_ERROR) return "the gzip file is truncated";
    return std::string("the gzip file is damaged (") + text + ")";
}

}  // namespace

std::vector<std::byte> read_bytes(const std::filesystem::path& file, std::size_t limit) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) throw FileError(file.string() + ": there is no such file");
    if (!std::filesystem::is_regular_file(status)) throw FileError(file.string() + ": is not a file; a file is wanted");

    const std::unique_ptr<gzFile_s, Close> input(gzopen(file.c_str(), "rb"));
    if (input == nullptr) {
        throw FileError(file.string() + ": cannot be opened: " + std::generic_category().message(errno));
    }
    gzbuffer(input.get(), 1U << 16U);
    // Grown as the bytes come, not as a header promises them: a short file that claims to be huge takes no memory.
    std::vector<std::byte> bytes;
    std::size_t used = 0;
    for (;;) {
        if (used == bytes.size()) bytes.resize(std::clamp<std::size_t>(2 * used, std::size_t{1} << 16U, limit + 1));
        const auto room = static_cast<unsigned>(std::min<std::size_t>(bytes.size() - used, std::size_t{1} << 30U));
        const int got = gzread(input.get(), bytes.data() + used, room);
        if (got < 0) throw FileError(file.string() + ": cannot be read: " + reason(input.get()));
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
        if (used > limit) {
            throw FileError(file.string() + ": holds more than " + std::to_string(limit >> 20U) +
                            " MiB; no file that large is read");
        }
    }
    int code = Z_OK;
    gzerror(input.get(), &code);
    if (code != Z_OK) throw FileError(file.string() + ": cannot be read: " + reason(input.get()));
    bytes.resize(used);
    return bytes;
}

}  // namespace markhor::data
