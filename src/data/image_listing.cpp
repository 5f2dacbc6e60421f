// Looking a folder of images over: names first, then headers on all cores.
#include <algorithm>
#include <markhor/image_listing.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "core/ascii.hpp"
#include "data/folders.hpp"
#include "data/image.hpp"
#include "data/image_sets.hpp"
#include "data/workers.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_files = 10'000'000;

/// Why no image below it is one of the user's; empty for others. What NAS boxes, systems and programs put beside
/// photos.
std::string reason_of_folder(const std::string& name) {
    const bool of_a_system = name.find_first_of("@#$") == 0 || name.starts_with("__") || name == "lost+found" ||
                             name == "System Volume Information";
    if (of_a_system) return "a folder that a system keeps for itself";
    return name.starts_with('.') ? "hidden" : "";
}

std::string reason_of_file(const std::string& name) {
    if (name.starts_with('.')) return "hidden";
    if (has_image_name(name)) return {};
    const std::string end = to_lower(fs::path(name).extension().string());
    return end.empty() ? "without an image's name" : end + " is not read";
}

class Lister {
public:
    explicit Lister(ImageListing& listing) : listing_(listing) {}

    /// All images below the folder; what is none is noted. `link` says whether the folder itself may be one.
    void walk(const fs::path& folder, std::int32_t set, std::int32_t label) {
        std::error_code error;
        const fs::path real = fs::canonical(folder, error);
        if (!error && !above_.insert(real).second) {
            pass_over(folder, "a link that leads back to a folder above it");
            return;
        }
        std::vector<fs::path> files;
        std::vector<fs::path> folders;
        fs::directory_iterator entries;
        if (!error) entries = fs::directory_iterator(folder, error);
        for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
            const fs::path& path = entries->path();
            const std::string name = path.filename().string();
            std::error_code unknown;
            const fs::file_status status = entries->status(unknown);
            if (fs::is_directory(status)) {
                const std::string reason = entries->is_symlink(unknown) ? "a link to a folder" : reason_of_folder(name);
                if (reason.empty()) folders.push_back(path);
                if (!reason.empty()) pass_over(path, reason);
                continue;
            }
            const std::string reason = reason_of_file(name);
            if (reason.empty() && !fs::is_regular_file(status)) {
                pass_over(path, fs::exists(status) ? "no file but a device or the like" : "a link to nothing");
            } else if (reason.empty()) {
                files.push_back(path);
            } else {
                pass_over(path, reason);
            }
        }
        if (error) listing_.warnings.push_back(folder.string() + ": cannot be read: " + error.message());
        std::ranges::sort(files);
        std::ranges::sort(folders);
        for (fs::path& file : files) {
            check_count();
            listing_.images.push_back({.file = std::move(file), .set = set, .label = label, .format = {}});
        }
        for (const fs::path& inner : folders) walk(inner, set, label);
        above_.erase(real);
    }

    void pass_over(fs::path path, std::string reason) {
        check_count();
        listing_.passed_over.push_back({std::move(path), std::move(reason)});
    }

private:
    void check_count() const {
        if (listing_.images.size() + listing_.passed_over.size() < max_files) return;
        throw ValueError(listing_.folder.string() + ": holds more than " + std::to_string(max_files) + " files");
    }

    ImageListing& listing_;
    std::set<fs::path> above_;
};

/// The folders in one that can be classes, by name; the others, and the files, are passed over.
std::vector<std::string> class_folders(const fs::path& folder, Lister& lister) {
    const FolderList list = list_folder(folder);
    std::vector<std::string> names;
    for (const std::string& name : list.folders) {
        const std::string reason = reason_of_folder(name);
        if (reason.empty()) {
            names.push_back(name);
        } else {
            lister.pass_over(folder / name, reason);
        }
    }
    for (const std::string& name : list.files) {
        const std::string reason = reason_of_file(name);
        lister.pass_over(folder / name, reason.empty() ? "an image outside the classes' folders" : reason);
    }
    return names;
}

/// Fills in what the headers say; images without a good one become broken.
void read_headers(ImageListing& listing) {
    std::vector<std::string> errors(listing.images.size());
    for_each(std::ssize(listing.images), [&](std::int64_t i) {
        ListedImage& image = listing.images[static_cast<std::size_t>(i)];
        try {
            const ImageHeader header = read_image_header(image.file);
            image.height = header.size.height;
            image.width = header.size.width;
            image.format = header.format;
            image.orientation = header.orientation;
            std::error_code unknown;
            const std::uintmax_t bytes = fs::file_size(image.file, unknown);
            image.bytes = unknown ? 0 : bytes;
        } catch (const FileError& error) {
            errors[static_cast<std::size_t>(i)] = error.what();
        }
    });
    std::vector<ListedImage> whole;
    for (std::size_t i = 0; i < errors.size(); ++i) {
        if (errors[i].empty()) {
            whole.push_back(std::move(listing.images[i]));
        } else {
            listing.broken.push_back({std::move(errors[i]), listing.images[i].set, listing.images[i].label});
        }
    }
    listing.images = std::move(whole);
}

