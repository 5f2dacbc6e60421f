// Which folders are sets of images and not classes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace markhor::data {

/// "train", "validation" (also of "valid" and "val") or "test", by a folder's name in any case; empty for others.
std::string set_role(const std::string& folder);

/// "train" first, then a set to validate on and "test", as far as they are there, by the folders' own names; empty
/// where `folders` are classes. Throws FileError, starting with `where`, for two sets of one kind, and for sets beside
/// other folders.
std::vector<std::string> image_sets(const std::vector<std::string>& folders, const std::string& where = "the folder");

/// Throws FileError where the sets in `folder` do not have the classes of the first one, naming those that are missing
/// or too many.
void check_set_classes(const std::filesystem::path& folder, const std::vector<std::string>& sets);

/// Throws FileError where none of the class folders holds an image itself, but all the same folders: they are sets of
/// other names.
void check_are_classes(const std::filesystem::path& folder, const std::vector<std::string>& classes);

}  // namespace markhor::data
