// Random changes of images. Geometric ones are a sampling at random transforms; the others are elementwise.
#include <algorithm>
#include <array>
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/layers/augmentation.hpp>

#include "layers/interpolation.hpp"
#include "layers/seeded.hpp"
#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/random.hpp"
#include "ops/reduction.hpp"
#include "ops/resample.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

using ops::Jitter;
using ops::UnaryKind;

/// The interval that a factor stands for; throws ValueError where it leaves [low, high].
Jitter::Interval interval(const std::string& what, const Numbers& factor, double low, double high) {
    const std::vector<double>& given = factor.values();
    const auto fits = [&](double value) { return value >= low && value <= high; };
    if (given.empty() || given.size() > 2 || !std::ranges::all_of(given, fits)) {
        std::string list;
        for (const double value : given) list += (list.empty() ? "" : ", ") + ops::text(value);
        throw ValueError(what + " is [" + list + "]; one number or two from " + ops::text(low) + " to " +
                         ops::text(high) + " are wanted");
    }
    if (given.size() == 2) return {std::min(given[0], given[1]), std::max(given[0], given[1])};
    return {std::max(-std::abs(given[0]), low), std::abs(given[0])};
}

class AugmentationLayer : public SingleInputLayer {
public:
    void check() const override { check_data_format(data_format()); }

    Shape output_shape(const Shape& input) const override {
        channels_last(input, 2, data_format());  // refuses what is no image
        return input;
    }

    graph::Value call_on(CallContext& context, graph::Value x) const final {
        if (!context.training) return x;
        const graph::Value images = to_channels_last(context.graph, x, data_format());
        return to_format(context.graph, augmented(context, images), data_format());
    }

protected:
    virtual graph::Value augmented(CallContext& context, graph::Value images) const = 0;
    virtual const std::string& data_format() const = 0;
    virtual const std::optional<std::int64_t>& own_seed() const = 0;

    /// A number of [low, high) for each image, (batch, 1, 1, 1).
    graph::Value draw(CallContext& context, graph::Value images, double low, double high) const {
        graph::Graph& graph = context.graph;
        const Shape shape{graph.spec(images).shape[0], 1, 1, 1};
        const graph::Value unit =
            ops::noise(graph, ops::NoiseKind::uniform, seed_of(context, own_seed()), shape, context.next_stream());
        return ops::unary(graph, UnaryKind::scale, unit, high - low, low);
    }

    /// x + mask (y - x), with a mask of 1 where the drawn number is below `probability` (a value), else 0.
    graph::Value either(CallContext& context, graph::Value probability, graph::Value x, graph::Value y) const {
        graph::Graph& graph = context.graph;
        const graph::Value above = ops::subtract(graph, probability, draw(context, x, 0, 1));
        // A positive number as 1: the slope reaches 1 within the least difference of two draws.
        const graph::Value mask =
            ops::unary(graph, UnaryKind::clip, ops::unary(graph, UnaryKind::scale, above, 0x1p30), 0, 1);
        return ops::add(graph, x, ops::multiply(graph, mask, ops::subtract(graph, y, x)));
    }
};

/// A layer that samples the images at random transforms.
class WarpLayer : public AugmentationLayer {
protected:
    virtual Jitter jitter(std::int64_t height, std::int64_t width) const = 0;

    graph::Value warped(CallContext& context, graph::Value images, bool bilinear, ops::Fill fill, double value) const {
        graph::Graph& graph = context.graph;
        const Shape shape = graph.spec(images).shape;
        const auto op =
            std::make_shared<ops::RandomTransforms>(jitter(shape[1], shape[2]), shape[0], context.next_stream());
        const graph::Value transforms = graph.add1(op, {seed_of(context, own_seed())});
        return graph.add1(std::make_shared<ops::Sample>(bilinear, fill, value), {images, transforms});
    }

    static Jitter still(std::int64_t height, std::int64_t width) {
        return {.width = static_cast<double>(width), .height = static_cast<double>(height)};
    }
};

