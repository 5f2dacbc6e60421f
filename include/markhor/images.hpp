// Image files to tensors and back: load_image for what a model is to be given, and keras.utils' load_img, img_to_array,
// array_to_img and save_img with Keras's (Pillow's) pixels.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include <markhor/tensor.hpp>

namespace markhor {

struct LoadImageOptions {
    std::array<std::int64_t, 2> size = {0, 0};  ///< height, width; {0, 0}: the file's own
    std::string color_mode = "rgb";             ///< "grayscale", "rgb" or "rgba": 1, 3 or 4 channels
    /// As image_dataset_from_directory's: "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian"
    /// or "mitchellcubic".
    std::string interpolation = "bilinear";
    bool keep_aspect_ratio = false;  ///< cut to the wanted ratio around the centre instead of stretching
    bool batch_axis = false;         ///< (1, height, width, channels), what predict() takes
};
/// An image file (PNG, JPEG, WebP, BMP, the first frame of a GIF; the content decides) as float32 (height, width,
/// channels) in [0, 255], resized as utils::image_dataset_from_directory does it, so that a model sees a picture as it
/// saw those that it was trained on:
///
///     model.predict(load_image("cat.jpg", {.size = {224, 224}, .batch_axis = true}))
///
/// Throws FileError for the file, ValueError for an option.
Tensor load_image(const std::filesystem::path& file, const LoadImageOptions& options = {});

namespace utils {

struct LoadImgOptions {
    std::string color_mode = "rgb";                    ///< "grayscale", "rgb" or "rgba"
    std::array<std::int64_t, 2> target_size = {0, 0};  ///< height, width; {0, 0}: the file's own
    std::string interpolation = "nearest";  ///< "nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"
    bool keep_aspect_ratio = false;         ///< cut to the wanted ratio around the centre first
};
/// keras.utils.load_img: uint8 (height, width, channels), resized as Pillow does it (which looks at all pixels when it
/// makes an image smaller; image_dataset_from_directory and load_image do not). Throws FileError for the file,
/// ValueError for an option.
Tensor load_img(const std::filesystem::path& path, const LoadImgOptions& options = {});

/// keras.utils.img_to_array: float32 (height, width, channels) of an image of any type; (height, width) becomes
/// (height, width, 1). Values stay as they are. Throws ShapeError for another rank.
Tensor img_to_array(const Tensor& img);

/// keras.utils.array_to_img: uint8 (height, width, channels), channels 1, 3 or 4. With `scale` values are spread so
/// that the smallest is 0 and the largest 255; without they are to be in [0, 255] and lose their fraction. Throws
/// ShapeError for another shape, ValueError, without scale, for a value outside [0, 255], and for NaN and infinity.
Tensor array_to_img(const Tensor& x, bool scale = true);

/// keras.utils.save_img: array_to_img(x, scale) as a file, PNG or JPEG (quality 75, Pillow's default) by its name:
/// .png, .jpg, .jpeg. Of four channels a JPEG has three. Written beside, then renamed. Throws FileError where it cannot
/// be written, ValueError for another name, and what array_to_img throws.
void save_img(const std::filesystem::path& path, const Tensor& x, bool scale = true);

}  // namespace utils
using utils::array_to_img;
using utils::img_to_array;
using utils::load_img;
using utils::save_img;

}  // namespace markhor
