// A graph made ready to run: kernels chosen, every intermediate value given its place in one arena, nothing allocated
// later.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "graph/arena.hpp"
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
    /// Bytes of what is computed once for many runs: values that depend on constants and on variables that the graph
    /// does not assign, and weights in the form that kernels read.
    std::size_t kept_bytes() const noexcept { return kept_bytes_; }
    /// Bytes of all that a run reads and that is the same in the next one: weights, or what kernels made of them.
    std::size_t weight_bytes_a_run() const;
    /// How a node is computed; empty for one that needs no kernel.
    std::string_view algorithm(int node) const noexcept;

private:
    friend class Execution;
    struct Step {
        int node = 0;
        KernelPtr kernel;
        bool once = false;        // its value is the same in every run
        bool prepared = false;    // run_prepared(), with what is kept
        std::size_t scratch = 0;  // offset in the arena
    };
    // What is computed once, for one state of the variables.
    struct Kept {
        std::vector<std::uint64_t> versions;      // of watched_
        std::vector<std::vector<Tensor>> values;  // [node][output]
        std::vector<Tensor> prepared;             // [step]
    };
    // Where a value lives: in the arena at an offset, or at an address that the execution looks up.
    enum class Home { none, arena, placeholder, variable, constant, kept };
    struct Place {
        Home home = Home::none;
        std::size_t offset = 0;  // in the arena
        int source = -1;         // the leaf node for the other homes
    };

    Executable(Graph graph, const Engine& engine);
    void find_fixed();
    void plan_memory();
    Layout lay_out_arena(std::vector<Block> values);
    Place& place(Value value) {
        return places_[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
    }
    const Place& place(Value value) const {
        return places_[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
    }
    // Null for homes that are an execution's own.
    const void* lasting_address(const Place& place, const Kept& kept) const;
    // As it is now; computed where a variable has changed. Safe to call from several threads.
    std::shared_ptr<const Kept> kept() const;
    std::shared_ptr<const Kept> compute_kept(std::vector<std::uint64_t> versions) const;

    Graph graph_;
    const Engine* engine_;
    std::vector<Step> steps_;
    std::vector<std::vector<Place>> places_;  // [node][output]
    std::size_t arena_bytes_ = 0;
    std::size_t kept_bytes_ = 0;
    std::vector<bool> fixed_;              // [node]: the same in every run
    std::vector<std::vector<bool>> keep_;  // [node][output]: a fixed value that runs read
    std::vector<VariablePtr> watched_;     // variables that kept values depend on
    mutable std::mutex kept_mutex_;
    mutable std::shared_ptr<const Kept> kept_;
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
    void run_step(std::size_t step, std::byte* arena) const;
    void finish();

    std::shared_ptr<const Executable> executable_;
    Tensor arena_;
    std::map<std::string, int> placeholders_;  // label -> node
    std::vector<Tensor> fed_;                  // [node]
    std::vector<Bound> bound_;                 // [step]
    std::shared_ptr<const Executable::Kept> kept_;
    std::vector<Tensor> outputs_;
    bool bound_ready_ = false;
};

}  // namespace markhor::graph
