// What the tests of layers share: layers from Keras's configs, running one layer on an engine, and the text of errors.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <markhor/error.hpp>
#include <markhor/layer.hpp>
#include <markhor/model.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "graph/engine.hpp"
#include "support/error_of.hpp"

namespace markhor::layers::test {

/// The message of the ValueError that the action throws; "no error" where it throws none.
template <class Action>
std::string error_of(const Action& action) {
    return markhor::test::error_of<ValueError>(action);
}

/// The shape of what the layer makes of an input of this shape (without the batch axis).
inline Shape shape_after(const Layer& layer, const Shape& input) { return layer(Input(input)).shape(); }

/// A layer built for these inputs, made from a class name and a config.
Layer layer_from(const std::string& class_name, nlohmann::json config);

/// What one call of a layer computes, and d(sum(y * upstream)) for each input and each trainable weight.
struct LayerRun {
    Tensor y;
    std::vector<Tensor> input_gradients;
    std::vector<Tensor> weight_gradients;
};
/// Updates of the layer's variables are done. Without an upstream gradient (an undefined tensor), only y. The seed of
/// random ops is {seed, step}.
LayerRun run_layer(const Layer& layer, const std::vector<Tensor>& inputs, const graph::Engine& engine,
                   bool training = false, const Tensor& upstream = {}, std::int64_t seed = 1, std::int64_t step = 0);

/// float32 values.
inline Tensor floats(Shape shape, const std::vector<float>& values) {
    return Tensor::from<float>(std::move(shape), values);
}
inline std::vector<float> values_of(const Tensor& tensor) {
    const auto data = tensor.data<float>();
    return {data.begin(), data.end()};
}

/// A JSON file below tests/golden.
nlohmann::json golden_json(const std::string& file);

}  // namespace markhor::layers::test