class RandomFlipLayer final : public WarpLayer {
public:
    explicit RandomFlipLayer(std::string mode = "horizontal_and_vertical", const RandomFlipOptions& options = {})
        : mode_(std::move(mode)), options_(options) {}
    std::string_view class_name() const override { return "RandomFlip"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("seed", options_.seed);
        visitor.field("mode", mode_);
    }

    void check() const override {
        check_choice("mode", mode_, {"horizontal", "vertical", "horizontal_and_vertical"});
        AugmentationLayer::check();
    }

protected:
    graph::Value augmented(CallContext& context, graph::Value images) const override {
        return warped(context, images, false, ops::Fill::nearest, 0);
    }
    Jitter jitter(std::int64_t height, std::int64_t width) const override {
        Jitter jitter = still(height, width);
        jitter.flip_horizontally = mode_ != "vertical";
        jitter.flip_vertically = mode_ != "horizontal";
        return jitter;
    }
    const std::string& data_format() const override { return options_.data_format; }
    const std::optional<std::int64_t>& own_seed() const override { return options_.seed; }

private:
    std::string mode_;
    RandomFlipOptions options_;
};

/// What rotation, zoom and translation share: their options.
class FilledWarpLayer : public WarpLayer {
public:
    explicit FilledWarpLayer(const RandomWarpOptions& options) : options_(options) {}

    void check() const override {
        check_choice("fill_mode", options_.fill_mode, {"reflect", "wrap", "constant", "nearest"});
        check_choice("interpolation", options_.interpolation, {"bilinear", "nearest"});
        AugmentationLayer::check();
        jitter(1, 1);  // refuses factors out of range
    }

protected:
    graph::Value augmented(CallContext& context, graph::Value images) const override {
        const std::string& mode = options_.fill_mode;
        const ops::Fill fill = mode == "reflect"   ? ops::Fill::reflect
                               : mode == "wrap"    ? ops::Fill::wrap
                               : mode == "nearest" ? ops::Fill::nearest
                                                   : ops::Fill::constant;
        return warped(context, images, options_.interpolation == "bilinear", fill, options_.fill_value);
    }
    const std::string& data_format() const override { return options_.data_format; }
    const std::optional<std::int64_t>& own_seed() const override { return options_.seed; }

    RandomWarpOptions options_;
};

class RandomRotationLayer final : public FilledWarpLayer {
public:
    explicit RandomRotationLayer(Numbers factor = 0.0, const RandomWarpOptions& options = {})
        : FilledWarpLayer(options), factor_(std::move(factor)) {}
    std::string_view class_name() const override { return "RandomRotation"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("factor", factor_);
        visitor.field("fill_mode", options_.fill_mode);
        visitor.field("fill_value", options_.fill_value);
        visitor.field("interpolation", options_.interpolation);
        visitor.field("seed", options_.seed);
    }

protected:
    Jitter jitter(std::int64_t height, std::int64_t width) const override {
        Jitter jitter = still(height, width);
        jitter.angle = interval("factor", factor_, -1, 1);
        return jitter;
    }

private:
    Numbers factor_;
};

class RandomZoomLayer final : public FilledWarpLayer {
public:
    explicit RandomZoomLayer(Numbers height_factor = 0.0, Numbers width_factor = {},
                             const RandomWarpOptions& options = {})
        : FilledWarpLayer(options), height_factor_(std::move(height_factor)), width_factor_(std::move(width_factor)) {}
    std::string_view class_name() const override { return "RandomZoom"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("height_factor", height_factor_);
        visitor.field("width_factor", width_factor_);
        visitor.field("fill_mode", options_.fill_mode);
        visitor.field("interpolation", options_.interpolation);
        visitor.field("seed", options_.seed);
        visitor.field("fill_value", options_.fill_value);
    }

protected:
    Jitter jitter(std::int64_t height, std::int64_t width) const override {
        Jitter jitter = still(height, width);
        jitter.height_zoom = zoom("height_factor", height_factor_);
        jitter.one_zoom = !width_factor_.is_set();
        if (!jitter.one_zoom) jitter.width_zoom = zoom("width_factor", width_factor_);
        return jitter;
    }

private:
    static Jitter::Interval zoom(const char* what, const Numbers& factor) {
        const auto [low, high] = interval(what, factor, -1, 1);
        if (low > -1) return {1 + low, 1 + high};
        throw ValueError(std::string(what) + " reaches -1, which would leave nothing; a factor above -1 is wanted");
    }

