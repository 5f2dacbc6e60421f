// What a primitive operation is: attributes, output shapes, gradient, cost, name, side by side in one class. How it is
// computed is an engine's business (src/engine).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <markhor/tensor.hpp>

namespace markhor::ops {

/// What is known of a value before it is computed. All sizes are known: a graph is made for one batch size.
struct TensorSpec {
    DType dtype = DType::float32;
    Shape shape;
    std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }
    friend bool operator==(const TensorSpec&, const TensorSpec&) = default;
};

/// One output of one node of a graph; invalid when default-constructed.
struct Value {
    int node = -1;
    int output = 0;
    explicit operator bool() const noexcept { return node >= 0; }
    friend bool operator==(const Value&, const Value&) = default;
};

/// Arithmetic and memory traffic of one run. A multiply-add counts as two operations. Bytes are each input read once
/// and each output written once.
struct Cost {
    double flops = 0;
    double bytes = 0;
    Cost& operator+=(const Cost& other) {
        flops += other.flops;
        bytes += other.bytes;
        return *this;
    }
};

class Op;
using OpPtr = std::shared_ptr<const Op>;

/// Where ops are added: a graph, as far as an op's gradient and the functions below need to know it.
class Builder {
public:
    virtual ~Builder() = default;
    /// Adds a node and returns its outputs. Throws ShapeError where the op cannot take these inputs.
    virtual std::vector<Value> add(OpPtr op, std::vector<Value> inputs) = 0;
    /// A value that is the same in every run.
    virtual Value constant(Tensor value) = 0;
    virtual const TensorSpec& spec(Value value) const = 0;
    /// The op whose output this is, and its inputs (loss lowering looks for a softmax this way).
    virtual const Op& producer(Value value) const = 0;
    virtual std::span<const Value> producer_inputs(Value value) const = 0;

    /// add() for an op with one output.
    Value add1(OpPtr op, std::vector<Value> inputs) { return add(std::move(op), std::move(inputs)).front(); }
};

/// What an op's gradient rule sees. `upstream[i]` is the gradient of output i, invalid where nothing flows there.
struct GradientContext {
    Builder& builder;
    std::span<const Value> inputs;
    std::span<const Value> outputs;
    std::span<const Value> upstream;
    std::span<const bool> wanted;  ///< for each input, whether its gradient is asked for
};

/// One primitive operation. Immutable and shared: attributes are set at construction.
class Op {
public:
    Op() = default;
    Op(const Op&) = delete;
    Op& operator=(const Op&) = delete;
    virtual ~Op() = default;

    /// As printed in plans and profiles: "convolution".
    virtual std::string_view name() const = 0;
    /// The attributes, printed; two ops of one class with equal attributes() compute the same. Default: none.
    virtual std::string attributes() const { return {}; }
    /// The specs of the outputs. Throws ShapeError (without a layer's name: the caller adds it) for inputs it cannot
    /// take.
    virtual std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const = 0;
    /// The gradient of each input (invalid where not wanted or there is none). Default: throws Error.
    virtual std::vector<Value> gradient(const GradientContext& context) const;
    /// Default: no arithmetic, each input and output moved once.
    virtual Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const;
    /// The input whose memory this output may take over, or -1. The kernel must then work in place.
    virtual int in_place_input(int /*output*/) const { return -1; }
    /// The output is the input's memory under another shape: no kernel runs (reshape).
    virtual bool is_view() const { return false; }

protected:
    static double moved_bytes(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs);
};

/// The op as its own class, or null.
template <class T>
const T* as(const Op& op) {
    return dynamic_cast<const T*>(&op);
}

}  // namespace markhor::ops
