#include "data/image_sets.hpp"

#include <algorithm>
#include <cctype>
#include <markhor/error.hpp>

#include "data/folders.hpp"
#include "data/image.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 10;
    std::string all;
    for (std::size_t i = 0; i < std::min(most, names.size()); ++i) all += (i == 0 ? "" : ", ") + names[i];
    return names.size() > most ? all + " and " + std::to_string(names.size() - most) + " more" : all;
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& some) {
    std::vector<std::string> rest;
    std::ranges::copy_if(all, std::back_inserter(rest),
                         [&](const std::string& name) { return std::ranges::find(some, name) == some.end(); });
    return rest;
}

/// What a NAS or a system puts beside photos: @eaDir, #recycle, $RECYCLE.BIN, __MACOSX, …
bool is_of_a_system(const std::string& name) {
    return name.find_first_of("@#$") == 0 || name.starts_with("__") || name == "lost+found" ||
           name == "System Volume Information";
}

std::vector<std::string> class_folders(const fs::path& folder) {
    std::vector<std::string> names = list_folder(folder).folders;
    std::erase_if(names, is_of_a_system);
    return names;
}

}  // namespace

std::string set_role(const std::string& folder) {
    std::string name = folder;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == "train" || name == "test" || name == "validation") return name;
    return name == "valid" || name == "val" ? "validation" : "";
}

std::vector<std::string> image_sets(const std::vector<std::string>& folders, const std::string& where) {
    std::vector<std::string> sets;
    for (const char* role : {"train", "validation", "test"}) {
        std::vector<std::string> named;
        std::ranges::copy_if(folders, std::back_inserter(named),
                             [&](const std::string& folder) { return set_role(folder) == role; });
        if (std::string_view(role) == "train" && named.empty()) return {};
        if (named.size() > 1)
            throw FileError(where + ": holds " + listed(named) + "; expected one folder to " +
                            (std::string_view(role) == "validation" ? "validate on" : role));
        sets.insert(sets.end(), named.begin(), named.end());
    }
    if (sets.size() < 2) return {};
    std::vector<std::string> others = without(folders, sets);
    std::erase_if(others, is_of_a_system);
    if (!others.empty()) {
        throw FileError(where + ": holds the sets " + listed(sets) + " and beside them " + listed(others) +
                        "; expected sets (train, validation, test) alone, or class folders alone");
    }
    return sets;
}

void check_set_classes(const fs::path& folder, const std::vector<std::string>& sets) {
    const std::vector<std::string> names = class_folders(folder / sets.at(0));
    for (std::size_t i = 1; i < sets.size(); ++i) {
        const std::vector<std::string> own = class_folders(folder / sets[i]);
        const std::vector<std::string> extra = without(own, names);
        const std::vector<std::string> missing = without(names, own);
        if (extra.empty() && missing.empty()) continue;
        const bool one = (extra.empty() ? missing : extra).size() == 1;
        throw FileError((folder / sets[i]).string() + (extra.empty() ? ": lacks the class" : ": has the class") +
                        (one ? " " : "es ") + listed(extra.empty() ? missing : extra) +
                        (extra.empty() ? ", which " : ", not in ") + (folder / sets[0]).string() +
                        (extra.empty() ? " has" : "") + "; expected the same class folders in each set");
    }
}

void check_are_classes(const fs::path& folder, const std::vector<std::string>& classes) {
    if (classes.size() < 2) return;
    std::vector<std::string> shared;
    for (const std::string& name : classes) {
        const FolderList list = list_folder(folder / name);
        if (list.folders.empty() || (!shared.empty() && list.folders != shared)) return;
        if (std::ranges::any_of(list.files, [](const std::string& file) { return has_image_name(file); })) return;
        shared = list.folders;
    }
    throw FileError(folder.string() + ": its folders " + listed(classes) + " hold no images but the same folders (" +
                    listed(shared) +
                    "), so they are no classes; expected a folder a class, or sets named train, validation (or valid, "
                    "val) and test");
}

}  // namespace markhor::data
