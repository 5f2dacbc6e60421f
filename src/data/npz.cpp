#include "data/npz.hpp"

#include <zip.h>

#include <algorithm>
#include <markhor/error.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "core/input_file.hpp"

namespace markhor::data {
namespace {

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* member) const { zip_fclose(member); }
};

std::unique_ptr<zip_t, Discard> open_archive(const std::filesystem::path& file) {
    const std::string name = file.string();
    InputFile input(file);
    int code = 0;
    std::unique_ptr<zip_t, Discard> archive(zip_fdopen(input.descriptor(), 0, &code));
    if (archive) {
        input.release();  // closed by libzip
        return archive;
    }
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw FileError(name + ": cannot be read as a zip archive: " + reason);
}

std::vector<std::byte> member_bytes(zip_t* archive, zip_uint64_t index, const std::string& where) {
    zip_stat_t stat;
    constexpr zip_uint64_t wanted = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & wanted) != wanted) {
        throw FileError(where + ": has no size");
    }
    // Deflate makes nothing smaller than this: a larger claim is a lie, not a reason to allocate.
    constexpr zip_uint64_t deflate_ratio = 1032;
    if (stat.size > (stat.comp_size + 1) * deflate_ratio || stat.comp_size > (zip_uint64_t{1} << 48)) {
        throw FileError(where + ": claims " + std::to_string(stat.size) + " bytes, more than " +
                        std::to_string(stat.comp_size) + " compressed ones can hold");
    }
    const std::unique_ptr<zip_file_t, Discard> member(zip_fopen_index(archive, index, 0));
    if (!member) throw FileError(where + ": " + zip_strerror(archive));
    // The claims of a damaged file may be of any size: memory grows with what is really there.
    std::vector<std::byte> bytes;
    std::size_t read = 0;
    while (read < stat.size) {
        if (read == bytes.size())
            bytes.resize(std::min<zip_uint64_t>(stat.size, std::max<std::size_t>(1 << 20, 2 * read)));
        const zip_int64_t count = zip_fread(member.get(), bytes.data() + read, bytes.size() - read);
        if (count <= 0) throw FileError(where + ": damaged or truncated");
        read += static_cast<std::size_t>(count);
    }
    // libzip compares the checksum at the end of the member, where the next read notices.
    std::byte beyond{};
    if (zip_fread(member.get(), &beyond, 1) != 0) throw FileError(where + ": damaged: its checksum or size is wrong");
    return bytes;
}

std::map<std::string, Tensor> read_arrays(zip_t* archive, const std::string& name) {
    std::map<std::string, Tensor> arrays;
    const zip_int64_t members = zip_get_num_entries(archive, 0);
    for (zip_int64_t i = 0; i < members; ++i) {
        const auto index = static_cast<zip_uint64_t>(i);
        const char* member = zip_get_name(archive, index, 0);
        if (!member) throw FileError(name + ": a member has no name");
        std::string key = member;
        const std::string where = name + ": member '" + key.substr(0, 100) + "'";
        if (!key.ends_with(".npy")) throw FileError(where + ": not a .npy array");
        key.resize(key.size() - std::string_view(".npy").size());
        if (!arrays.emplace(key, parse_npy(member_bytes(archive, index, where), where)).second) {
            throw FileError(where + ": is there twice");
        }
    }
    return arrays;
}

}  // namespace

std::map<std::string, Tensor> read_npz(const std::filesystem::path& file) {
    return read_arrays(open_archive(file).get(), file.string());
}

std::map<std::string, Tensor> parse_npz(std::span<const std::byte> bytes, const std::string& name) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    std::unique_ptr<zip_t, Discard> archive(source == nullptr ? nullptr
                                                              : zip_open_from_source(source, ZIP_RDONLY, &error));
    if (!archive) {
        if (source != nullptr) zip_source_free(source);
        const std::string reason = zip_error_strerror(&error);
        zip_error_fini(&error);
        throw FileError(name + ": cannot be read as a zip archive: " + reason);
    }
    zip_error_fini(&error);
    return read_arrays(archive.get(), name);
}

}  // namespace markhor::data
