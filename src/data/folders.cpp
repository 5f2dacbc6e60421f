// Listing folders, and telling what kind of data a folder holds.
#include "data/folders.hpp"

#include <algorithm>
#include <markhor/dataset.hpp>
#include <system_error>

namespace markhor::data {

namespace fs = std::filesystem;

FolderList list_folder(const fs::path& folder) {
    std::error_code error;
    const auto status = fs::status(folder, error);
    if (!fs::exists(status)) throw FileError(folder.string() + ": there is no such folder");
    if (!fs::is_directory(status)) throw FileError(folder.string() + ": is not a folder; a folder is wanted");
    FolderList list;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        std::string name = entries->path().filename().string();
        if (name.starts_with('.')) continue;
        std::error_code unknown;
        (entries->is_directory(unknown) ? list.folders : list.files).push_back(std::move(name));
    }
    if (error) throw FileError(folder.string() + ": cannot be read: " + error.message());
    std::ranges::sort(list.files);
    std::ranges::sort(list.folders);
    return list;
}

TrainTest open_folder(const fs::path& folder, const ImageFolderOptions& options) {
    if (has_idx_files(folder)) {
        TrainTest parts = idx_folder(folder);
        if (options.height == 0 && options.width == 0) return parts;
        const Shape shape = parts.train.x_shape();
        const std::int64_t height = options.height > 0 ? options.height : shape[0];
        const std::int64_t width = options.width > 0 ? options.width : shape[1];
        return {parts.train.resized(height, width), parts.test.resized(height, width)};
    }
    if (list_folder(folder).folders.empty()) {
        throw FileError(folder.string() +
                        ": holds neither idx files (train-images-idx3-ubyte…) nor folders of images, one a class");
    }
    return image_folder(folder, options);
}

}  // namespace markhor::data