    Numbers height_factor_;
    Numbers width_factor_;
};

class RandomTranslationLayer final : public FilledWarpLayer {
public:
    explicit RandomTranslationLayer(Numbers height_factor = 0.0, Numbers width_factor = 0.0,
                                    const RandomWarpOptions& options = {})
        : FilledWarpLayer(options), height_factor_(std::move(height_factor)), width_factor_(std::move(width_factor)) {}
    std::string_view class_name() const override { return "RandomTranslation"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("height_factor", height_factor_);
        visitor.field("width_factor", width_factor_);
        visitor.field("fill_mode", options_.fill_mode);
        visitor.field("interpolation", options_.interpolation);
        visitor.field("seed", options_.seed);
        visitor.field("fill_value", options_.fill_value);
    }

protected:
    Jitter jitter(std::int64_t height, std::int64_t width) const override {
        Jitter jitter = still(height, width);
        jitter.height_shift = interval("height_factor", height_factor_, -1, 1);
        jitter.width_shift = interval("width_factor", width_factor_, -1, 1);
        for (double& end : jitter.height_shift) end *= jitter.height;
        for (double& end : jitter.width_shift) end *= jitter.width;
        return jitter;
    }

private:
    Numbers height_factor_;
    Numbers width_factor_;
};

class RandomCropLayer final : public WarpLayer {
public:
    explicit RandomCropLayer(std::int64_t height = 1, std::int64_t width = 1, const RandomFlipOptions& options = {})
        : height_(height), width_(width), options_(options) {}
    std::string_view class_name() const override { return "RandomCrop"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("height", height_);
        visitor.field("width", width_);
        visitor.field("seed", options_.seed);
    }

    void check() const override {
        check_at_least("height", height_);
        check_at_least("width", width_);
        AugmentationLayer::check();
    }

    /// Keras's: that of training, though the images pass unchanged at inference.
    Shape output_shape(const Shape& input) const override {
        Shape image = channels_last(input, 2, options_.data_format);
        image[1] = height_;
        image[2] = width_;
        return in_format(image, options_.data_format);
    }

protected:
    graph::Value augmented(CallContext& context, graph::Value images) const override {
        graph::Graph& graph = context.graph;
        const Shape shape = graph.spec(images).shape;
        if (shape[1] > height_ && shape[2] > width_) {
            const graph::Value moved = warped(context, images, false, ops::Fill::nearest, 0);
            return ops::slice(graph, moved, {0, 0, 0, 0}, {shape[0], height_, width_, shape[3]});
        }
        // Keras takes the place from the crop of this aspect, and the size from the arguments.
        const std::int64_t crop_height = std::clamp<std::int64_t>(shape[2] * height_ / width_, 1, shape[1]);
        const std::int64_t crop_width = std::clamp<std::int64_t>(shape[1] * width_ / height_, 1, shape[2]);
        const std::int64_t top = (shape[1] - crop_height) / 2;
        const std::int64_t left = (shape[2] - crop_width) / 2;
        const graph::Value part =
            ops::slice(graph, images, {0, top, left, 0},
                       {shape[0], std::min(top + height_, shape[1]), std::min(left + width_, shape[2]), shape[3]});
        return resize(graph, part, height_, width_, "bilinear");
    }
    Jitter jitter(std::int64_t height, std::int64_t width) const override {
        Jitter jitter = still(height, width);
        jitter.whole_shift = true;
        jitter.height_shift = {-static_cast<double>(height - height_), 1};
        jitter.width_shift = {-static_cast<double>(width - width_), 1};
        return jitter;
    }
    const std::string& data_format() const override { return options_.data_format; }
    const std::optional<std::int64_t>& own_seed() const override { return options_.seed; }

private:
    std::int64_t height_;
    std::int64_t width_;
    RandomFlipOptions options_;
};

