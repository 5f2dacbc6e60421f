// A graph made ready to run: kernels chosen, every intermediate value given its place in one arena, nothing allocated
// later.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/engine.hpp"
#include "graph/graph.hpp"

namespace markhor::graph {

/// The plan: immutable, shared by the executions that run it.
class Executable : public std::enable_shared_from_this<Executable> {
public:
    /// Plans `graph` as it is (call optimize() first). Throws Error where the engine lacks a kernel.
    static std::shared_ptr<const Executable> make(Graph graph, const Engine& engine);

    const Graph& graph() const noexcept { return graph_; }
    const Engine& engine() const noexcept { return *engine_; }
    /// Bytes of the arena: intermediate values and scratch, not weights, constants or fed data.
    std::size_t arena_bytes() const noexcept { return arena_bytes_; }
    /// How a node is computed; empty for one that needs no kernel.
    std::string_view algorithm(int node) const noexcept;

private:
    friend class Execution;
    struct Step {
        int node = 0;
        KernelPtr kernel;
    };
    // Where a value lives: in the arena at an offset, or at an address that the execution looks up.
    enum class Home { none, arena, placeholder, variable, constant };
    struct Place {
        Home home = Home::none;
        std::size_t offset = 0;  // in the arena
        int source = -1;         // the leaf node for the other homes
    };

    Executable(Graph graph, const Engine& engine);
    void plan_memory();

    Graph graph_;
    const Engine* engine_;
    std::vector<Step> steps_;
    std::vector<std::vector<Place>> places_;  // [node][output]
    std::size_t scratch_offset_ = 0;
    std::size_t arena_bytes_ = 0;
    std::vector<Assignment> copies_;  // assignments whose value is not computed in the variable's own memory
};

/// One runner of a plan, with an arena of its own. Two executions of one executable may run at the same time (as long
/// as the graph assigns no variables).
class Execution {
public:
    explicit Execution(std::shared_ptr<const Executable> executable);

    /// The tensor that the placeholder of this label reads from now on; kept by reference, so its elements may change
    /// between runs. Throws ShapeError for another shape or dtype, ValueError for an unknown label.
    void feed(const std::string& label, const Tensor& value);
    /// Throws ValueError naming a placeholder that was not fed.
    void run();
    /// The graph's i-th output: a view of the arena, overwritten by the next run.
    const Tensor& output(std::size_t index) const { return outputs_[index]; }
    /// As run(), and adds each node's seconds to seconds[node].
    void run_timed(std::vector<double>& seconds);

    const Executable& executable() const noexcept { return *executable_; }

private:
    struct Bound {
        std::vector<const void*> inputs;
        std::vector<void*> outputs;
    };
    void bind();
    void* address(Value value) const;
    void finish();

    std::shared_ptr<const Executable> executable_;
    Tensor arena_;
    std::map<std::string, int> placeholders_;  // label -> node
    std::vector<Tensor> fed_;                  // [node]
    std::vector<Bound> bound_;                 // [step]
    std::vector<Tensor> outputs_;
    bool bound_ready_ = false;
};

}  // namespace markhor::graph
