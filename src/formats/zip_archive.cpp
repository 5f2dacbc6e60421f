#include "formats/zip_archive.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <markhor/error.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/input_file.hpp"

namespace markhor::formats {
namespace {

constexpr zip_int64_t most_members = 10'000;

struct Close {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* member) const { zip_fclose(member); }
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using MemberFile = std::unique_ptr<zip_file_t, Close>;

std::string reason_of(int code) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    return reason;
}

/// A name that a careless program would write outside its folder.
bool leads_out(std::string_view name) {
    if (name.starts_with('/') || name.find('\\') != std::string_view::npos || name.find(':') != std::string_view::npos)
        return true;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        if (name.substr(begin, end - begin) == "..") return true;
        begin = end + 1;
    }
    return false;
}

struct Member {
    std::uint64_t index = 0;
    std::uint64_t size = 0;
    bool is_stored = false;
};

Member checked(zip_t* archive, std::uint64_t index, const std::string& where, std::uint64_t most) {
    const auto fail = [&](const std::string& what) { throw FileError(where + ": " + what); };
    zip_stat_t stat;
    constexpr zip_uint64_t wanted =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & wanted) != wanted) fail("has no size");
    if (stat.encryption_method != ZIP_EM_NONE) fail("is encrypted");
    const bool is_stored = stat.comp_method == ZIP_CM_STORE;
    if (!is_stored && stat.comp_method != ZIP_CM_DEFLATE) fail("is packed by another method than deflate");
    if (stat.size > most)
        fail("has " + std::to_string(stat.size) + " bytes; at most " + std::to_string(most) + " are read");
    if (is_stored && stat.size != stat.comp_size) fail("is stored with two different sizes");
    // Text and weights become a tenth by packing, hardly less.
    constexpr std::uint64_t plausible_ratio = 200;
    constexpr std::uint64_t harmless = std::uint64_t{1} << 20;
    if (!is_stored && stat.size > harmless && stat.size / plausible_ratio > stat.comp_size) {
        fail("would unpack " + std::to_string(stat.comp_size) + " bytes to " + std::to_string(stat.size) +
             ", which no model's do");
    }
    return {index, stat.size, is_stored};
}

MemberFile open_member(zip_t* archive, std::uint64_t index) { return MemberFile(zip_fopen_index(archive, index, 0)); }

/// Reads all of the member; libzip compares its checksum when it notices the end.
template <class Take>
void read_through(zip_t* archive, const Member& member, const std::string& where, const Take& take) {
    const MemberFile file = open_member(archive, member.index);
    if (!file) throw FileError(where + ": cannot be read: " + zip_strerror(archive));
    std::vector<char> block(static_cast<std::size_t>(std::min<std::uint64_t>(member.size + 1, std::uint64_t{1} << 20)));
    for (std::uint64_t read = 0;;) {
        const zip_int64_t count = zip_fread(file.get(), block.data(), block.size());
        if (count < 0) throw FileError(where + ": is damaged: " + zip_file_strerror(file.get()));
        if (count == 0 && read == member.size) return;
        read += static_cast<std::uint64_t>(count);
        if (count == 0 || read > member.size) {
            throw FileError(where + ": does not have the " + std::to_string(member.size) +
                            " bytes that the archive's directory says");
        }
        take(std::string_view(block.data(), static_cast<std::size_t>(count)));
    }
}

/// A member that lies in the archive as it is.
class StoredSource final : public ByteSource {
public:
    StoredSource(MemberFile file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

    std::uint64_t size() const override { return size_; }
    bool read(std::uint64_t offset, std::span<std::byte> to) override {
        if (offset > size_ || to.size() > size_ - offset) return false;
        if (to.empty()) return true;  // libzip 1.7 must not be asked to seek in an empty member
        if (zip_fseek(file_.get(), static_cast<zip_int64_t>(offset), SEEK_SET) != 0) return false;
        while (!to.empty()) {
            const zip_int64_t count = zip_fread(file_.get(), to.data(), to.size());
            if (count <= 0) return false;
            to = to.subspan(static_cast<std::size_t>(count));
        }
        return true;
    }

private:
    MemberFile file_;
    std::uint64_t size_;
};

class UnpackedSource final : public ByteSource {
public:
    explicit UnpackedSource(std::string bytes) : bytes_(std::move(bytes)), source_(std::as_bytes(std::span(bytes_))) {}

    std::uint64_t size() const override { return source_.size(); }
    bool read(std::uint64_t offset, std::span<std::byte> to) override { return source_.read(offset, to); }

private:
    std::string bytes_;
    MemorySource source_;
};

std::string unpacked(zip_t* archive, const Member& member, const std::string& where) {
    std::string bytes;
    read_through(archive, member, where, [&](std::string_view block) { bytes += block; });
    return bytes;
}

}  // namespace

ZipReader::ZipReader(const std::filesystem::path& file) : name_(file.string()) {
    InputFile input(file);
    int code = 0;
    archive_ = zip_fdopen(input.descriptor(), ZIP_CHECKCONS, &code);
    if (archive_) input.release();  // closed by libzip
    open(code, {});
}

ZipReader::ZipReader(std::span<const std::byte> bytes, std::string name) : name_(std::move(name)) {
    zip_error_t error;
    zip_error_init(&error);
    std::unique_ptr<zip_source_t, Close> source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error));
    if (source) archive_ = zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (archive_) static_cast<void>(source.release());  // the archive's now
    const std::string reason = zip_error_strerror(&error);
    const int code = zip_error_code_zip(&error);
    zip_error_fini(&error);
    open(code, reason);
}

ZipReader::~ZipReader() { zip_discard(archive_); }

void ZipReader::open(int code, const std::string& reason) {
    if (!archive_) {
        throw FileError(name_ + ": no zip archive, or a damaged one: " + (reason.empty() ? reason_of(code) : reason));
    }
    try {
        list_members();
    } catch (...) {
        zip_discard(archive_);
        throw;
    }
}

void ZipReader::list_members() {
    const zip_int64_t count = zip_get_num_entries(archive_, 0);
    if (count > most_members) {
        throw FileError(name_ + ": " + std::to_string(count) + " members; at most " + std::to_string(most_members) +
                        " are read");
    }
    for (zip_int64_t i = 0; i < count; ++i) {
        const char* member = zip_get_name(archive_, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
        if (!member) throw FileError(name_ + ": a member has no name");
        if (leads_out(member)) {
            throw FileError(where(std::string(member).substr(0, 100)) + ": the name leads out of the archive");
        }
        if (!members_.emplace(member, static_cast<std::uint64_t>(i)).second)
            throw FileError(where(member) + ": is there twice");
    }
}

std::string ZipReader::text(const std::string& member, std::uint64_t most) const {
    const auto found = members_.find(member);
    if (found == members_.end()) throw FileError(where(member) + ": is missing");
    return unpacked(archive_, checked(archive_, found->second, where(member), most), where(member));
}

std::unique_ptr<ByteSource> ZipReader::source(const std::string& member, std::uint64_t most) const {
    const auto found = members_.find(member);
    if (found == members_.end()) throw FileError(where(member) + ": is missing");
    const Member known = checked(archive_, found->second, where(member), most);
    if (!known.is_stored) return std::make_unique<UnpackedSource>(unpacked(archive_, known, where(member)));
    read_through(archive_, known, where(member), [](std::string_view) {});
    MemberFile file = open_member(archive_, known.index);
    if (!file) throw FileError(where(member) + ": cannot be read: " + zip_strerror(archive_));
    return std::make_unique<StoredSource>(std::move(file), known.size);
}

}  // namespace markhor::formats