/// What changes of colour share: a factor and the range of values.
class ColorLayer : public AugmentationLayer {
public:
    ColorLayer(Numbers factor, const RandomColorOptions& options, double least)
        : factor_(std::move(factor)), options_(options), least_(least) {}

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("factor", factor_);
        visitor.field("value_range", options_.value_range);
        visitor.field("seed", options_.seed);
    }

    void check() const override {
        bounds();
        const std::vector<double>& range = options_.value_range.values();
        if (range.size() != 2 || !(range[0] < range[1]) || !std::isfinite(range[1] - range[0])) {
            throw ValueError("value_range has " + std::to_string(range.size()) +
                             " numbers; two finite, rising ones are wanted");
        }
        AugmentationLayer::check();
    }

protected:
    Jitter::Interval bounds() const { return interval("factor", factor_, least_, 1); }
    double low() const { return options_.value_range.values()[0]; }
    double high() const { return options_.value_range.values()[1]; }
    graph::Value clipped(graph::Graph& graph, graph::Value x) const {
        return ops::unary(graph, UnaryKind::clip, x, low(), high());
    }
    const std::string& data_format() const override { return options_.data_format; }
    const std::optional<std::int64_t>& own_seed() const override { return options_.seed; }

private:
    Numbers factor_;
    RandomColorOptions options_;
    double least_;  // that a factor may be
};

class RandomContrastLayer final : public ColorLayer {
public:
    explicit RandomContrastLayer(Numbers factor = 0.0, const RandomColorOptions& options = {})
        : ColorLayer(std::move(factor), options, 0) {}
    std::string_view class_name() const override { return "RandomContrast"; }

protected:
    graph::Value augmented(CallContext& context, graph::Value images) const override {
        graph::Graph& graph = context.graph;
        const auto [below, above] = bounds();
        const graph::Value mean = ops::reduce(graph, ops::Reduction::mean, images, {1, 2}, true);
        const graph::Value factor = draw(context, images, 1 - below, 1 + above);
        const graph::Value apart = ops::multiply(graph, ops::subtract(graph, images, mean), factor);
        return clipped(graph, ops::add(graph, apart, mean));
    }
};

class RandomBrightnessLayer final : public ColorLayer {
public:
    explicit RandomBrightnessLayer(Numbers factor = 0.0, const RandomColorOptions& options = {})
        : ColorLayer(std::move(factor), options, -1) {}
    std::string_view class_name() const override { return "RandomBrightness"; }

protected:
    graph::Value augmented(CallContext& context, graph::Value images) const override {
        const auto [below, above] = bounds();
        const double length = high() - low();
        const graph::Value change = draw(context, images, below * length, above * length);
        return clipped(context.graph, ops::add(context.graph, images, change));
    }
};

class RandomInvertLayer final : public ColorLayer {
public:
    explicit RandomInvertLayer(Numbers factor = 1.0, const RandomColorOptions& options = {})
        : ColorLayer(std::move(factor), options, 0) {}
    std::string_view class_name() const override { return "RandomInvert"; }

protected:
    graph::Value augmented(CallContext& context, graph::Value images) const override {
        const auto [below, above] = bounds();
        const graph::Value probability = draw(context, images, below, above);
        const graph::Value inverted = ops::unary(context.graph, UnaryKind::scale, images, -1, high());
        return either(context, probability, images, inverted);
    }
};

class RandomGrayscaleLayer final : public AugmentationLayer {
public:
    explicit RandomGrayscaleLayer(double factor = 0.5, const RandomFlipOptions& options = {})
        : factor_(factor), options_(options) {}
    std::string_view class_name() const override { return "RandomGrayscale"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("factor", factor_);
    }

