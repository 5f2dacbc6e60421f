// Augmentation: one function or view each. Random numbers come from a stream of (seed and kind, epoch and index).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <markhor/augmentation.hpp>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "data/affine.hpp"
#include "data/view.hpp"
#include "data/workers.hpp"

namespace markhor::augmentation {
namespace {

using data::Affine;
using data::Pixels;

enum class Kind : std::uint64_t {
    flip,
    rotation,
    zoom,
    translation,
    contrast,
    brightness,
    crop,
    cutout,
    mixup,
    cutmix
};

/// Kinds draw apart even where their seeds are equal.
Random random_of(Kind kind, std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
    constexpr std::uint64_t spread = 0x9E3779B97F4A7C15U;
    return Random(seed ^ spread * (static_cast<std::uint64_t>(kind) + 1),
                  static_cast<std::uint64_t>(epoch) << 40U ^ static_cast<std::uint64_t>(index));
}

Random random_of(Kind kind, std::uint64_t seed, const Example& example) {
    return random_of(kind, seed, example.epoch, example.index);
}

double draw(Random& random, const Factor& factor) { return factor.low + (factor.high - factor.low) * random.uniform(); }

void check_factor(const char* where, const Factor& factor, double least) {
    if (std::isfinite(factor.low) && std::isfinite(factor.high) && factor.low <= factor.high && factor.low >= least)
        return;
    throw ValueError(std::string(where) + ": factor is {" + fmt::format("{}", factor.low) + ", " +
                     fmt::format("{}", factor.high) + "}; two numbers in order" +
                     (std::isfinite(least) ? ", at least " + fmt::format("{}", least) + "," : "") + " are wanted");
}

constexpr double unbounded = -std::numeric_limits<double>::infinity();

Pixels<float> pixels_of(const char* where, Tensor& x) {
    const Shape& shape = x.shape();
    if (shape.rank() != 3) {
        throw ShapeError(std::string(where) + ": an example is " + shape.str() +
                         "; an image (height, width, channels) is wanted");
    }
    return data::dense(x.data<float>().data(), shape[0], shape[1], shape[2]);
}

/// A function that transforms each image by what `affine` draws for its size.
Function warp(const char* where, Kind kind, const WarpOptions& options,
              std::function<Affine(Random&, float height, float width)> affine) {
    if (options.interpolation != "bilinear" && options.interpolation != "nearest") {
        throw ValueError(std::string(where) + ": interpolation is '" + options.interpolation +
                         "'; bilinear or nearest is wanted");
    }
    const data::Sampling sampling{data::fill_mode_of(options.fill_mode), options.interpolation == "bilinear",
                                  static_cast<float>(options.fill_value)};
    return [where, kind, seed = options.seed, sampling, affine = std::move(affine)](Example& example) {
        const Pixels<float> from = pixels_of(where, example.x);
        Random random = random_of(kind, seed, example);
        Tensor result(example.x.shape(), DType::float32);
        data::transform_image(
            {from.data, from.height, from.width, from.channels, from.stride}, pixels_of(where, result),
            affine(random, static_cast<float>(from.height), static_cast<float>(from.width)), sampling);
        example.x = result;
    };
}

Affine zoom(double height, double width, float rows, float columns) {
    const auto y = static_cast<float>(1 + height);
    const auto x = static_cast<float>(1 + width);
    return {x, 0, (columns - 1) / 2 * (1 - x), 0, y, (rows - 1) / 2 * (1 - y)};
}

void check_range(const char* where, const ValueOptions& options) {
    if (options.value_range[0] < options.value_range[1]) return;
    throw ValueError(std::string(where) + ": value_range is {" + fmt::format("{}", options.value_range[0]) + ", " +
                     fmt::format("{}", options.value_range[1]) + "}; a lower and a higher number are wanted");
}

float clipped(double value, const ValueOptions& options) {
    return static_cast<float>(std::clamp(value, options.value_range[0], options.value_range[1]));
}

void fill_box(const Pixels<float>& image, std::int64_t top, std::int64_t bottom, std::int64_t left, std::int64_t right,
              float value) {
    for (std::int64_t y = top; y < bottom; ++y) {
        std::fill_n(image.data + y * image.stride + left * image.channels, (right - left) * image.channels, value);
    }
}

/// Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; a shape below 1 by a power of a uniform
/// number.
double gamma(Random& random, double shape) {
    if (shape < 1) return gamma(random, shape + 1) * std::pow(1 - random.uniform(), 1 / shape);
    const double d = shape - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    for (;;) {
        const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
        const double normal = radius * std::cos(2 * std::numbers::pi * random.uniform());
        const double cube = std::pow(1 + c * normal, 3);
        if (cube <= 0) continue;
        if (std::log(1 - random.uniform()) < normal * normal / 2 + d - d * cube + d * std::log(cube)) return d * cube;
    }
}

double beta(Random& random, double alpha) {
    const double a = gamma(random, alpha);
    const double b = gamma(random, alpha);
    return a + b > 0 ? a / (a + b) : 0.5;  // both can vanish where alpha is tiny
}

/// Reads each example with a partner drawn for it; `mix` puts the partner into it and says the share that is left of
/// it.
class Mixed : public data::View {
public:
    Mixed(data::SourcePtr base, const char* where, Kind kind, const MixOptions& options)
        : View(std::move(base)), kind_(kind), options_(options) {
        if (!(options.alpha > 0) || !std::isfinite(options.alpha)) {
            throw ValueError(std::string(where) + ": alpha is " + fmt::format("{}", options.alpha) +
                             "; above 0 is wanted");
        }
        if (y_dtype() != DType::float32) {
            throw ValueError(std::string(where) + ": y is " + std::string(name_of(y_dtype())) +
                             "; float32 is wanted: Dataset::one_hot() or label_mode = categorical");
        }
    }

    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        std::vector<Random> randoms;
        std::vector<std::int64_t> both(items.begin(), items.end());
        for (const std::int64_t item : items) {
            randoms.push_back(random_of(kind_, options_.seed, epoch, item));
            both.push_back(static_cast<std::int64_t>(randoms.back().below(static_cast<std::uint64_t>(size()))));
        }
        Tensor all_x = base_x(both.size());
        Tensor all_y = base_y(both.size());
        base_->read_epoch(epoch, both, all_x, all_y);
        const auto count = static_cast<std::int64_t>(items.size());
        data::for_each(count, [&](std::int64_t i) {
            Tensor one_x = data::example_of(all_x, i);
            Tensor one_y = data::example_of(all_y, i);
            Random& random = randoms[static_cast<std::size_t>(i)];
            const double left = mix(random, beta(random, options_.alpha), one_x, data::example_of(all_x, count + i));
            blend(one_y, data::example_of(all_y, count + i), left);
            data::put_example(one_x, x, i);
            data::put_example(one_y, y, i);
        });
    }

protected:
    virtual double mix(Random& random, double share, Tensor& x, const Tensor& other) const = 0;

