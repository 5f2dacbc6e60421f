#include "sorted_copies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <markhor/error.hpp>

#include "core/input_file.hpp"
#include "core/text.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;

/// A class's name as that of one folder: no way out of the folder above it, nothing hidden.
std::string folder_name(const std::string& class_name) {
    constexpr std::size_t longest = 60;  // 255 bytes are the most
    std::string name = class_name.empty() ? "_" : text::printable(class_name, longest);
    std::ranges::replace_if(
        name, [](char c) { return c == '/' || c == '\\'; }, '_');
    if (name.front() == '.') name.front() = '_';
    return name;
}

bool same_bytes(const fs::path& a, const fs::path& b) {
    std::error_code unknown;
    if (!fs::is_regular_file(b, unknown) || fs::file_size(a, unknown) != fs::file_size(b, unknown) || unknown)
        return false;
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    return read_text_file(a, most) == read_text_file(b, most);
}

}  // namespace

void SortedCopies::add(const fs::path& file, const std::string& class_name, double probability) {
    const std::string name = probability < least_ ? "unsure" : folder_name(class_name);
    const fs::path folder = folder_ / name;
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw FileError(folder.string() + ": cannot be made: " + error.message());
    ++counts_[name];
    for (int number = 1;; ++number) {
        fs::path to = folder / file.filename();
        if (number > 1)
            to.replace_filename(file.stem().string() + "-" + std::to_string(number) + file.extension().string());
        // Without overwrite_existing a file is made that was not there (O_EXCL), or none.
        if (fs::copy_file(file, to, fs::copy_options::none, error)) return;
        if (error != std::errc::file_exists) {
            throw FileError(file.string() + ": cannot be copied to " + to.string() + ": " + error.message());
        }
        if (same_bytes(file, to)) {
            ++there_already_;
            return;
        }
    }
}

std::string SortedCopies::summary() const {
    std::string told;
    for (const auto& [name, count] : counts_)
        told += fmt::format("{}{} {}", told.empty() ? "" : ", ", text::printable(name), count);
    if (there_already_ > 0) told += fmt::format(" ({} of them were there already)", there_already_);
    return fmt::format("{}: {}", text::printable(folder_.string()), told.empty() ? "nothing was copied" : told);
}

}  // namespace markhor::cli
