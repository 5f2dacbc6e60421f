// What the layers of one input and one output derive from, and how the public classes make a layer.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "layers/arguments.hpp"
#include "layers/layer_base.hpp"

namespace markhor::layers {

class SingleInputLayer : public LayerBase {
public:
    virtual Shape output_shape(const Shape& input) const = 0;
    virtual void build_for(const Shape& /*input*/) {}
    virtual graph::Value call_on(CallContext& context, graph::Value x) const = 0;

    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const final { return {output_shape(only(inputs))}; }
    void build(std::span<const Shape> inputs) final { build_for(only(inputs)); }
    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const final {
        return {call_on(context, inputs[0])};
    }
};

/// A layer of class T, made of these arguments, named and checked.
template <class T, class... Arguments>
std::shared_ptr<LayerBase> make_layer(const std::string& name, Arguments&&... arguments) {
    auto layer = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    layer->finish_construction(name);
    return layer;
}

}  // namespace markhor::layers
