// Image files with labels as a source: listed as Keras lists them, decoded and resized as they are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <markhor/dataset.hpp>
#include <string>
#include <vector>

#include "data/resize.hpp"

namespace markhor::data {

struct LabelledFile {
    std::filesystem::path file;
    std::int32_t label = 0;
};

/// The files below a folder with an image's name, in Keras's order: folders by their whole path, in each the files by
/// name. Folders that are links are entered only with `follow_links`. Throws FileError: unreadable, links that lead in
/// a circle.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder, bool follow_links);

/// How labels come out: "int" as int32 (), "binary" as float32 (1), "categorical" as float32 (classes), "none" as int32
/// () -1.
enum class LabelMode { integer, binary, categorical, none };
/// By Keras's name. Throws ValueError.
LabelMode label_mode_of(const std::string& name);
/// 1, 3 or 4 for "grayscale", "rgb" or "rgba". Throws ValueError.
std::int64_t channels_of(const std::string& color_mode);
/// Whether on_error is "skip". Throws ValueError unless it is that or "error".
bool skips_broken(const std::string& on_error);
/// Throws ValueError unless both are given at most once and at least 1x1 and below the limits of images.
Aspect aspect_of(bool crop_to_aspect_ratio, bool pad_to_aspect_ratio);
/// Throws ValueError for a size below 1x1 or beyond the limits of images.
void check_image_size(std::int64_t height, std::int64_t width);

struct ImageFormat {
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t channels = 3;
    Interpolation interpolation = Interpolation::bilinear;
    Aspect aspect = Aspect::stretch;
    bool scaled_decode = false;
    bool exif = false;     ///< turned as the files' orientations say
    bool rounded = false;  ///< to whole numbers of 0 to 255
};

struct LabelFormat {
    LabelMode mode = LabelMode::integer;
    std::int64_t classes = 0;
};

/// Those of `files` that can be decoded; for each of the others one line in `skipped`. Decodes them all, on worker
/// threads. Without `skip` the first broken one throws.
std::vector<LabelledFile> without_broken(const std::vector<LabelledFile>& files, std::int64_t channels, bool skip,
                                         std::vector<std::string>& skipped);

/// x is float32 (height, width, channels) in [0, 255]. A broken image throws FileError as it is read.
std::shared_ptr<const DatasetSource> image_files(std::vector<LabelledFile> files, const ImageFormat& format,
                                                 const LabelFormat& labels, std::vector<std::string> skipped = {});

}  // namespace markhor::data
