#include "insight/result_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <markhor/error.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "insight/networks.hpp"

namespace markhor::insight {
namespace {

namespace fs = std::filesystem;

/// The names that runs write; what else lies in a folder is somebody's own.
bool is_result(const std::string& name) {
    const bool is_heads_model = name.ends_with(".keras") && std::ranges::any_of(heads(), [&](const Head& head) {
                                    return name == head.name + ".keras";
                                });
    return name == "results.json" || name == "report.html" || name == "report.md" || name == "table.txt" ||
           name.ends_with(".weights.h5") || is_heads_model;
}

[[noreturn]] void fail(const fs::path& path, const std::string& what, const std::error_code& error) {
    throw FileError(path.string() + ": " + what + ": " + error.message());
}

void check_usable(const fs::path& folder) {
    std::error_code error;
    const fs::file_status status = fs::status(folder, error);
    if (!fs::exists(status)) return;
    if (!fs::is_directory(status)) {
        throw FileError(folder.string() + ": is a file; the name of a folder for the results is wanted");
    }
    if (fs::is_empty(folder, error) || fs::exists(folder / "results.json", error)) return;
    throw FileError(
        folder.string() +
        ": holds files but no results.json of an earlier run; a new, an empty or a results folder is wanted");
}

/// The path without a slash at its end, so that a suffix can be added.
fs::path named(fs::path folder) {
    if (folder.empty()) throw FileError("the results' folder has an empty name; a name is wanted");
    folder = fs::absolute(folder).lexically_normal();
    return folder.has_filename() ? folder : folder.parent_path();
}

}  // namespace

ResultFolder::ResultFolder(fs::path folder) : folder_(named(std::move(folder))), partial_(folder_) {
    check_usable(folder_);
    partial_ += ".partial";
    std::error_code error;
    if (fs::exists(partial_, error)) check_usable(partial_);
    fs::remove_all(partial_, error);
    if (error) fail(partial_, "an earlier run's rest cannot be removed", error);
    fs::create_directories(partial_, error);
    if (error) fail(partial_, "the folder cannot be made", error);
}

ResultFolder::~ResultFolder() {
    std::error_code ignored;
    fs::remove(partial_, ignored);  // removes an empty folder only
}

void ResultFolder::publish() {
    std::error_code error;
    if (!fs::exists(folder_, error)) {
        fs::rename(partial_, folder_, error);
        if (error) fail(folder_, "the results cannot be put in place", error);
        return;
    }
    // The two folders change names in one step; then the old results are under the name that goes away.
    if (::renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, folder_.c_str(), RENAME_EXCHANGE) != 0) {
        fail(folder_, "the results cannot be put in place (they are in " + partial_.string() + ")",
             std::error_code(errno, std::generic_category()));
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(partial_)) {
        if (is_result(entry.path().filename().string())) continue;
        const fs::path kept = folder_ / entry.path().filename();
        if (fs::exists(kept, error)) continue;
        fs::rename(entry.path(), kept, error);
        if (error) fail(entry.path(), "cannot be kept beside the new results", error);
    }
    fs::remove_all(partial_, error);
    if (error) fail(partial_, "the earlier results cannot be removed", error);
}

}  // namespace markhor::insight
