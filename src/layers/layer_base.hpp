// The inside of a layer: what layers/*.cpp derive from, and the record of one call.
#pragma once

#include <map>
#include <markhor/dtype_policy.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layer.hpp>
#include <markhor/regularizers.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "graph/graph.hpp"
#include "layers/fields.hpp"

namespace markhor {

/// The policy under which a layer's values are rounded to bfloat16.
inline constexpr std::string_view mixed_bfloat16 = "mixed_bfloat16";

/// One application of a layer to symbolic tensors. Keeps the layer and its inputs alive.
struct CallNode {
    std::shared_ptr<LayerBase> layer;
    std::vector<SymbolicTensor> inputs;
    std::vector<Shape> output_shapes;
    std::vector<DType> output_dtypes;
    int index = 0;                                // which call of the layer this is
    std::optional<bool> training = std::nullopt;  // the call's own argument, if it had one
};

/// What a layer needs to add its ops to a graph.
struct CallContext {
    graph::Graph& graph;
    bool training = false;
    graph::Value seed = {};                 // int64 {seed, step}; valid in training only
    std::vector<graph::Value> losses = {};  // scalars that layers add to the model's loss: regularizers, activity
    std::unordered_set<const Variable*> regularized =
        {};  // weights whose penalty is among the losses: each counts once

    /// A stream number for a random op, different for each call in the graph.
    std::uint32_t next_stream() { return streams++; }
    std::uint32_t streams = 0;
};

/// What a weight is, beyond its name, shape and first value.
struct WeightOptions {
    DType dtype = DType::float32;
    bool trainable = true;
    Regularizer regularizer = {};
    Constraint constraint = {};
};

class LayerBase : public std::enable_shared_from_this<LayerBase> {
public:
    LayerBase() = default;
    LayerBase(const LayerBase&) = delete;
    LayerBase& operator=(const LayerBase&) = delete;
    virtual ~LayerBase() = default;

    /// Keras's class name: "Conv2D".
    virtual std::string_view class_name() const = 0;
    /// The table of fields beyond name, trainable and dtype, which all layers have.
    virtual void describe(FieldVisitor& visitor) = 0;
    /// Gives arguments their full form (one number an axis, strides taken from pool_size); called before check().
    /// Throws ValueError.
    virtual void standardize() {}
    /// Checks the arguments alone; called once at construction and after reading a config. Throws ValueError.
    virtual void check() const {}
    /// Output shapes (with None where the input has it). Throws ShapeError without the layer's name: the caller adds
    /// it.
    virtual std::vector<Shape> output_shapes(std::span<const Shape> inputs) const = 0;
    /// Makes the weights with add_weight(). Called once, with shapes that output_shapes accepted.
    virtual void build(std::span<const Shape> /*inputs*/) {}
    /// Whether Keras's class has a build step: without one an unbuilt layer counts as having 0 parameters in summary().
    virtual bool has_build() const { return false; }
    /// Whether False is the default of `training` in a call of Keras's class. Keras 3 files it with every call, so
    /// there it does not mean that somebody wanted inference in training.
    virtual bool training_defaults_to_false() const { return false; }
    /// Whether Keras's class takes `trainable` and so has it in its config.
    virtual bool has_trainable_argument() const { return true; }
    /// The type of the outputs. Layers compute in float32: lower() converts inputs of other types.
    virtual DType output_dtype() const { return DType::float32; }
    /// The ops of one call.
    virtual std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const = 0;
    /// Weights in Keras's order; a model overrides this with those of its layers.
    virtual std::vector<VariablePtr> weights() const { return weights_; }
    /// Those of weights() that training changes now: made trainable, and neither this layer nor (in a model) its own
    /// frozen.
    virtual std::vector<VariablePtr> trainable_weights() const;
    virtual void set_trainable(bool trainable) { trainable_ = trainable; }

    const std::string& name() const noexcept { return name_; }
    bool trainable() const noexcept { return trainable_; }
    bool built() const noexcept { return built_; }
    /// Whether the policy mixed_bfloat16 holds for this class's weights too: normalizations keep theirs in float32.
    virtual bool rounds_weights() const { return true; }
    /// Whether the layer's own policy says how it computes: a model leaves that to its layers.
    virtual bool follows_own_policy() const { return true; }