    void check() const override {
        interval("factor", factor_, 0, 1);
        AugmentationLayer::check();
    }

    Shape output_shape(const Shape& input) const override {
        const std::int64_t channels = channels_last(input, 2, options_.data_format).back();
        if (channels != 3) throw ShapeError("takes images of 3 channels; an input of shape " + input.str() + " came");
        return input;
    }

protected:
    graph::Value augmented(CallContext& context, graph::Value images) const override {
        graph::Graph& graph = context.graph;
        constexpr std::array<float, 3> weights{0.2989F, 0.587F, 0.114F};
        const graph::Value parts = ops::multiply(graph, images, graph.constant(Tensor::from<float>({3}, weights)));
        const graph::Value gray = ops::reduce(graph, ops::Reduction::sum, parts, {3}, true);
        return either(context, graph.constant(Tensor::full({1, 1, 1, 1}, static_cast<float>(factor_))), images, gray);
    }
    const std::string& data_format() const override { return options_.data_format; }
    const std::optional<std::int64_t>& own_seed() const override { return options_.seed; }

private:
    double factor_;
    RandomFlipOptions options_;
};

const RegisterLayer<RandomFlipLayer> register_random_flip("RandomFlip");
const RegisterLayer<RandomRotationLayer> register_random_rotation("RandomRotation");
const RegisterLayer<RandomZoomLayer> register_random_zoom("RandomZoom");
const RegisterLayer<RandomTranslationLayer> register_random_translation("RandomTranslation");
const RegisterLayer<RandomCropLayer> register_random_crop("RandomCrop");
const RegisterLayer<RandomContrastLayer> register_random_contrast("RandomContrast");
const RegisterLayer<RandomBrightnessLayer> register_random_brightness("RandomBrightness");
const RegisterLayer<RandomInvertLayer> register_random_invert("RandomInvert");
const RegisterLayer<RandomGrayscaleLayer> register_random_grayscale("RandomGrayscale");

}  // namespace

RandomFlip::RandomFlip(const std::string& mode, const RandomFlipOptions& options)
    : Layer(make_layer<RandomFlipLayer>(options.name, mode, options)) {}
RandomRotation::RandomRotation(Numbers factor, const RandomWarpOptions& options)
    : Layer(make_layer<RandomRotationLayer>(options.name, std::move(factor), options)) {}
RandomZoom::RandomZoom(Numbers height_factor, Numbers width_factor, const RandomWarpOptions& options)
    : Layer(make_layer<RandomZoomLayer>(options.name, std::move(height_factor), std::move(width_factor), options)) {}
RandomTranslation::RandomTranslation(Numbers height_factor, Numbers width_factor, const RandomWarpOptions& options)
    : Layer(make_layer<RandomTranslationLayer>(options.name, std::move(height_factor), std::move(width_factor),
                                               options)) {}
RandomCrop::RandomCrop(std::int64_t height, std::int64_t width, const RandomFlipOptions& options)
    : Layer(make_layer<RandomCropLayer>(options.name, height, width, options)) {}
RandomContrast::RandomContrast(Numbers factor, const RandomColorOptions& options)
    : Layer(make_layer<RandomContrastLayer>(options.name, std::move(factor), options)) {}
RandomBrightness::RandomBrightness(Numbers factor, const RandomColorOptions& options)
    : Layer(make_layer<RandomBrightnessLayer>(options.name, std::move(factor), options)) {}
RandomInvert::RandomInvert(Numbers factor, const RandomColorOptions& options)
    : Layer(make_layer<RandomInvertLayer>(options.name, std::move(factor), options)) {}
RandomGrayscale::RandomGrayscale(double factor, const RandomFlipOptions& options)
    : Layer(make_layer<RandomGrayscaleLayer>(options.name, factor, options)) {}

}  // namespace markhor::layers
