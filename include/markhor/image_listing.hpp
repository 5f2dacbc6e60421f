// What a folder of images holds, said before anything is decoded: classes, sizes, what was passed over and why; and
// what follows from it: weights of classes, the memory that a cache and a batch take.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <markhor/dataset.hpp>
#include <span>
#include <string>
#include <vector>

namespace markhor::data {

/// An image whose header could be read.
struct ListedImage {
    std::filesystem::path file;
    std::int32_t set = 0;    ///< of ImageListing::sets
    std::int32_t label = 0;  ///< of ImageListing::class_names
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::string format;   ///< "JPEG", "PNG", "WebP", "GIF" or "BMP", by its content
    int orientation = 1;  ///< EXIF's, 1 to 8; 1: as it is stored
    std::uint64_t bytes = 0;
};

/// A file or folder that no image was taken from.
struct PassedOver {
    std::filesystem::path path;
    std::string reason;  ///< "hidden", "a folder of a NAS, not of photos", ".txt is not read", …
};

/// An image whose header cannot be read.
struct BrokenImage {
    std::string line;  ///< "FILE: WHY"
    std::int32_t set = 0;
    std::int32_t label = 0;
};

struct ImageListing {
    std::filesystem::path folder;
    std::vector<std::string> sets;  ///< folders of sets, as "train", "test"; one empty name where there are none
    std::vector<std::string> class_names;
    std::vector<ListedImage> images;      ///< by set, class and path
    std::vector<PassedOver> passed_over;  ///< what is no image by its name
    std::vector<BrokenImage> broken;
    std::vector<std::string> warnings;  ///< class folders without images, folders that cannot be read

    /// Images of each class, in all sets or one.
    std::vector<std::int64_t> class_counts() const;
    std::vector<std::int64_t> class_counts(std::size_t set) const;
    /// Images of the largest class for each of the smallest one; 0 without images.
    double imbalance() const;
    /// Images that are stored turned or mirrored.
    std::int64_t turned() const;

    struct Range {
        std::int64_t min = 0;
        std::int64_t median = 0;
        std::int64_t max = 0;
    };
    Range heights() const;
    Range widths() const;

    /// All of it as text of some lines. `exif`: whether orientations will be applied.
    std::string str(bool exif = false) const;
};

/// Looks a folder over, as image_folder() takes it: reads names and headers, on all cores, and decodes nothing. A
/// damaged image whose header is whole counts as an image here. Throws FileError for a folder that is none, ValueError
/// for one of more than 10 million files.
ImageListing list_image_folder(const std::filesystem::path& folder);

/// The data sets of a folder that was looked over already.
TrainTest image_folder(const ImageListing& listing, const ImageFolderOptions& options = {});

/// For ImageFolderOptions::progress: "decoding 1,240 of 5,000 photos", written over itself on a terminal, else a line
/// now and then.
std::function<void(std::int64_t done, std::int64_t total)> print_progress(std::ostream& output, bool terminal);

/// Weights for fit()'s class_weight under which each class counts the same: images / (classes * images of the class),
/// scikit-learn's "balanced". Throws ValueError for a class without images.
std::map<std::int64_t, double> balanced_class_weight(std::span<const std::int64_t> class_counts);

/// Bytes that images take on their way to a model, the model's own left out.
struct ImageMemory {
    std::size_t cache = 0;     ///< all of them, decoded
    std::size_t batches = 0;   ///< the batches that lie ready and the one in use
    std::size_t decoding = 0;  ///< files and whole images in the hands of the threads
    std::size_t total() const { return cache + batches + decoding; }
};
/// For images as `options` say (height and width above 0). The cache is counted whole: see ImageFolderOptions::cache.
ImageMemory image_memory(const ImageListing& listing, const ImageFolderOptions& options, std::int64_t batch_size);

/// Bytes that a process may still take: free memory, less where a limit of the system's (a cgroup's, ulimit -v) is
/// lower. 0 where it cannot be known.
std::size_t available_memory();

}  // namespace markhor::data
