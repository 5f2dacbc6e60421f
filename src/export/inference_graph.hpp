// A model's graph for inference as exporters read it: what depends on the input, and the values of all that does not.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/model_base.hpp"
#include "ops/resample.hpp"

namespace markhor::exporting {

/// Lowered for two batch sizes, so that what depends on the batch can be told apart.
class InferenceGraph {
public:
    struct Options {
        std::int64_t batch = 2;        ///< that graph() has, where the model's is not fixed
        bool fold_batch_norm = false;  ///< into the convolution or product before it
    };
    /// Throws ValueError for a model without an input shape, ShapeError where another axis than the batch is unknown.
    explicit InferenceGraph(const Model& model, const Options& options);
    explicit InferenceGraph(const Model& model) : InferenceGraph(model, Options{}) {}

    const graph::Graph& graph() const noexcept { return graph_; }
    const std::vector<graph::Value>& inputs() const noexcept { return inputs_; }
    const std::vector<graph::Value>& outputs() const noexcept { return graph_.outputs(); }
    /// Their layers' names; several outputs of one layer have numbers.
    const std::vector<std::string>& input_names() const noexcept { return input_names_; }
    const std::vector<std::string>& output_names() const noexcept { return output_names_; }

    /// The shape, with None for axes that grow with the batch.
    Shape shape(graph::Value value) const;
    /// Neither the inputs nor the batch size change it.
    bool is_constant(graph::Value value) const { return constant_[static_cast<std::size_t>(value.node)]; }
    /// Of a constant that some node with inputs reads, or that is an output.
    const Tensor& constant(graph::Value value) const { return constants_.at({value.node, value.output}); }

private:
    void find_constants();

    graph::Graph graph_;
    graph::Graph larger_;  // for one image more
    std::vector<graph::Value> inputs_;
    std::vector<std::string> input_names_;
    std::vector<std::string> output_names_;
    std::vector<bool> constant_;
    std::map<std::pair<int, int>, Tensor> constants_;
};

/// The tensor with its axes permuted, as the op Transpose does.
Tensor transposed(const Tensor& value, const std::vector<int>& permutation);

/// The matrix (out, in) that the taps stand for.
Tensor dense(const ops::Taps& taps);

}  // namespace markhor::exporting