    static void blend(Tensor& into, const Tensor& other, double share) {
        const auto left = static_cast<float>(share);
        const auto values = other.data<float>();
        std::ranges::transform(into.data<float>(), values, into.data<float>().begin(),
                               [left](float a, float b) { return left * a + (1 - left) * b; });
    }

private:
    const Kind kind_;
    const MixOptions options_;
};

class Mixup final : public Mixed {
public:
    Mixup(data::SourcePtr base, const MixOptions& options) : Mixed(std::move(base), "mixup", Kind::mixup, options) {}

protected:
    double mix(Random& /*random*/, double share, Tensor& x, const Tensor& other) const override {
        blend(x, other, share);
        return share;
    }
};

class Cutmix final : public Mixed {
public:
    Cutmix(data::SourcePtr base, const MixOptions& options) : Mixed(std::move(base), "cutmix", Kind::cutmix, options) {
        if (x_shape().rank() != 3) {
            throw ShapeError("cutmix: the examples are " + x_shape().str() +
                             "; images (height, width, channels) are wanted");
        }
    }

protected:
    double mix(Random& random, double share, Tensor& x, const Tensor& other) const override {
        const Pixels<float> image = pixels_of("cutmix", x);
        const double side = std::sqrt(1 - share);
        const auto range = [&](std::int64_t size) {
            const auto center = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(size)));
            const auto extent = static_cast<std::int64_t>(side * static_cast<double>(size));
            return std::pair(std::clamp<std::int64_t>(center - extent / 2, 0, size),
                             std::clamp<std::int64_t>(center - extent / 2 + extent, 0, size));
        };
        const auto [top, bottom] = range(image.height);
        const auto [left, right] = range(image.width);
        for (std::int64_t y = top; y < bottom; ++y) {
            const std::int64_t at = y * image.stride + left * image.channels;
            std::copy_n(other.data<float>().data() + at, (right - left) * image.channels, image.data + at);
        }
        return 1 -
               static_cast<double>((bottom - top) * (right - left)) / static_cast<double>(image.height * image.width);
    }
};

