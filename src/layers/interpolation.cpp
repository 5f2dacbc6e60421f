#include "layers/interpolation.hpp"

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <numbers>

#include "layers/arguments.hpp"
#include "ops/resample.hpp"

namespace markhor::layers {
namespace {

using ops::Taps;

/// The taps of one more element: weights of consecutive places from `begin`, those outside dropped, divided by their
/// sum.
void add_normalized(Taps& taps, std::int64_t begin, const std::vector<double>& weights) {
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::int64_t place = begin + static_cast<std::int64_t>(i);
        if (place >= 0 && place < taps.in) sum += weights[i];
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::int64_t place = begin + static_cast<std::int64_t>(i);
        if (place < 0 || place >= taps.in || weights[i] == 0) continue;
        taps.index.push_back(place);
        taps.weight.push_back(static_cast<float>(weights[i] / sum));
    }
    taps.first.push_back(static_cast<std::int64_t>(taps.index.size()));
}

/// Keys's cubic with a = -1/2 (1981).
double cubic(double x) {
    x = std::abs(x);
    if (x >= 2) return 0;
    if (x >= 1) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return (1.5 * x - 2.5) * x * x + 1;
}

double lanczos(double x, double radius) {
    x = std::abs(x);
    if (x >= radius) return 0;
    if (x < 1e-3) return 1;
    const double angle = std::numbers::pi * x;
    return radius * std::sin(angle) * std::sin(angle / radius) / (angle * angle);
}

struct Kernel {
    double radius;
    double (*weight)(double);
};

Kernel kernel_of(const std::string& interpolation) {
    if (interpolation == "bilinear") return {1, [](double x) { return std::max(0.0, 1 - std::abs(x)); }};
    if (interpolation == "bicubic") return {2, cubic};
    if (interpolation == "lanczos3") return {3, [](double x) { return lanczos(x, 3); }};
    return {5, [](double x) { return lanczos(x, 5); }};
}

/// A kernel around each element's centre, stretched where the size shrinks and `antialias` says so.
void add_kernel(Taps& taps, const Kernel& kernel, double center, double stretch) {
    const double reach = kernel.radius * stretch;
    const auto begin = static_cast<std::int64_t>(std::ceil(center - reach - 0.5));
    const auto end = static_cast<std::int64_t>(std::floor(center + reach - 0.5));
    std::vector<double> weights;
    for (std::int64_t place = begin; place <= end; ++place) {
        weights.push_back(kernel.weight((static_cast<double>(place) + 0.5 - center) / stretch));
    }
    add_normalized(taps, begin, weights);
}

/// TensorFlow rounds the cubic's position to a table of 1024 steps.
void add_cubic(Taps& taps, double at) {
    const double whole = std::floor(at);
    const double step = std::nearbyint((at - whole) * 1024) / 1024;
    add_normalized(taps, static_cast<std::int64_t>(whole) - 1,
                   {cubic(step + 1), cubic(step), cubic(1 - step), cubic(2 - step)});
}

void add_linear(Taps& taps, double at) {
    const double whole = std::floor(at);
    const auto last = static_cast<double>(taps.in - 1);
    const double part = at - whole;
    const auto push = [&](double place, double weight) {
        if (weight == 0) return;
        taps.index.push_back(static_cast<std::int64_t>(std::clamp(place, 0.0, last)));
        taps.weight.push_back(static_cast<float>(weight));
    };
    push(whole, 1 - part);
    push(whole + 1, part);
    taps.first.push_back(static_cast<std::int64_t>(taps.index.size()));
}

void add_area(Taps& taps, double begin, double end) {
    const double first = std::floor(begin);
    std::vector<double> weights;
    for (double place = first; place < end; ++place)
        weights.push_back(std::min(place + 1, end) - std::max(place, begin));
    add_normalized(taps, static_cast<std::int64_t>(first), weights);
}

constexpr std::int64_t most_positions = std::int64_t{1} << 22;  // each is worked out before anything runs

Taps taps_for(const std::string& interpolation, std::int64_t in, std::int64_t out, bool antialias) {
    Taps taps{.in = in};
    // In float32, as TensorFlow computes positions.
    const float scale = static_cast<float>(in) / static_cast<float>(out);
    const bool stretched = antialias && (interpolation == "bilinear" || interpolation == "bicubic");
    for (std::int64_t o = 0; o < out; ++o) {
        const float center = (static_cast<float>(o) + 0.5F) * scale;
        if (interpolation == "nearest") {
            add_normalized(taps, std::min(static_cast<std::int64_t>(std::floor(center)), in - 1), {1});
        } else if (interpolation == "area") {
            add_area(taps, static_cast<double>(static_cast<float>(o) * scale),
                     static_cast<double>(static_cast<float>(o + 1) * scale));
        } else if (interpolation.starts_with("lanczos") || stretched) {
            add_kernel(taps, kernel_of(interpolation), static_cast<double>(center),
                       antialias ? std::max(static_cast<double>(scale), 1.0) : 1.0);
        } else if (interpolation == "bicubic") {
            add_cubic(taps, static_cast<double>(center - 0.5F));
        } else {
            add_linear(taps, static_cast<double>(center - 0.5F));
        }
    }
    return taps;
}

}  // namespace

void check_interpolation(const std::string& interpolation) {
    check_choice("interpolation", interpolation, {"nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"});
}

graph::Value resize(ops::Builder& builder, graph::Value images, std::int64_t height, std::int64_t width,
                    const std::string& interpolation, bool antialias) {
    const std::string kind = interpolation + (antialias ? " antialias" : "");
    for (const auto& [axis, size] : {std::pair(1, height), std::pair(2, width)}) {
        const std::int64_t from = builder.spec(images).shape[static_cast<std::size_t>(axis)];
        if (from == size) continue;
        if (std::max(from, size) > most_positions) {
            throw ShapeError("an axis of " + std::to_string(from) + " positions is resized to " + std::to_string(size) +
                             "; up to " + std::to_string(most_positions) + " are taken");
        }
        images = builder.add1(
            std::make_shared<ops::Resample>(kind, axis, taps_for(interpolation, from, size, antialias)), {images});
    }
    return images;
}

}  // namespace markhor::layers
