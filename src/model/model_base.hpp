// The inside of a model: the calls it is made of, in an order that can be run, and (once compiled) its trainer.
#pragma once

#include <markhor/model.hpp>
#include <memory>
#include <string>
#include <vector>

#include "layers/layer_base.hpp"

namespace markhor {

class Trainer;  // src/model/trainer.hpp

/// A model is a layer: it can be called inside another. A Sequential that was never given an input shape is not
/// ready(): it has layers but no inputs, outputs or calls yet.
class ModelBase : public LayerBase {
public:
    ModelBase();
    ~ModelBase() override;

    /// inputs, outputs and calls are known.
    virtual bool ready() const { return true; }
    /// Throws ValueError where they are not.
    void check_ready() const;
    const std::vector<SymbolicTensor>& inputs() const noexcept { return inputs_; }
    const std::vector<SymbolicTensor>& outputs() const noexcept { return outputs_; }
    /// Every call between inputs and outputs, the inputs' own included, each after those it depends on.
    const std::vector<std::shared_ptr<const CallNode>>& calls() const noexcept { return calls_; }
    /// Each layer once, in Keras's order (by depth; InputLayers included where Keras's model.layers has them).
    virtual const std::vector<std::shared_ptr<LayerBase>>& layers() const { return layers_; }

    SymbolicTensor input() const override;
    SymbolicTensor output() const override;
    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override;
    std::vector<VariablePtr> weights() const override;
    std::vector<VariablePtr> trainable_weights() const override;
    void set_trainable(bool trainable) override;
    bool has_build() const override { return true; }
    bool follows_own_policy() const override { return false; }

    /// Makes the model ready for these input shapes (with batch axis) if it is not. Throws where it has none and gets
    /// none.
    virtual void prepare(std::span<const Shape> /*inputs*/) {}

    /// Never null; not compiled until compile().
    Trainer& trainer() const { return *trainer_; }

protected:
    /// Sets inputs, outputs, calls and layers; throws ValueError as Model's constructor says.
    void set_graph(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs);

    std::vector<SymbolicTensor> inputs_;
    std::vector<SymbolicTensor> outputs_;
    std::vector<std::shared_ptr<const CallNode>> calls_;
    std::vector<std::shared_ptr<LayerBase>> layers_;

private:
    std::unique_ptr<Trainer> trainer_;
};

/// A model lowered to ops for one batch size: placeholders "input_0", "input_1", … and, in training, "seed".
struct LoweredModel {
    graph::Graph graph;
    std::vector<graph::Value> inputs;
    std::vector<graph::Value> outputs;
    graph::Value seed;
    std::vector<graph::Value> losses = {};  // scalars to be added to the compiled loss
};
/// Throws ShapeError where an input shape has another unknown axis than the batch.
LoweredModel lower(const ModelBase& model, std::int64_t batch, bool training);

}  // namespace markhor
