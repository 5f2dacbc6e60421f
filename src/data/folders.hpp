// Listing folders in an order that does not depend on the file system.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace markhor::data {

/// Names in a folder, sorted bytewise; hidden ones (".…") left out. Links count as what they lead to.
struct FolderList {
    std::vector<std::string> files;
    std::vector<std::string> folders;
};

/// Throws FileError where there is no such folder or it cannot be read.
FolderList list_folder(const std::filesystem::path& folder);

/// Whether any file is named as one of an idx set.
bool has_idx_files(const std::filesystem::path& folder);

}  // namespace markhor::data
