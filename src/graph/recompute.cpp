// Recomputation of the forward pass's values (Chen et al., 2016: arXiv 1604.06174): what a training step keeps for its
// backward pass is most of its memory. Here the forward pass is cut into segments. What crosses a cut is kept; the rest
// is computed once more, a segment at a time, when the backward pass comes to it.
#include <algorithm>
#include <utility>
#include <vector>

#include "graph/passes.hpp"
#include "graph/rewriter.hpp"

namespace markhor::graph {
namespace {

constexpr int most_segments = 16;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

bool is_leaf(const Node& node) { return node.inputs.empty(); }

// [node][output]: the last node that reads the value's memory; the number of nodes where it outlives them all.
std::vector<std::vector<int>> last_reads(const Graph& graph) {
    const auto& nodes = graph.nodes();
    std::vector<std::vector<int>> last(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) last[i].assign(nodes[i].outputs.size(), -1);
    const auto read = [&](Value value, int when) {
        const Value root = memory_of(graph, value);
        last[at(root.node)][at(root.output)] = std::max(last[at(root.node)][at(root.output)], when);
    };
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].op->is_view()) continue;
        for (const Value input : nodes[i].inputs) read(input, static_cast<int>(i));
    }
    for (const Value output : graph.outputs()) read(output, static_cast<int>(nodes.size()));
    for (const Assignment& assignment : graph.assignments()) read(assignment.value, static_cast<int>(nodes.size()));
    return last;
}

// The most bytes of computed values that are alive at once.
std::size_t peak_bytes(const Graph& graph) {
    const auto& nodes = graph.nodes();
    const auto last = last_reads(graph);
    std::vector<std::size_t> ending(nodes.size() + 1, 0);
    std::size_t alive = 0;
    std::size_t peak = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (std::size_t output = 0; output < nodes[i].outputs.size(); ++output) {
            if (is_leaf(nodes[i]) || nodes[i].op->is_view() || last[i][output] < 0) continue;
            const std::size_t bytes = nodes[i].outputs[output].bytes();
            alive += bytes;
            ending[at(last[i][output])] += bytes;
        }
        peak = std::max(peak, alive);
        alive -= ending[i];
    }
    return peak;
}

// A graph whose forward pass, the nodes up to `forward_end`, is cut into segments.
class Segmented {
public:
    // Cuts into `count` segments of about as many bytes that the backward pass reads.
    Segmented(const Graph& graph, int forward_end, int count);
    Graph recomputed() const;

private:
    bool is_kept(Value value) const { return value.node > forward_end_ || kept_[at(value.node)][at(value.output)]; }
    void keep(Value value);
    void restore(Rewriter& rewriter, std::vector<bool>& restored, int node) const;

    const Graph& graph_;
    int forward_end_;
    std::vector<int> segment_;             // [node of the forward pass]
    std::vector<std::vector<bool>> kept_;  // [node of the forward pass][output]
};

Segmented::Segmented(const Graph& graph, int forward_end, int count) : graph_(graph), forward_end_(forward_end) {
    const auto& nodes = graph.nodes();
    const auto last = last_reads(graph);
    std::vector<std::size_t> saved;  // [node]: bytes that the backward pass reads
    std::size_t all = 0;
    for (int i = 0; i <= forward_end; ++i) {
        std::size_t bytes = 0;
        for (std::size_t output = 0; output < nodes[at(i)].outputs.size(); ++output) {
            if (is_leaf(nodes[at(i)]) || nodes[at(i)].op->is_view() || last[at(i)][output] <= forward_end) continue;
            bytes += nodes[at(i)].outputs[output].bytes();
        }
        saved.push_back(bytes);
        all += bytes;
        kept_.emplace_back(nodes[at(i)].outputs.size(), is_leaf(nodes[at(i)]));
    }
    std::size_t before = 0;
    for (const std::size_t bytes : saved) {
        segment_.push_back(all == 0 ? 0 : std::min(count - 1, static_cast<int>(before * at(count) / all)));
        before += bytes;
    }
    for (int i = 0; i <= forward_end; ++i) {
        for (const Value input : nodes[at(i)].inputs) {
            if (segment_[at(input.node)] != segment_[at(i)]) keep(input);
        }
        if (segment_[at(i)] < count - 1) continue;  // the backward pass begins with the last
        for (std::size_t output = 0; output < nodes[at(i)].outputs.size(); ++output) {
            keep({i, static_cast<int>(output)});
        }
    }
    for (const Value output : graph.outputs()) keep(output);
    for (const Assignment& assignment : graph.assignments()) keep(assignment.value);
}

// A view is kept with the memory that it is a view of.
void Segmented::keep(Value value) {
    if (value.node > forward_end_) return;
    kept_[at(value.node)][at(value.output)] = true;
    if (graph_.producer(value).is_view()) keep(graph_.producer_inputs(value)[0]);
}

// From now on the node's outputs that are not kept are those of a copy of it.
void Segmented::restore(Rewriter& rewriter, std::vector<bool>& restored, int node) const {
    if (restored[at(node)]) return;
    restored[at(node)] = true;
    const Node& old = graph_.nodes()[at(node)];
    for (const Value input : old.inputs) {
        if (!is_kept(input)) restore(rewriter, restored, input.node);
    }
    rewriter.label_as(old);
    std::vector<Value> values = rewriter.to().add(old.op, rewriter.inputs(old));
    for (std::size_t output = 0; output < values.size(); ++output) {
        const Value value{node, static_cast<int>(output)};
        if (is_kept(value)) values[output] = rewriter[value];
    }
    rewriter.map(node, values);
}

Graph Segmented::recomputed() const {
    Rewriter rewriter(graph_);
    std::vector<bool> restored(at(forward_end_) + 1, false);
    for (int i = 0; i < static_cast<int>(graph_.nodes().size()); ++i) {
        if (i > forward_end_) {
            for (const Value input : graph_.nodes()[at(i)].inputs) {
                if (!is_kept(input)) restore(rewriter, restored, input.node);
            }
        }
        rewriter.copy(i);
    }
    return rewriter.finish();
}

}  // namespace

Graph recompute(const Graph& graph, int forward_end) {
    Graph best = drop_unused(graph);
    std::size_t least = peak_bytes(best);
    for (int count = 2; count <= most_segments; ++count) {
        Graph cut = drop_unused(Segmented(graph, forward_end, count).recomputed());
        if (const std::size_t peak = peak_bytes(cut); peak < least) {
            least = peak;
            best = std::move(cut);
        }
    }
    return best;
}

}  // namespace markhor::graph
