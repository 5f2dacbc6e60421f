// Image files to tensors and back, one at a time: load_image, and keras.utils' functions of the kind.
#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/images.hpp>

#include "core/ascii.hpp"
#include "core/atomic_file.hpp"
#include "data/encode_image.hpp"
#include "data/image.hpp"
#include "data/image_files.hpp"
#include "data/pillow_resize.hpp"
#include "data/resize.hpp"

namespace markhor {
namespace {

using data::Image;
using data::ImageSize;

/// The size asked for, or the image's own.
ImageSize size_or(const std::array<std::int64_t, 2>& asked, ImageSize own) {
    if (asked == std::array<std::int64_t, 2>{0, 0}) return own;
    data::check_image_size(asked[0], asked[1]);
    return {asked[0], asked[1]};
}

/// ITU-R 601 in whole numbers, as Pillow's convert("L") has it.
Image to_grey(const Image& rgb) {
    Image grey{rgb.size, 1, {}};
    grey.pixels.reserve(rgb.pixels.size() / 3);
    for (std::size_t i = 0; i < rgb.pixels.size(); i += 3) {
        const unsigned luma = rgb.pixels[i] * 19595U + rgb.pixels[i + 1] * 38470U + rgb.pixels[i + 2] * 7471U + 0x8000U;
        grey.pixels.push_back(static_cast<std::uint8_t>(luma >> 16U));
    }
    return grey;
}

/// The largest window of the wanted ratio around the centre, as load_img cuts it.
data::Window window_of(ImageSize own, ImageSize wanted, bool keep_aspect_ratio) {
    if (!keep_aspect_ratio) return {0, 0, own.height, own.width};
    const std::int64_t height =
        std::max<std::int64_t>(1, std::min(own.height, own.width * wanted.height / wanted.width));
    const std::int64_t width =
        std::max<std::int64_t>(1, std::min(own.width, own.height * wanted.width / wanted.height));
    return {(own.height - height) / 2, (own.width - width) / 2, height, width};
}

Shape shape_of(const Image& image) { return {image.size.height, image.size.width, image.channels}; }

}  // namespace

Tensor load_image(const std::filesystem::path& file, const LoadImageOptions& options) {
    const std::int64_t channels = data::channels_of(options.color_mode);
    const data::Interpolation interpolation = data::interpolation_of(options.interpolation);
    size_or(options.size, {});  // a wrong size is told before the file is read
    const Image image = data::read_image(file, channels);
    const ImageSize size = size_or(options.size, image.size);
    Tensor tensor(
        options.batch_axis ? Shape{1, size.height, size.width, channels} : Shape{size.height, size.width, channels},
        DType::float32);
    if (size.height == image.size.height && size.width == image.size.width) {
        std::ranges::copy(image.pixels, tensor.data<float>().begin());
        return tensor;
    }
    data::fit_image(data::dense(image.pixels.data(), image.size.height, image.size.width, channels),
                    data::dense(tensor.data<float>().data(), size.height, size.width, channels), interpolation,
                    data::aspect_of(options.keep_aspect_ratio, false));
    return tensor;
}

Tensor utils::load_img(const std::filesystem::path& path, const LoadImgOptions& options) {
    const std::int64_t channels = data::channels_of(options.color_mode);
    const data::PillowFilter filter = data::pillow_filter_of(options.interpolation);
    size_or(options.target_size, {});
    Image image = data::read_image(path, std::max<std::int64_t>(channels, 3));
    if (channels == 1) image = to_grey(image);
    const ImageSize size = size_or(options.target_size, image.size);
    if (size.height != image.size.height || size.width != image.size.width) {
        image = data::pillow_resize(image, window_of(image.size, size, options.keep_aspect_ratio), size, filter);
    }
    return Tensor::from(shape_of(image), image.pixels);
}

Tensor utils::img_to_array(const Tensor& img) {
    const std::size_t rank = img.shape().rank();
    if (rank != 2 && rank != 3) {
        throw ShapeError("img_to_array: got the shape " + img.shape().str() +
                         "; expected (height, width, channels) or (height, width)");
    }
    const Tensor values = img.dtype() == DType::float32 ? img.clone() : img.cast(DType::float32);
    return rank == 3 ? values : values.reshaped({img.shape()[0], img.shape()[1], 1});
}

Tensor utils::array_to_img(const Tensor& x, bool scale) {
    const Shape& shape = x.shape();
    if (shape.rank() != 3 || (shape[2] != 1 && shape[2] != 3 && shape[2] != 4) || x.size() == 0) {
        throw ShapeError("array_to_img: got the shape " + shape.str() +
                         "; expected (height, width, channels) of 1, 3 or 4 channels");
    }
    Tensor values = x.dtype() == DType::float32 ? x.clone() : x.cast(DType::float32);
    const std::span<float> all = values.data<float>();
    for (const float value : all) {
        if (!std::isfinite(value)) throw ValueError("array_to_img: the image holds NaN or infinity");
    }
    if (scale) {
        const float least = *std::ranges::min_element(all);
        for (float& value : all) value -= least;
        const float most = *std::ranges::max_element(all);
        for (float& value : all) value = (most != 0 ? value / most : value) * 255;
    }
    Tensor image(shape, DType::uint8);
    std::uint8_t* to = image.data<std::uint8_t>().data();
    for (const float value : all) {
        if (value < 0 || value >= 256) {
            throw ValueError("array_to_img: a value is beyond [0, 255]; scale = true spreads them over it");
        }
        *to++ = static_cast<std::uint8_t>(value);
    }
    return image;
}

void utils::save_img(const std::filesystem::path& path, const Tensor& x, bool scale) {
    const std::string ending = to_lower(path.extension().string());
    const bool jpeg = ending == ".jpg" || ending == ".jpeg";
    if (!jpeg && ending != ".png") {
        throw ValueError("save_img: " + path.string() + ": expected a name that ends with .png, .jpg or .jpeg");
    }
    const Tensor pixels = array_to_img(x, scale);
    const std::span<const std::uint8_t> bytes = pixels.data<std::uint8_t>();
    Image image{{pixels.shape()[0], pixels.shape()[1]}, pixels.shape()[2], {bytes.begin(), bytes.end()}};
    if (jpeg && image.channels == 4) {
        std::vector<std::uint8_t> rgb;
        for (std::size_t i = 0; i < image.pixels.size(); ++i) {
            if (i % 4 != 3) rgb.push_back(image.pixels[i]);
        }
        image = {image.size, 3, std::move(rgb)};
    }
    write_file(path, jpeg ? data::encode_jpeg(image) : data::encode_png(image));
}

}  // namespace markhor
