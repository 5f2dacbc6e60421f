// What a model of images was trained for: the names of its classes, how pixels become its inputs, how images are
// brought to its size. The record travels with the model, through its files and what is made of it; where there is
// none, the model's own layers say how it takes pixels.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <markhor/dataset.hpp>
#include <markhor/model.hpp>

namespace markhor {

/// Pixels of 0 to 255 become pixel * factor + offset, of each channel, after the channels are reversed where `bgr`.
struct PixelScaling {
    std::vector<double> factor = {1.0 / 255};  ///< of each channel, or one for all
    std::vector<double> offset = {0};
    bool bgr = false;
    std::string mode = "1/255";  ///< its short name

    /// "1/255" (or "unit"), another factor ("0.5", "1/127"), "raw" (or "none"), or a mode of preprocess_input: "tf",
    /// "caffe", "torch". Throws ValueError for anything else, among it what is not finite or 0.
    static PixelScaling named(const std::string& name);
    /// "x/255", "as they are, 0 to 255", "x/127.5 - 1 (mode tf)"
    std::string str() const;
    friend bool operator==(const PixelScaling&, const PixelScaling&) = default;
};

struct ImageInput {
    std::vector<std::string> class_names = {};           ///< empty: not known
    std::optional<PixelScaling> scaling = std::nullopt;  ///< none: not known
    std::string color_mode = {};                         ///< "grayscale", "rgb", "rgba"; empty: by the model's channels
    std::int64_t height = 0;                             ///< 0: the model's own
    std::int64_t width = 0;
    std::string fit = "stretch";  ///< or "crop", "pad": Keras's crop_to_aspect_ratio, pad_to_aspect_ratio
    std::string interpolation = "bilinear";
    bool exif = false;  ///< whether images are turned as their EXIF orientation says
    friend bool operator==(const ImageInput&, const ImageInput&) = default;
};

/// The record that the model has, or none.
std::optional<ImageInput> stored_image_input(const Model& model);
/// Gives the model a record, which save() writes beside config and weights (Keras ignores it) and load_model() reads.
/// Throws ValueError for one that no file could hold: numbers that are not finite, unknown words, more than 100,000
/// names.
void set_image_input(const Model& model, const ImageInput& input);

/// How a model takes its images, and why that is thought.
struct FoundInput {
    ImageInput input;    ///< scaling is set, height, width and color_mode are as far as the model knows them
    std::string reason;  ///< "stored with the model", "the model has the layer 'rescaling'", …
    /// "pixels: x/255 (stored with the model)"
    std::string line() const;
};
/// In this order: `scale`, where it is no "auto" (as PixelScaling::named); what is stored with the model; what its
/// layers do themselves before anything is learnt (Rescaling, Normalization, arithmetic with constants, also in a
/// model within the model or behind augmentation, Resizing, …); the network of keras.applications that it is or holds;
/// else x/255.
FoundInput image_input(const Model& model, const std::string& scale = "auto");

/// A file as the model wants it: float32 (height, width, channels). Throws FileError for a file that is no image,
/// ShapeError where neither model nor record know the size.
Tensor load_image_for(const std::filesystem::path& file, const Model& model);
Tensor load_image_for(const std::filesystem::path& file, const ImageInput& input);
/// The same from pixels that are decoded already: float32 (height, width, channels) of 0 to 255.
Tensor fit_pixels(const Tensor& pixels, const ImageInput& input);
/// Images of pixels of 0 to 255, as utils::image_dataset_from_directory() gives them, scaled as the model takes them.
Dataset scaled_pixels(const Dataset& data, const PixelScaling& scaling);
/// Images that are scaled to [0, 1], as data::open_folder() gives them, scaled as the model takes them.
Dataset scaled_from_unit(const Dataset& data, const PixelScaling& scaling);

}  // namespace markhor