/// Views are made of sources, which a Dataset keeps to itself: this one reads through the Dataset.
class Whole final : public DatasetSource {
public:
    explicit Whole(Dataset data) : data_(std::move(data)) {}
    std::int64_t size() const override { return data_.size(); }
    Shape x_shape() const override { return data_.x_shape(); }
    Shape y_shape() const override { return data_.y_shape(); }
    DType y_dtype() const override { return data_.y_dtype(); }
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override { data_.read(items, x, y); }
    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        data_.read(items, x, y, epoch);
    }
    std::string name(std::int64_t item) const override { return data_.name(item); }
    std::vector<std::string> skipped() const override { return data_.skipped(); }

private:
    const Dataset data_;
};

}  // namespace

Function random_flip(const FlipOptions& options) {
    const bool horizontal = options.mode != "vertical";
    const bool vertical = options.mode != "horizontal";
    if (horizontal && vertical && options.mode != "horizontal_and_vertical") {
        throw ValueError("random_flip: mode is '" + options.mode +
                         "'; horizontal, vertical or horizontal_and_vertical is wanted");
    }
    return [=, seed = options.seed](Example& example) {
        const Pixels<float> image = pixels_of("random_flip", example.x);
        Random random = random_of(Kind::flip, seed, example);
        const bool to_side = random.uniform() < 0.5 && horizontal;
        const bool over = random.uniform() < 0.5 && vertical;
        for (std::int64_t y = 0; over && y < image.height / 2; ++y) {
            float* row = image.data + y * image.stride;
            std::swap_ranges(row, row + image.stride, image.data + (image.height - 1 - y) * image.stride);
        }
        for (std::int64_t y = 0; to_side && y < image.height; ++y) {
            float* row = image.data + y * image.stride;
            for (std::int64_t x = 0; x < image.width / 2; ++x) {
                float* left = row + x * image.channels;
                std::swap_ranges(left, left + image.channels, row + (image.width - 1 - x) * image.channels);
            }
        }
    };
}

Function random_rotation(const Factor& factor, const WarpOptions& options) {
    check_factor("random_rotation", factor, unbounded);
    return warp("random_rotation", Kind::rotation, options, [factor](Random& random, float height, float width) {
        const auto angle = static_cast<float>(2 * std::numbers::pi * draw(random, factor));
        const float cos = std::cos(angle);
        const float sin = std::sin(angle);
        return Affine{cos, -sin, ((width - 1) - (cos * (width - 1) - sin * (height - 1))) / 2,
                      sin, cos,  ((height - 1) - (sin * (width - 1) + cos * (height - 1))) / 2};
    });
}

Function random_zoom(const Factor& factor, const WarpOptions& options) {
    check_factor("random_zoom", factor, -1);
    return warp("random_zoom", Kind::zoom, options, [factor](Random& random, float height, float width) {
        const double by = draw(random, factor);
        return zoom(by, by, height, width);
    });
}

Function random_zoom(const Factor& height_factor, const Factor& width_factor, const WarpOptions& options) {
    check_factor("random_zoom", height_factor, -1);
    check_factor("random_zoom", width_factor, -1);
    return warp("random_zoom", Kind::zoom, options, [=](Random& random, float height, float width) {
        const double by_height = draw(random, height_factor);
        return zoom(by_height, draw(random, width_factor), height, width);
    });
}

