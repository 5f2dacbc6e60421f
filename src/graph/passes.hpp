// Rewrites that keep a graph's meaning: less arithmetic, less memory traffic. Each takes a graph and returns another.
#pragma once

#include "graph/graph.hpp"

namespace markhor::graph {

/// Equal ops on equal inputs become one.
Graph merge_equal(const Graph& graph);

/// Nodes that no output and no assignment needs are dropped.
Graph drop_unused(const Graph& graph);

/// relu(convolution) and relu(matmul), and the same with the other functions that are epilogues, become one op where
/// nothing else reads the convolution's own result.
Graph fuse_activation(const Graph& graph);

/// A sum of a convolution's result, which nothing else reads, and another value of its shape becomes part of the
/// convolution.
Graph fuse_add(const Graph& graph);

/// Max pooling by 2x2 windows after a convolution whose result nothing else reads becomes part of the convolution: its
/// full map is never written where a kernel can do without. After mask_after_pooling, in a training step.
Graph fuse_pooling(const Graph& graph);

/// The gradient of such a pooling becomes part of the gradients of the convolution before it, so that the gradient of
/// the full map is never written either. After mask_after_pooling.
Graph fuse_unpooling(const Graph& graph);

/// A relu's gradient after a convolution's input gradient, which nothing else reads, becomes part of it.
Graph fuse_mask(const Graph& graph);

/// Zeros around an image that only a convolution reads (or a max pooling, where a relu made the image) become the
/// window's own padding.
Graph fold_padding(const Graph& graph);

/// The gradient of max_pool(relu(x)): relu's mask is taken on the pooled map instead of the full one (the winner of a
/// window is positive exactly when the pooled value is), so the full map need not be kept for the backward pass and is
/// neither read nor written once more.
Graph mask_after_pooling(const Graph& graph);

/// At inference, batch normalization with fixed statistics after a convolution or matmul becomes part of its kernel and
/// bias.
Graph fold_batch_norm(const Graph& graph);

/// In a training step, batch normalization whose result only a `valid` convolution reads, or a mean over all positions
/// (global average pooling), is folded into that: its result is never written. With y = s x + t a channel, the
/// convolution of y is that of x with a kernel scaled by s and a bias; the gradients of gamma and beta follow from the
/// gradients of that kernel and bias, and the input's gradient is the convolution's own with a line of x added. Exact,
/// but where padding would have had to be -t / s.
Graph fold_training_norm(const Graph& graph);

/// Whether some value of the graph is rounded to bfloat16, which is what the next two are for.
bool has_bfloat16(const Graph& graph);

/// Roundings (ops::rounded) of what is rounded already go, also where ops that only select elements lie between, and a
/// relu's gradient looks at its rounded result.
Graph settle_roundings(const Graph& graph);

/// Ops between roundings read and write bfloat16 (ops::InBfloat16), which is then what lies in memory: convolutions and
/// matrix products with float32 sums and biases, batch normalization with float32 statistics, what works element by
/// element, pooling, and what only moves elements. To be run last.
Graph use_bfloat16(const Graph& graph);

/// The graph as it would be without roundings to bfloat16.
Graph without_roundings(const Graph& graph);

/// The above, but without_roundings, in the order that pays.
Graph optimize(const Graph& graph);

/// A training step that needs less memory and more time: of what the backward pass (all nodes after `forward_end`)
/// reads, only some is kept; the rest is computed once more, bit for bit, when its turn comes. Cuts where the peak is
/// lowest; a graph that no cut makes smaller comes back as it is. To be used last: merge_equal would undo it.
Graph recompute(const Graph& graph, int forward_end);

}  // namespace markhor::graph
