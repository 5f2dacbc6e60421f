// Layers that put a frame around a map or take one off: ZeroPadding and Cropping.
#include <markhor/error.hpp>
#include <markhor/layers/reshaping.hpp>

#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

/// A pair (before, after) an axis, from one number, one an axis, or the pairs themselves.
template <int Rank>
Ints sides(const std::string& what, const Ints& counts) {
    const std::vector<std::int64_t>& given = counts.values();
    if (given.size() == 2 * Rank) return counts;
    if (given.size() != 1 && given.size() != Rank) {
        throw ValueError(what + " is " + text(given) + "; one integer, " +
                         (Rank > 1 ? std::to_string(Rank) + ", " : "") + "or " + std::to_string(2 * Rank) +
                         " (a pair an axis) are wanted");
    }
    std::vector<std::int64_t> pairs;
    for (std::size_t axis = 0; axis < Rank; ++axis)
        pairs.insert(pairs.end(), 2, given.size() == 1 ? given[0] : given[axis]);
    return pairs;
}

template <int Rank>
class ZeroPaddingLayer final : public SingleInputLayer {
public:
    ZeroPaddingLayer() = default;
    ZeroPaddingLayer(Ints padding, const ZeroPaddingOptions& options)
        : padding_(std::move(padding)), options_(options) {}

    std::string_view class_name() const override {
        return Rank == 1 ? "ZeroPadding1D" : Rank == 2 ? "ZeroPadding2D" : "ZeroPadding3D";
    }

    void describe(FieldVisitor& visitor) override {
        // The one pair of one axis is not nested.
        Rank == 1 ? visitor.field("padding", padding_) : visitor.pairs("padding", padding_);
        visitor.field("data_format", options_.data_format);
    }

    void standardize() override { padding_ = sides<Rank>("padding", padding_); }

    void check() const override {
        check_each_at_least("padding", padding_, 0);
        check_data_format(options_.data_format);
    }

    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        Shape image = channels_last(input, Rank, options_.data_format);
        for (std::size_t axis = 0; axis < Rank; ++axis) {
            image[axis + 1] = sum(image[axis + 1], padding_.values()[2 * axis] + padding_.values()[2 * axis + 1]);
        }
        return in_format(image, options_.data_format);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        const std::size_t first = options_.data_format == "channels_first" ? 2 : 1;
        std::vector<std::int64_t> before(Rank + 2, 0);
        std::vector<std::int64_t> after(Rank + 2, 0);
        for (std::size_t axis = 0; axis < Rank; ++axis) {
            before[first + axis] = padding_.values()[2 * axis];
            after[first + axis] = padding_.values()[2 * axis + 1];
        }
        return ops::pad(context.graph, x, before, after);
    }

private:
    Ints padding_ = 1;
    ZeroPaddingOptions options_;
};

template <int Rank>
class CroppingLayer final : public SingleInputLayer {
public:
    CroppingLayer() = default;
    CroppingLayer(Ints cropping, const CroppingOptions& options) : cropping_(std::move(cropping)), options_(options) {}

    std::string_view class_name() const override {
        return Rank == 1 ? "Cropping1D" : Rank == 2 ? "Cropping2D" : "Cropping3D";
    }

    void describe(FieldVisitor& visitor) override {
        if constexpr (Rank == 1) {
            visitor.field("cropping", cropping_);
        } else {
            visitor.pairs("cropping", cropping_);
            visitor.field("data_format", options_.data_format);
        }
    }

    void standardize() override { cropping_ = sides<Rank>("cropping", cropping_); }

    void check() const override {
        check_each_at_least("cropping", cropping_, 0);
        check_data_format(options_.data_format);
    }

    Shape output_shape(const Shape& input) const override {
        Shape image = channels_last(input, Rank, options_.data_format);
        for (std::size_t axis = 0; axis < Rank; ++axis) {
            if (image[axis + 1] == None) continue;
            image[axis + 1] -= cropping_.values()[2 * axis] + cropping_.values()[2 * axis + 1];
            if (image[axis + 1] > 0) continue;
            throw ShapeError("cropping is " + text(cropping_.values()) + " and nothing is left of an input of shape " +
                             input.str() + "; a larger input or less cropping is wanted");
        }
        return in_format(image, options_.data_format);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        const std::size_t first = options_.data_format == "channels_first" ? 2 : 1;
        std::vector<std::int64_t> end = context.graph.spec(x).shape.dims();
        std::vector<std::int64_t> begin(end.size(), 0);
        for (std::size_t axis = 0; axis < Rank; ++axis) {
            begin[first + axis] = cropping_.values()[2 * axis];
            end[first + axis] -= cropping_.values()[2 * axis + 1];
        }
        return ops::slice(context.graph, x, std::move(begin), std::move(end));
    }

private:
    Ints cropping_ = 1;
    CroppingOptions options_;
};

const RegisterLayer<ZeroPaddingLayer<1>> register_padding1d("ZeroPadding1D");
const RegisterLayer<ZeroPaddingLayer<2>> register_padding2d("ZeroPadding2D");
const RegisterLayer<ZeroPaddingLayer<3>> register_padding3d("ZeroPadding3D");
const RegisterLayer<CroppingLayer<1>> register_cropping1d("Cropping1D");
const RegisterLayer<CroppingLayer<2>> register_cropping2d("Cropping2D");
const RegisterLayer<CroppingLayer<3>> register_cropping3d("Cropping3D");

}  // namespace

template <int Rank>
ZeroPadding<Rank>::ZeroPadding(Ints padding, const ZeroPaddingOptions& options)
    : Layer(make_layer<ZeroPaddingLayer<Rank>>(options.name, std::move(padding), options)) {}

template <int Rank>
Cropping<Rank>::Cropping(Ints cropping, const CroppingOptions& options)
    : Layer(make_layer<CroppingLayer<Rank>>(options.name, std::move(cropping), options)) {}

template class ZeroPadding<1>;
template class ZeroPadding<2>;
template class ZeroPadding<3>;
template class Cropping<1>;
template class Cropping<2>;
template class Cropping<3>;

}  // namespace markhor::layers
