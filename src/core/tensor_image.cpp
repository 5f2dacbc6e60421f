// Tensor::from_image: pixels as other libraries hold them in memory.
#include <cstring>
#include <limits>
#include <markhor/tensor.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace markhor {
namespace {

void check_size(const char* what, std::int64_t value) {
    if (value >= 1) return;
    throw ValueError("Tensor::from_image: " + std::string(what) + " is " + std::to_string(value) +
                     "; expected at least 1");
}

template <class T>
Tensor tensor_of(const T* pixels, std::int64_t height, std::int64_t width, std::int64_t channels, std::int64_t step,
                 const FromImageOptions& options) {
    if (pixels == nullptr) throw ValueError("Tensor::from_image: the pointer to the pixels is null");
    check_size("height", height);
    check_size("width", width);
    if (channels < (options.bgr ? 3 : 1) || channels > 4) {
        throw ValueError("Tensor::from_image: channels is " + std::to_string(channels) + "; expected " +
                         (options.bgr ? "3 or 4 with bgr" : "1 to 4"));
    }
    const bool has_alpha = channels == 2 || channels == 4;
    const std::int64_t kept = has_alpha && !options.alpha ? channels - 1 : channels;
    if (width > std::numeric_limits<std::int64_t>::max() / (channels * static_cast<std::int64_t>(sizeof(T)))) {
        throw ValueError("Tensor::from_image: width is " + std::to_string(width) + "; that is no image");
    }
    const std::int64_t row_bytes = width * channels * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t apart = step == 0 ? row_bytes : step;
    if (apart < row_bytes) {
        throw ValueError("Tensor::from_image: step is " + std::to_string(step) + " bytes; a row of " +
                         std::to_string(width) + " pixels of " + std::to_string(channels) + " channels has " +
                         std::to_string(row_bytes));
    }
    Tensor image(options.batch_axis ? Shape{1, height, width, kept} : Shape{height, width, kept}, DType::float32);
    float* to = image.data<float>().data();
    const auto* from = reinterpret_cast<const unsigned char*>(pixels);
    // By way of a copy: a step may leave rows of floats where floats must not be read.
    std::vector<T> row(static_cast<std::size_t>(width * channels));
    for (std::int64_t y = 0; y < height; ++y, from += apart) {
        std::memcpy(row.data(), from, static_cast<std::size_t>(row_bytes));
        const T* pixel = row.data();
        for (std::int64_t x = 0; x < width; ++x, pixel += channels, to += kept) {
            for (std::int64_t c = 0; c < kept; ++c) to[c] = static_cast<float>(pixel[c]);
            if (options.bgr) std::swap(to[0], to[2]);
        }
    }
    return image;
}

}  // namespace

Tensor Tensor::from_image(const std::uint8_t* pixels, std::int64_t height, std::int64_t width, std::int64_t channels,
                          std::int64_t step, const FromImageOptions& options) {
    return tensor_of(pixels, height, width, channels, step, options);
}

Tensor Tensor::from_image(const float* pixels, std::int64_t height, std::int64_t width, std::int64_t channels,
                          std::int64_t step, const FromImageOptions& options) {
    return tensor_of(pixels, height, width, channels, step, options);
}

}  // namespace markhor
