// What every layer is: a handle on shared state (name, configuration, weights), callable on symbolic tensors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <markhor/tensor.hpp>
#include <markhor/variable.hpp>

namespace markhor {

class LayerBase;  // src/layers/layer_base.hpp
struct CallNode;

/// A tensor that a model will compute: Keras's KerasTensor. The first axis is the batch, None unless fixed.
class SymbolicTensor {
public:
    SymbolicTensor() = default;
    SymbolicTensor(std::shared_ptr<const CallNode> node, int index) : node_(std::move(node)), index_(index) {}
    const Shape& shape() const;
    DType dtype() const;
    const std::shared_ptr<const CallNode>& node() const noexcept { return node_; }
    int index() const noexcept { return index_; }
    friend bool operator==(const SymbolicTensor&, const SymbolicTensor&) = default;

private:
    std::shared_ptr<const CallNode> node_;
    int index_ = 0;
};

/// How a layer is called.
struct CallOptions {
    /// False, Keras's training=False: the layer (or model) does as at inference even while its model is trained. So a
    /// frozen backbone's BatchNormalization keeps its averages when the backbone is trained again. On Dropout and the
    /// noise layers it has no effect, as in Keras 3, where it is their calls' default. True says no more than nothing:
    /// at inference the model does not train.
    std::optional<bool> training = std::nullopt;
};

/// A layer. Copies are the same layer: calling one twice shares its weights.
class Layer {
public:
    explicit Layer(std::shared_ptr<LayerBase> base) : base_(std::move(base)) {}

    /// Applies the layer; builds its weights on the first call. Throws ShapeError for an input it cannot take.
    SymbolicTensor operator()(const SymbolicTensor& input, const CallOptions& options = {}) const;
    SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs, const CallOptions& options = {}) const;

    /// What the layer's first call was given, and what it gave (the first of several), to make a model of a part of
    /// another: Model({.inputs = model.inputs(), .outputs = {model.get_layer("block5_pool").output()}}). A model's own
    /// first input and output. Throws ValueError for a layer that was not called.
    SymbolicTensor input() const;
    SymbolicTensor output() const;

    const std::string& name() const;
    std::string class_name() const;
    bool built() const;
    /// False freezes the layer's weights (BatchNormalization then also uses its moving statistics in training).
    bool trainable() const;
    void set_trainable(bool trainable);

    /// In Keras's order (gamma, beta, moving_mean, moving_variance).
    std::vector<VariablePtr> weights() const;
    std::vector<VariablePtr> trainable_weights() const;
    std::vector<VariablePtr> non_trainable_weights() const;
    std::int64_t count_params() const;
    /// Copies of the weights' values.
    std::vector<Tensor> get_weights() const;
    /// Throws ShapeError naming the weight that does not fit, before any weight is changed.
    void set_weights(const std::vector<Tensor>& values);

    const std::shared_ptr<LayerBase>& base() const noexcept { return base_; }
    friend bool operator==(const Layer&, const Layer&) = default;

private:
    std::shared_ptr<LayerBase> base_;
};

/// Starts Keras's automatic names (conv2d, conv2d_1, …) and the weights' seeds anew.
void clear_session();
/// Seeds all that follows: initial weights, dropout, shuffling. Same seed and thread count, same results, bit for bit.
void set_random_seed(std::uint64_t seed);

}  // namespace markhor
