// Resizing and CenterCrop.
#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/layers/preprocessing.hpp>

#include "layers/interpolation.hpp"
#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

/// size · target / other, as Keras rounds it: in float32, downwards.
std::int64_t in_proportion(std::int64_t size, std::int64_t target, std::int64_t other) {
    return static_cast<std::int64_t>(static_cast<float>(size * target) / static_cast<float>(other));
}

/// The middle of channels-last images, of the largest size with the aspect height : width.
graph::Value cropped_to_aspect(graph::Graph& graph, graph::Value images, std::int64_t height, std::int64_t width) {
    const Shape shape = graph.spec(images).shape;
    const std::int64_t rows = std::clamp<std::int64_t>(in_proportion(shape[2], height, width), 1, shape[1]);
    const std::int64_t columns = std::clamp<std::int64_t>(in_proportion(shape[1], width, height), 1, shape[2]);
    const std::int64_t top = (shape[1] - rows) / 2;
    const std::int64_t left = (shape[2] - columns) / 2;
    return ops::slice(graph, images, {0, top, left, 0}, {shape[0], top + rows, left + columns, shape[3]});
}

class SizedLayer : public SingleInputLayer {
public:
    Shape output_shape(const Shape& input) const override {
        Shape image = channels_last(input, 2, data_format());
        image[1] = height_;
        image[2] = width_;
        return in_format(image, data_format());
    }

    void check() const override {
        check_at_least("height", height_);
        check_at_least("width", width_);
        check_data_format(data_format());
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        const graph::Value images = to_channels_last(context.graph, x, data_format());
        const Shape& shape = context.graph.spec(images).shape;
        if (shape[1] < 1 || shape[2] < 1)
            throw ShapeError("takes images of at least 1x1; an input of shape " + shape.str() + " came");
        return to_format(context.graph, sized(context.graph, images), data_format());
    }

protected:
    SizedLayer(std::int64_t height, std::int64_t width) : height_(height), width_(width) {}
    virtual graph::Value sized(graph::Graph& graph, graph::Value images) const = 0;
    virtual const std::string& data_format() const = 0;

    std::int64_t height_;
    std::int64_t width_;
};

class ResizingLayer final : public SizedLayer {
public:
    explicit ResizingLayer(std::int64_t height = 1, std::int64_t width = 1, const ResizingOptions& options = {})
        : SizedLayer(height, width), options_(options) {}
    std::string_view class_name() const override { return "Resizing"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("height", height_);
        visitor.field("width", width_);
        visitor.field("interpolation", options_.interpolation);
        visitor.field("crop_to_aspect_ratio", options_.crop_to_aspect_ratio);
        visitor.field("pad_to_aspect_ratio", options_.pad_to_aspect_ratio);
        visitor.field("fill_mode", options_.fill_mode);
        visitor.field("fill_value", options_.fill_value);
        visitor.field("antialias", options_.antialias);
    }

    void check() const override {
        SizedLayer::check();
        check_interpolation(options_.interpolation);
        check_choice("fill_mode", options_.fill_mode, {"constant"});
        if (!std::isfinite(options_.fill_value)) {
            throw ValueError("fill_value is " + ops::text(options_.fill_value) + "; a finite number is wanted");
        }
        if (options_.crop_to_aspect_ratio && options_.pad_to_aspect_ratio) {
            throw ValueError("crop_to_aspect_ratio and pad_to_aspect_ratio are both true; only one of them can be");
        }
    }

protected:
    graph::Value sized(graph::Graph& graph, graph::Value images) const override {
        if (options_.crop_to_aspect_ratio) images = cropped_to_aspect(graph, images, height_, width_);
        if (options_.pad_to_aspect_ratio) images = padded(graph, images);
        return resize(graph, images, height_, width_, options_.interpolation, options_.antialias);
    }
    const std::string& data_format() const override { return options_.data_format; }

private:
    graph::Value padded(graph::Graph& graph, graph::Value images) const {
        const Shape shape = graph.spec(images).shape;
        const std::int64_t rows = std::max(in_proportion(shape[2], height_, width_) - shape[1], std::int64_t{0}) / 2;
        const std::int64_t columns = std::max(in_proportion(shape[1], width_, height_) - shape[2], std::int64_t{0}) / 2;
        const std::vector<std::int64_t> sides{0, rows, columns, 0};
        if (options_.fill_value == 0) return ops::pad(graph, images, sides, sides);
        const graph::Value shifted = ops::unary(graph, ops::UnaryKind::scale, images, 1, -options_.fill_value);
        return ops::unary(graph, ops::UnaryKind::scale, ops::pad(graph, shifted, sides, sides), 1, options_.fill_value);
    }

    ResizingOptions options_;
};

class CenterCropLayer final : public SizedLayer {
public:
    explicit CenterCropLayer(std::int64_t height = 1, std::int64_t width = 1, const CenterCropOptions& options = {})
        : SizedLayer(height, width), options_(options) {}
    std::string_view class_name() const override { return "CenterCrop"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("height", height_);
        visitor.field("width", width_);
    }

protected:
    graph::Value sized(graph::Graph& graph, graph::Value images) const override {
        const Shape shape = graph.spec(images).shape;
        if (shape[1] < height_ || shape[2] < width_) {
            return resize(graph, cropped_to_aspect(graph, images, height_, width_), height_, width_, "bilinear");
        }
        const std::int64_t top = (shape[1] - height_) / 2;
        const std::int64_t left = (shape[2] - width_) / 2;
        return ops::slice(graph, images, {0, top, left, 0}, {shape[0], top + height_, left + width_, shape[3]});
    }
    const std::string& data_format() const override { return options_.data_format; }

private:
    CenterCropOptions options_;
};

const RegisterLayer<ResizingLayer> register_resizing("Resizing");
const RegisterLayer<CenterCropLayer> register_center_crop("CenterCrop");

}  // namespace

Resizing::Resizing(std::int64_t height, std::int64_t width, const ResizingOptions& options)
    : Layer(make_layer<ResizingLayer>(options.name, height, width, options)) {}

CenterCrop::CenterCrop(std::int64_t height, std::int64_t width, const CenterCropOptions& options)
    : Layer(make_layer<CenterCropLayer>(options.name, height, width, options)) {}

}  // namespace markhor::layers
