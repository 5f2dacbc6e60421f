// The options that say which images of a folder are taken and how they are brought to a model's size, for all commands
// that read images; and what is told of a folder before any of its images is decoded.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <markhor/dataset.hpp>
#include <markhor/image_input.hpp>
#include <markhor/image_listing.hpp>
#include <string>

namespace markhor::cli {

struct ImageOptions {
    std::string fit = {};            ///< "stretch", "crop", "pad"; empty: as the model has it, else stretch
    std::string interpolation = {};  ///< empty: as the model has it, else bilinear
    bool exif = false;               ///< also where the model has it so
    bool skip_broken = false;
    double validation_split = 0;
    std::string cache = {};  ///< "2GB"; empty: the library's default

    /// The record with what was asked for in its place.
    ImageInput over(ImageInput input) const;
    /// To decode images of this shape as the record says: scaled, in whole numbers, with progress to `output`.
    data::ImageFolderOptions decoding(const Shape& image, const ImageInput& input, std::ostream& output) const;
};

/// --fit, --interpolation and --exif.
void add_fit_options(CLI::App& app, ImageOptions& options);
/// Those that only sets of images have: --validation-split, --skip-broken and --cache.
void add_set_options(CLI::App& app, ImageOptions& options);

/// Bytes of "512MB", "2GB", "1.5GiB", "100000", "0", "none" (0) and "all".
std::size_t parse_bytes(const std::string& text);

/// Looks a folder of classes over and says on `output` what is there, was passed over and is odd.
data::ImageListing told_listing(const std::filesystem::path& folder, const ImageInput& input, std::ostream& output);
/// How many images there are to train on, to validate on and to test on.
void tell_split(const data::TrainTest& data, std::ostream& output);

}  // namespace markhor::cli
