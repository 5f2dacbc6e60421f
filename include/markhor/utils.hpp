// keras.utils: data sets of image files, with Keras's arguments, order, split and pixels.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <markhor/dataset.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace markhor::utils {

/// The arguments of keras.utils.image_dataset_from_directory (https://keras.io/api/data_loading/image/), with "none"
/// for Python's None. batch_size is fit()'s, or that of Dataset::batches().
struct ImageDatasetOptions {
    /// "inferred" from the folders, "none", or a number for each image in the order of their paths.
    std::variant<std::string, std::vector<std::int32_t>> labels = "inferred";
    /// "int": int32 (); "categorical": float32 (classes); "binary": float32 (1); "none": no labels, read as int32 -1.
    std::string label_mode = "int";
    std::vector<std::string> class_names = {};            ///< the folders to take, in this order; empty: all, by name
    std::string color_mode = "rgb";                       ///< "grayscale", "rgb" or "rgba": 1, 3 or 4 channels
    std::array<std::int64_t, 2> image_size = {256, 256};  ///< height, width
    bool shuffle = true;  ///< as NumPy's RandomState(seed) shuffles the files; false: by path
    std::optional<std::uint32_t> seed = std::nullopt;  ///< none: another order each time
    double validation_split = 0;                       ///< share of the files for validation; 0: all are in one set
    std::string subset = {};                           ///< with validation_split: "training" or "validation"
    /// "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or "mitchellcubic".
    std::string interpolation = "bilinear";
    bool follow_links = false;  ///< enter folders (below the classes') that are symbolic links
    bool crop_to_aspect_ratio = false;
    bool pad_to_aspect_ratio = false;

    // Markhor's own.
    /// Of a broken image: "error" when it is read, or "skip": all are decoded once now, the broken ones left out and
    /// listed by Dataset::skipped().
    std::string on_error = "error";
    /// Decode large JPEGs to a half, quarter or eighth, not below image_size: several times faster, smoother, not
    /// Keras's pixels. Where a side is less than twice image_size's, nothing changes.
    bool scaled_decode = false;
    bool exif = false;  ///< turn each image as its EXIF orientation says, which Keras does not
};

/// A data set of the images below a folder that has one folder a class: x float32 (height, width, channels) in [0,
/// 255], decoded and resized as read. Files count by their names: .png, .jpg, .jpeg, .bmp, .gif (first frame) and,
/// beyond Keras, .webp. For one seed the files come in Keras's order (its `file_paths`; fit() shuffles again each
/// epoch) and split as Keras splits them. Throws ValueError for an argument, FileError for the folder and, as they are
/// read, for broken images.
Dataset image_dataset_from_directory(const std::filesystem::path& directory, const ImageDatasetOptions& options = {});

struct TrainingValidation {
    Dataset training;
    Dataset validation;
};
/// Keras's subset = "both". `options.subset` must be empty, validation_split given.
TrainingValidation image_datasets_from_directory(const std::filesystem::path& directory,
                                                 const ImageDatasetOptions& options);

}  // namespace markhor::utils