/// Leaves the classes that have no image in the first set (which is trained on) out, with a warning.
void drop_empty_classes(ImageListing& listing) {
    const std::vector<std::int64_t> counts = listing.class_counts(0);
    std::vector<std::int32_t> numbers;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        numbers.push_back(counts[i] > 0 ? static_cast<std::int32_t>(names.size()) : -1);
        if (counts[i] > 0) {
            names.push_back(listing.class_names[i]);
        } else {
            const bool had = std::ranges::any_of(listing.broken, [&](const BrokenImage& image) {
                return image.set == 0 && std::cmp_equal(image.label, i);
            });
            listing.warnings.push_back(
                (listing.folder / listing.sets[0] / listing.class_names[i]).string() +
                (had ? ": holds no images that can be read" : ": holds no images (" + std::string(image_names) + ")") +
                "; it is no class");
        }
    }
    for (BrokenImage& image : listing.broken) image.label = numbers[static_cast<std::size_t>(image.label)];
    std::erase_if(listing.images,
                  [&](const ListedImage& image) { return numbers[static_cast<std::size_t>(image.label)] < 0; });
    for (ListedImage& image : listing.images) image.label = numbers[static_cast<std::size_t>(image.label)];
    listing.class_names = std::move(names);
    for (std::size_t set = 1; set < listing.sets.size(); ++set) {
        const std::vector<std::int64_t> of_set = listing.class_counts(set);
        for (std::size_t i = 0; i < of_set.size(); ++i) {
            if (of_set[i] > 0) continue;
            listing.warnings.push_back((listing.folder / listing.sets[set] / listing.class_names[i]).string() +
                                       ": holds no images (" + image_names + "), so nothing measures this class");
        }
    }
}

ImageListing::Range range_of(std::vector<std::int64_t> values) {
    if (values.empty()) return {};
    std::ranges::sort(values);
    return {values.front(), values[values.size() / 2], values.back()};
}

}  // namespace

ImageListing list_image_folder(const fs::path& folder) {
    ImageListing listing;
    listing.folder = folder;
    Lister lister(listing);
    std::vector<std::string> names = class_folders(folder, lister);
    listing.sets = image_sets(names, folder.string());
    if (listing.sets.empty()) {
        check_are_classes(folder, names);
        listing.sets = {""};
    } else {
        check_set_classes(folder, listing.sets);
        names = class_folders(folder / listing.sets[0], lister);
    }
    listing.class_names = std::move(names);
    for (std::size_t set = 0; set < listing.sets.size(); ++set) {
        const fs::path inside = listing.sets[set].empty() ? folder : folder / listing.sets[set];
        const std::vector<std::string> own = set == 0 ? listing.class_names : class_folders(inside, lister);
        for (const std::string& name : own) {
            const auto found = std::ranges::lower_bound(listing.class_names, name);
            lister.walk(inside / name, static_cast<std::int32_t>(set),
                        static_cast<std::int32_t>(found - listing.class_names.begin()));
        }
    }
    read_headers(listing);
    drop_empty_classes(listing);
    return listing;
}

std::vector<std::int64_t> ImageListing::class_counts() const {
    std::vector<std::int64_t> counts(class_names.size());
    for (const ListedImage& image : images) ++counts[static_cast<std::size_t>(image.label)];
    return counts;
}

std::vector<std::int64_t> ImageListing::class_counts(std::size_t set) const {
    std::vector<std::int64_t> counts(class_names.size());
    for (const ListedImage& image : images) {
        if (std::cmp_equal(image.set, set)) ++counts[static_cast<std::size_t>(image.label)];
    }
    return counts;
}

double ImageListing::imbalance() const {
    const std::vector<std::int64_t> counts = class_counts(0);
    if (counts.empty()) return 0;
    const auto [least, most] = std::ranges::minmax(counts);
    return least == 0 ? 0 : static_cast<double>(most) / static_cast<double>(least);
}

std::int64_t ImageListing::turned() const {
    return std::ranges::count_if(images, [](const ListedImage& image) { return image.orientation != 1; });
}

ImageListing::Range ImageListing::heights() const {
    std::vector<std::int64_t> values;
    for (const ListedImage& image : images) values.push_back(image.height);
    return range_of(std::move(values));
}

ImageListing::Range ImageListing::widths() const {
    std::vector<std::int64_t> values;
    for (const ListedImage& image : images) values.push_back(image.width);
    return range_of(std::move(values));
}

}  // namespace markhor::data
