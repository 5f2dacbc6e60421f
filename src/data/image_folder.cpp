// Folders of images, one folder a class, split for training and test. Images are decoded as they are read: the data may
// be larger than memory.
#include <algorithm>
#include <cmath>
#include <markhor/dataset.hpp>
#include <utility>

#include "core/random.hpp"
#include "data/file_bytes.hpp"
#include "data/folders.hpp"
#include "data/image.hpp"
#include "data/image_files.hpp"
#include "data/image_sets.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

/// The images of each class, sorted by name; the classes are those of `names`.
std::vector<std::vector<LabelledFile>> list_classes(const fs::path& folder, const std::vector<std::string>& names) {
    std::vector<std::vector<LabelledFile>> classes;
    for (const std::string& name : names) {
        auto& files = classes.emplace_back();
        for (fs::path& file : list_images(folder / name, false)) {
            files.push_back({std::move(file), static_cast<std::int32_t>(classes.size() - 1)});
        }
        if (files.empty()) {
            throw FileError((folder / name).string() + ": holds no images (" + image_names +
                            "); each class folder must hold some");
        }
    }
    return classes;
}

std::vector<LabelledFile> joined(const std::vector<std::vector<LabelledFile>>& classes) {
    std::vector<LabelledFile> all;
    for (const auto& files : classes) all.insert(all.end(), files.begin(), files.end());
    return all;
}

struct Split {
    std::vector<LabelledFile> train;
    std::vector<LabelledFile> test;
};

/// Holds out the same share of each class, drawn by the seed, and at least one image of it.
Split split(const fs::path& folder, std::vector<std::vector<LabelledFile>> classes, double share, std::uint64_t seed) {
    std::vector<std::vector<LabelledFile>> train;
    std::vector<std::vector<LabelledFile>> test;
    for (auto& files : classes) {
        if (files.size() < 2) {
            throw FileError(
                files.front().file.parent_path().string() +
                ": holds 1 image; at least 2 are wanted, one to train on and one to test, or train/ and test/ in " +
                folder.string());
        }
        Random random(seed, train.size());
        for (std::size_t i = files.size() - 1; i > 0; --i) std::swap(files[i], files[random.below(i + 1)]);
        const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(files.size())));
        const auto held = static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(wanted, 1, files.size() - 1));
        const auto by_name = [](const LabelledFile& a, const LabelledFile& b) { return a.file < b.file; };
        auto& testing = test.emplace_back(files.begin(), files.begin() + held);
        auto& training = train.emplace_back(files.begin() + held, files.end());
        std::ranges::sort(testing, by_name);
        std::ranges::sort(training, by_name);
    }
    return {joined(train), joined(test)};
}

void check(const fs::path& folder, const ImageFolderOptions& options) {
    const auto fail = [&](const std::string& what) { throw ValueError(folder.string() + ": " + what); };
    if (options.height < 0 || options.width < 0) fail("an image size below 0 was given; 0 means the first image's");
    if (options.channels != 1 && options.channels != 3) {
        fail(std::to_string(options.channels) + " channels were asked for; 1 (grey) or 3 (RGB) are wanted");
    }
    if (options.height > 0 && options.width > 0) check_image_size(options.height, options.width);
    if (!(options.test_split > 0 && options.test_split < 1)) fail("test_split must lie between 0 and 1");
}

}  // namespace

TrainTest image_folder(const fs::path& folder, const ImageFolderOptions& options) {
    check(folder, options);
    std::vector<std::string> names = list_folder(folder).folders;
    Split parts;
    if (const std::vector<std::string> sets = image_sets(names, folder.string()); !sets.empty()) {
        check_set_classes(folder, sets);
        names = list_folder(folder / sets.front()).folders;
        if (!names.empty()) {
            parts = {joined(list_classes(folder / sets.front(), names)),
                     joined(list_classes(folder / sets.back(), names))};
        }
    } else if (!names.empty()) {
        check_are_classes(folder, names);
        parts = split(folder, list_classes(folder, names), options.test_split, options.seed);
    }
    if (names.size() < 2) {
        throw FileError(folder.string() + ": has " + std::to_string(names.size()) +
                        " class folders; at least 2 with images are wanted");
    }

    // Each image is decoded once now, so that a broken one stops the run before it starts and not in its tenth epoch.
    const bool skip = skips_broken(options.on_error);
    std::vector<std::string> skipped_train;
    std::vector<std::string> skipped_test;
    parts.train = without_broken(parts.train, options.channels, skip, skipped_train);
    parts.test = without_broken(parts.test, options.channels, skip, skipped_test);
    if (parts.train.empty() || parts.test.empty()) {
        throw FileError(folder.string() + ": holds no image that can be decoded to " +
                        (parts.train.empty() ? "train on; the first one: " + skipped_train.front()
                                             : "test on; the first one: " + skipped_test.front()));
    }

    const fs::path& first = parts.train.front().file;
    const ImageSize size = image_size(read_plain_bytes(first, max_image_file), first.string());
    const ImageFormat format{.height = options.height > 0 ? options.height : size.height,
                             .width = options.width > 0 ? options.width : size.width,
                             .channels = options.channels};
    const LabelFormat labels{LabelMode::integer, static_cast<std::int64_t>(names.size())};
    const auto dataset = [&](std::vector<LabelledFile> files, std::vector<std::string> skipped) {
        return Dataset(image_files(std::move(files), format, labels, std::move(skipped)), names).rescaled(1.0 / 255.0);
    };
    return {dataset(std::move(parts.train), std::move(skipped_train)),
            dataset(std::move(parts.test), std::move(skipped_test))};
}

}  // namespace markhor::data