Function random_translation(const Factor& height_factor, const Factor& width_factor, const WarpOptions& options) {
    check_factor("random_translation", height_factor, -1);
    check_factor("random_translation", width_factor, -1);
    return warp("random_translation", Kind::translation, options, [=](Random& random, float height, float width) {
        const auto down = static_cast<float>(draw(random, height_factor)) * height;
        const auto right = static_cast<float>(draw(random, width_factor)) * width;
        return Affine{1, 0, -right, 0, 1, -down};
    });
}

Function random_contrast(const Factor& factor, const ValueOptions& options) {
    check_factor("random_contrast", factor, -1);
    check_range("random_contrast", options);
    return [=](Example& example) {
        const Pixels<float> image = pixels_of("random_contrast", example.x);
        Random random = random_of(Kind::contrast, options.seed, example);
        const double by = 1 + draw(random, factor);
        const auto channels = static_cast<std::size_t>(image.channels);
        std::vector<double> means(channels, 0);
        const auto values = example.x.data<float>();
        for (std::size_t i = 0; i < values.size(); ++i) means[i % channels] += static_cast<double>(values[i]);
        for (double& mean : means) mean /= static_cast<double>(image.height * image.width);
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double mean = means[i % channels];
            values[i] = clipped((static_cast<double>(values[i]) - mean) * by + mean, options);
        }
    };
}

Function random_brightness(const Factor& factor, const ValueOptions& options) {
    check_factor("random_brightness", factor, -1);
    check_range("random_brightness", options);
    return [=](Example& example) {
        Random random = random_of(Kind::brightness, options.seed, example);
        const double add = draw(random, factor) * (options.value_range[1] - options.value_range[0]);
        for (float& value : example.x.data<float>()) value = clipped(static_cast<double>(value) + add, options);
    };
}

Function random_crop(std::int64_t height, std::int64_t width, std::uint64_t seed) {
    if (height < 1 || width < 1) {
        throw ValueError("random_crop: a window of " + std::to_string(height) + "x" + std::to_string(width) +
                         " was given; at least 1x1 is wanted");
    }
    return [=](Example& example) {
        const Pixels<float> image = pixels_of("random_crop", example.x);
        if (image.height < height || image.width < width) {
            throw ShapeError("random_crop: an image is " + example.x.shape().str() + "; at least " +
                             std::to_string(height) + "x" + std::to_string(width) + " is wanted");
        }
        Random random = random_of(Kind::crop, seed, example);
        const auto place = [&](std::int64_t room) {
            return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(room) + 1));
        };
        const std::int64_t top = place(image.height - height);
        const std::int64_t left = place(image.width - width);
        Tensor result({height, width, image.channels}, DType::float32);
        float* target = result.data<float>().data();
        for (std::int64_t y = 0; y < height; ++y) {
            target = std::copy_n(image.data + (top + y) * image.stride + left * image.channels, width * image.channels,
                                 target);
        }
        example.x = result;
    };
}

Function cutout(std::int64_t size, const CutoutOptions& options) {
    if (size < 1) throw ValueError("cutout: size is " + std::to_string(size) + "; at least 1 is wanted");
    if (!(options.probability >= 0 && options.probability <= 1)) {
        throw ValueError("cutout: probability is " + fmt::format("{}", options.probability) + "; 0 to 1 is wanted");
    }
    return [=](Example& example) {
        const Pixels<float> image = pixels_of("cutout", example.x);
        Random random = random_of(Kind::cutout, options.seed, example);
        if (random.uniform() >= options.probability) return;
        const auto range = [&](std::int64_t extent) {
            const auto begin = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(extent))) - size / 2;
            return std::pair(std::max<std::int64_t>(begin, 0), std::min(begin + size, extent));
        };
        const auto [top, bottom] = range(image.height);
        const auto [left, right] = range(image.width);
        fill_box(image, top, bottom, left, right, static_cast<float>(options.fill_value));
    };
}

Dataset mixup(const Dataset& data, const MixOptions& options) {
    return Dataset(std::make_shared<Mixup>(std::make_shared<Whole>(data), options), data.class_names());
}

Dataset cutmix(const Dataset& data, const MixOptions& options) {
    return Dataset(std::make_shared<Cutmix>(std::make_shared<Whole>(data), options), data.class_names());
}

}  // namespace markhor::augmentation
