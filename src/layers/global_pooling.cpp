// Pooling over the whole map.
#include <markhor/layers/pooling.hpp>
#include <numeric>

#include "layers/errors.hpp"
#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/reduction.hpp"

namespace markhor::layers {
namespace {

using ops::Reduction;

template <Reduction Kind, int Rank>
class GlobalPoolingLayer final : public SingleInputLayer {
public:
    explicit GlobalPoolingLayer(const GlobalPoolingOptions& options = {}) : options_(options) {}

    std::string_view class_name() const override {
        if (Kind == Reduction::mean) {
            return Rank == 1   ? "GlobalAveragePooling1D"
                   : Rank == 2 ? "GlobalAveragePooling2D"
                               : "GlobalAveragePooling3D";
        }
        return Rank == 1 ? "GlobalMaxPooling1D" : Rank == 2 ? "GlobalMaxPooling2D" : "GlobalMaxPooling3D";
    }

    void describe(FieldVisitor& visitor) override {
        visitor.field("data_format", options_.data_format);
        visitor.field("keepdims", options_.keepdims);
    }

    void check() const override { check_data_format(options_.data_format); }

    Shape output_shape(const Shape& input) const override {
        const Shape image = channels_last(input, Rank, options_.data_format);
        const std::vector<std::int64_t> map(image.begin() + 1, image.end() - 1);
        for (const std::int64_t size : map) {
            if (size == 0)
                throw MapTooSmall("there is nothing to pool in the " + crossed(map) + " map it receives",
                                  "; use a larger input");
        }
        if (!options_.keepdims) return {image[0], image.back()};
        Shape kept{image[0]};
        for (int axis = 0; axis < Rank; ++axis) kept.push_back(1);
        kept.push_back(image.back());
        return in_format(kept, options_.data_format);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        const int first = options_.data_format == "channels_first" ? 2 : 1;
        std::vector<int> axes(Rank);
        std::iota(axes.begin(), axes.end(), first);
        return ops::reduce(context.graph, Kind, x, axes, options_.keepdims);
    }

private:
    GlobalPoolingOptions options_;
};

const RegisterLayer<GlobalPoolingLayer<Reduction::mean, 1>> register_average1d("GlobalAveragePooling1D");
const RegisterLayer<GlobalPoolingLayer<Reduction::mean, 2>> register_average2d("GlobalAveragePooling2D");
const RegisterLayer<GlobalPoolingLayer<Reduction::mean, 3>> register_average3d("GlobalAveragePooling3D");
const RegisterLayer<GlobalPoolingLayer<Reduction::max, 1>> register_max1d("GlobalMaxPooling1D");
const RegisterLayer<GlobalPoolingLayer<Reduction::max, 2>> register_max2d("GlobalMaxPooling2D");
const RegisterLayer<GlobalPoolingLayer<Reduction::max, 3>> register_max3d("GlobalMaxPooling3D");

}  // namespace

template <int Rank>
GlobalAveragePooling<Rank>::GlobalAveragePooling(const GlobalPoolingOptions& options)
    : Layer(make_layer<GlobalPoolingLayer<Reduction::mean, Rank>>(options.name, options)) {}

template <int Rank>
GlobalMaxPooling<Rank>::GlobalMaxPooling(const GlobalPoolingOptions& options)
    : Layer(make_layer<GlobalPoolingLayer<Reduction::max, Rank>>(options.name, options)) {}

template class GlobalAveragePooling<1>;
template class GlobalAveragePooling<2>;
template class GlobalAveragePooling<3>;
template class GlobalMaxPooling<1>;
template class GlobalMaxPooling<2>;
template class GlobalMaxPooling<3>;

}  // namespace markhor::layers