    /// Keras's name of the types that the layer computes in and keeps its weights in; the global policy's where it was
    /// given none. Under "mixed_bfloat16" lower() rounds inputs, weights and outputs to bfloat16; any other is kept for
    /// the files, and the layer computes in float32.
    const std::string& dtype_policy() const noexcept { return dtype_policy_; }
    void set_dtype_policy(std::string policy) { dtype_policy_ = std::move(policy); }
    /// The shape of the input that the layer was built for; rank 0 before.
    const std::vector<Shape>& build_shapes() const noexcept { return build_shapes_; }

    /// What every layer may have: a penalty on its outputs, over the batch size. Layers whose class has such an
    /// argument describe it.
    Regularizer& activity_regularizer() noexcept { return activity_regularizer_; }

    /// Gives the layer this name, or Keras's automatic one for an empty name, then standardize()s and check()s it.
    /// Errors name the layer.
    void finish_construction(std::string name);
    /// Checks the inputs, builds on the first call, records the call. Errors name the layer.
    std::vector<SymbolicTensor> apply(const std::vector<SymbolicTensor>& inputs, const CallOptions& options = {});
    /// Of the first call that is still part of a network; a model's own. Throws ValueError where there is none.
    virtual SymbolicTensor input() const;
    virtual SymbolicTensor output() const;
    /// output_shapes() with errors that name this layer and, for a map that is too small, the one of `sources` (the
    /// names of the layers that the inputs come from, where known) that made it.
    std::vector<Shape> checked_output_shapes(std::span<const Shape> inputs,
                                             std::span<const std::string> sources = {}) const;
    /// Builds if that was not done; `inputs` as for output_shapes.
    void ensure_built(std::span<const Shape> inputs);
    /// call() with the layer's name as label of its ops, and the losses of its regularizers.
    std::vector<graph::Value> lower(CallContext& context, std::span<const graph::Value> inputs) const;

protected:
    /// The next ensure_built() builds again.
    void set_unbuilt() {
        built_ = false;
        build_shapes_.clear();
    }
    /// A weight, initialised with the session's next seed.
    VariablePtr add_weight(std::string name, const Shape& shape, const Initializer& initializer,
                           const WeightOptions& options = {});
    /// Adds the regularizer's penalty of an output, over the batch size, to the losses.
    static void add_activity_loss(CallContext& context, const Regularizer& regularizer, graph::Value output);

private:
    template <class Body>
    auto named(const Body& body) const;
    void add_losses(CallContext& context, std::span<const graph::Value> outputs) const;
    std::shared_ptr<const CallNode> first_call() const;

    std::string name_;
    bool trainable_ = true;
    bool built_ = false;
    std::string dtype_policy_ = global_policy();
    std::vector<std::weak_ptr<const CallNode>> calls_;  // a call keeps its layer alive, not the other way round
    std::vector<VariablePtr> weights_;
    std::vector<std::pair<VariablePtr, Regularizer>> regularized_;
    Regularizer activity_regularizer_;
    std::vector<Shape> build_shapes_;
};

/// "Conv2D" -> "conv2d", "GlobalAveragePooling2D" -> "global_average_pooling2d", "ReLU" -> "re_lu": Keras's own rule.
std::string to_snake_case(std::string_view class_name);
/// Keras's automatic name for a class: the snake-cased class name, with _1, _2, … from the second on, until
/// clear_session().
std::string unique_name(std::string_view class_name);
/// The seed for the session's next weight.
std::uint64_t next_weight_seed();
/// The session's seed, as set_random_seed set it (default: from the system's entropy).
std::uint64_t session_seed();

/// Class name -> how to make a default-constructed layer of it, to be filled through describe(). Filled by static
/// objects in the files that define the layers.
class LayerRegistry {
public:
    using Make = std::shared_ptr<LayerBase> (*)();
    static LayerRegistry& instance();
    void add(std::string_view class_name, Make make);
    /// Null for an unknown class.
    std::shared_ptr<LayerBase> make(std::string_view class_name) const;
    std::vector<std::string> class_names() const;

private:
    std::map<std::string, Make, std::less<>> makers_;
};

/// static const RegisterLayer<Conv2DLayer> registered("Conv2D");
template <class T>
struct RegisterLayer {
    explicit RegisterLayer(std::string_view class_name) {
        LayerRegistry::instance().add(class_name,
                                      [] { return std::static_pointer_cast<LayerBase>(std::make_shared<T>()); });
    }
};

}  // namespace markhor
