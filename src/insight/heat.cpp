// Heat drawn over an image.
#include <algorithm>
#include <array>
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/explain.hpp>

#include "data/resize.hpp"

namespace markhor::insight {
namespace {

using Colour = std::array<double, 3>;

/// Blue, cyan, yellow, red: dark to bright to warm, told apart by those who see no red, too.
Colour heat_colour(double heat) {
    static constexpr std::array<Colour, 4> stops = {{{30, 60, 180}, {60, 190, 200}, {250, 220, 70}, {225, 40, 25}}};
    const double place = std::clamp(heat, 0.0, 1.0) * (stops.size() - 1);
    const auto low = std::min<std::size_t>(static_cast<std::size_t>(place), stops.size() - 2);
    const double part = place - static_cast<double>(low);
    Colour colour{};
    for (std::size_t i = 0; i < 3; ++i) colour[i] = (1 - part) * stops[low][i] + part * stops[low + 1][i];
    return colour;
}

constexpr double least_cover = 0.25;  // of the colour where it is cold
constexpr double most_cover = 0.65;   // where it is hot

}  // namespace

Tensor heat_for_pixels(const Tensor& heat, std::int64_t height, std::int64_t width) {
    if (heat.shape().rank() != 2 || heat.dtype() != DType::float32 || height < 1 || width < 1) {
        throw ShapeError("heat: " + heat.shape().str() + " was given for " + std::to_string(height) + "x" +
                         std::to_string(width) + " pixels; float32 (height, width) and 1 pixel or more are wanted");
    }
    Tensor positive = heat.clone();
    float largest = 0;
    for (const float value : std::as_const(positive).data<float>()) largest = std::max(largest, value);
    for (float& value : positive.data<float>()) value = largest > 0 ? std::max(value, 0.0F) / largest : 0.0F;
    Tensor pixels(Shape{1, height, width, 1}, DType::float32);
    data::resize_images(positive.reshaped({1, heat.shape()[0], heat.shape()[1], 1}), pixels);
    return pixels.reshaped({height, width});
}

Tensor draw_heat(const Tensor& heat, const Tensor& pixels) {
    const Shape& shape = pixels.shape();
    if (shape.rank() != 3 || (shape[2] != 1 && shape[2] != 3) || pixels.dtype() != DType::uint8) {
        throw ShapeError("heat: the pixels are " + std::string(name_of(pixels.dtype())) + " " + shape.str() +
                         "; uint8 (height, width, 1 or 3) is wanted");
    }
    const Tensor hot = heat_for_pixels(heat, shape[0], shape[1]);
    const std::span<const std::uint8_t> from = pixels.data<std::uint8_t>();
    Tensor drawn(Shape{shape[0], shape[1], 3}, DType::uint8);
    const std::span<std::uint8_t> to = drawn.data<std::uint8_t>();
    const auto channels = static_cast<std::size_t>(shape[2]);
    for (std::size_t i = 0; i < hot.data<float>().size(); ++i) {
        const double warmth = std::as_const(hot).data<float>()[i];
        const double grey =
            channels == 1 ? from[i] : 0.299 * from[3 * i] + 0.587 * from[3 * i + 1] + 0.114 * from[3 * i + 2];
        const Colour colour = heat_colour(warmth);
        const double cover = least_cover + (most_cover - least_cover) * warmth;
        for (std::size_t channel = 0; channel < 3; ++channel) {
            to[3 * i + channel] = static_cast<std::uint8_t>(std::lround((1 - cover) * grey + cover * colour[channel]));
        }
    }
    return drawn;
}

}  // namespace markhor::insight
