#include "graph/executable.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "graph/arena.hpp"

namespace markhor::graph {
namespace {}  // namespace

std::shared_ptr<const Executable> Executable::make(Graph graph, const Engine& engine) {
    return std::shared_ptr<const Executable>(new Executable(std::move(graph), engine));
}

Executable::Executable(Graph graph, const Engine& engine) : graph_(std::move(graph)), engine_(&engine) {
    const auto& nodes = graph_.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = nodes[i];
        if (node.inputs.empty() || node.op->is_view()) continue;
        std::vector<TensorSpec> inputs;
        for (const Value input : node.inputs) inputs.push_back(graph_.spec(input));
        steps_.push_back({static_cast<int>(i), engine.kernel(*node.op, inputs, node.outputs)});
    }
    find_fixed();
    plan_memory();
}

std::string_view Executable::algorithm(int node) const noexcept {
    const auto found = std::ranges::lower_bound(steps_, node, {}, &Step::node);
    return found != steps_.end() && found->node == node ? found->kernel->algorithm() : std::string_view();
}

std::size_t Executable::weight_bytes_a_run() const {
    std::size_t bytes = 0;
    for (const Step& step : steps_) {
        if (step.once) continue;
        const Node& node = graph_.nodes()[static_cast<std::size_t>(step.node)];
        if (step.prepared) bytes += step.kernel->prepared_bytes();
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            if (step.prepared && step.kernel->prepares(i)) continue;
            if (fixed_[static_cast<std::size_t>(node.inputs[i].node)]) bytes += graph_.spec(node.inputs[i]).bytes();
        }
    }
    return bytes;
}

// A node is fixed where all it reads is: constants, and variables that this graph does not assign. Kernels whose
// weights are fixed prepare them once. What the runs still read of fixed values is kept.
void Executable::find_fixed() {
    const auto& nodes = graph_.nodes();
    std::set<const Variable*> assigned;
    for (const Assignment& assignment : graph_.assignments()) assigned.insert(assignment.variable.get());
    fixed_.assign(nodes.size(), false);
    const auto is_fixed = [&](Value value) -> bool { return fixed_[static_cast<std::size_t>(value.node)]; };
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto* read = ops::as<VariableRead>(*nodes[i].op);
        fixed_[i] = nodes[i].inputs.empty() ? ops::as<Constant>(*nodes[i].op) != nullptr ||
                                                  (read != nullptr && !assigned.contains(read->variable.get()))
                                            : std::ranges::all_of(nodes[i].inputs, is_fixed);
    }

    keep_.resize(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) keep_[i].assign(nodes[i].outputs.size(), false);
    std::vector<bool> watched(nodes.size(), false);  // leaves that something kept depends on
    const auto keep = [&](Value value) {
        const Value source = memory_of(graph_, value);
        const auto at = static_cast<std::size_t>(source.node);
        if (fixed_[at] && !nodes[at].inputs.empty()) keep_[at][static_cast<std::size_t>(source.output)] = true;
    };
    for (Step& step : steps_) {
        const Node& node = nodes[static_cast<std::size_t>(step.node)];
        step.once = fixed_[static_cast<std::size_t>(step.node)];
        if (step.once) {
            for (const Value input : node.inputs)
                watched[static_cast<std::size_t>(memory_of(graph_, input).node)] = true;
            continue;
        }
        step.prepared = step.kernel->prepared_bytes() > 0;
        for (std::size_t k = 0; k < node.inputs.size() && step.prepared; ++k) {
            if (step.kernel->prepares(k)) step.prepared = is_fixed(node.inputs[k]);
        }
        if (step.prepared) kept_bytes_ += whole_lines(step.kernel->prepared_bytes());
        for (std::size_t k = 0; k < node.inputs.size(); ++k) {
            if (step.prepared && step.kernel->prepares(k)) {
                watched[static_cast<std::size_t>(memory_of(graph_, node.inputs[k]).node)] = true;
            } else {
                keep(node.inputs[k]);
            }
        }
    }
    for (const Value output : graph_.outputs()) keep(output);
    for (const Assignment& assignment : graph_.assignments()) keep(assignment.value);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (const auto* read = ops::as<VariableRead>(*nodes[i].op); read != nullptr && watched[i]) {
            watched_.push_back(read->variable);
        }
        for (std::size_t output = 0; output < keep_[i].size(); ++output) {
            if (keep_[i][output]) kept_bytes_ += whole_lines(nodes[i].outputs[output].bytes());
        }
    }
}

const void* Executable::lasting_address(const Place& place, const Kept& kept) const {
    const auto& nodes = graph_.nodes();
    switch (place.home) {
        case Home::variable: {
            const auto& read = static_cast<const VariableRead&>(*nodes[static_cast<std::size_t>(place.source)].op);
            return std::as_const(read.variable->value).raw();
        }
        case Home::constant:
            return static_cast<const Constant&>(*nodes[static_cast<std::size_t>(place.source)].op).value.raw();
        case Home::kept: return std::as_const(kept.values[static_cast<std::size_t>(place.source)][place.offset]).raw();
        case Home::none:
        case Home::arena:
        case Home::placeholder: break;
    }
    return nullptr;
}

std::shared_ptr<const Executable::Kept> Executable::kept() const {
    std::vector<std::uint64_t> versions;
    versions.reserve(watched_.size());
    for (const VariablePtr& variable : watched_) versions.push_back(variable->value.version());
    const std::lock_guard lock(kept_mutex_);
    if (kept_ == nullptr || kept_->versions != versions) kept_ = compute_kept(std::move(versions));
    return kept_;
}

std::shared_ptr<const Executable::Kept> Executable::compute_kept(std::vector<std::uint64_t> versions) const {
    const auto& nodes = graph_.nodes();
    const auto kept = std::make_shared<Kept>();
    kept->versions = std::move(versions);
    kept->values.resize(nodes.size());
    kept->prepared.resize(steps_.size());
    std::size_t scratch_bytes = 0;
    for (const Step& step : steps_) {
        if (step.once) scratch_bytes = std::max(scratch_bytes, step.kernel->scratch_bytes());
        if (step.prepared) scratch_bytes = std::max(scratch_bytes, step.kernel->scratch_bytes_prepared());
    }
    Tensor scratch({static_cast<std::int64_t>(scratch_bytes)}, DType::uint8);
    auto* const free = static_cast<std::byte*>(scratch.raw());
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const Step& step = steps_[i];
        if (!step.once && !step.prepared) continue;
        const auto at = static_cast<std::size_t>(step.node);
        std::vector<const void*> inputs;
        std::vector<void*> outputs(nodes[at].outputs.size(), nullptr);
        for (const Value input : nodes[at].inputs) inputs.push_back(lasting_address(place(input), *kept));
        if (step.once) {
            for (std::size_t output = 0; output < outputs.size(); ++output) {
                kept->values[at].emplace_back(nodes[at].outputs[output].shape, nodes[at].outputs[output].dtype);
                outputs[output] = kept->values[at].back().raw();
            }
            step.kernel->run({inputs, outputs, free});
        } else {
            kept->prepared[i] = Tensor({static_cast<std::int64_t>(step.kernel->prepared_bytes())}, DType::uint8);
            step.kernel->prepare({inputs, outputs, free, static_cast<std::byte*>(kept->prepared[i].raw())});
        }
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (std::size_t output = 0; output < kept->values[i].size(); ++output) {
            if (!keep_[i][output]) kept->values[i][output] = Tensor();
        }
    }
    return kept;
}

// Every value gets a block of the arena from the step that makes it to the last that reads it. Views share their
// source's place; an op that works in place takes over its input's where nothing reads that later; a value that becomes
// a variable's is computed in the variable itself where the op updates it in place.
void Executable::plan_memory() {
    const auto& nodes = graph_.nodes();
    const int end = static_cast<int>(nodes.size());

    std::vector<std::vector<int>> last_use(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) last_use[i].assign(nodes[i].outputs.size(), -1);
    const auto touch = [&](Value value, int when) {
        const Value source = memory_of(graph_, value);
        int& last = last_use[static_cast<std::size_t>(source.node)][static_cast<std::size_t>(source.output)];
        last = std::max(last, when);
    };
    for (int i = 0; i < end; ++i) {
        if (nodes[static_cast<std::size_t>(i)].op->is_view() || fixed_[static_cast<std::size_t>(i)]) continue;
        for (const Value input : nodes[static_cast<std::size_t>(i)].inputs) touch(input, i);
    }
    for (const Value output : graph_.outputs()) touch(output, end);

    places_.resize(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) places_[i].resize(nodes[i].outputs.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const ops::Op& op = *nodes[i].op;
        const int index = static_cast<int>(i);
        if (ops::as<Placeholder>(op) != nullptr) places_[i][0] = {Home::placeholder, 0, index};
        if (ops::as<VariableRead>(op) != nullptr) places_[i][0] = {Home::variable, 0, index};
        if (ops::as<Constant>(op) != nullptr) places_[i][0] = {Home::constant, 0, index};
        if (!fixed_[i] || nodes[i].inputs.empty() || op.is_view()) continue;
        for (std::size_t output = 0; output < places_[i].size(); ++output) {
            places_[i][output] = {Home::kept, output, index};
        }
    }

    // Updates in place: the op's in-place input is the variable's own old value and no later step reads that.
    for (const Assignment& assignment : graph_.assignments()) {
        const Value value = assignment.value;
        const Node& node = nodes[static_cast<std::size_t>(value.node)];
        const int input = node.inputs.empty() || node.op->is_view() || place(value).home != Home::none
                              ? -1
                              : node.op->in_place_input(value.output);
        bool in_place = false;
        if (input >= 0) {
            const Value old = node.inputs[static_cast<std::size_t>(input)];
            const auto* read = ops::as<VariableRead>(graph_.producer(old));
            in_place = read != nullptr && read->variable == assignment.variable &&
                       last_use[static_cast<std::size_t>(old.node)][0] == value.node;
            if (in_place) place(value) = place(old);
        }
        if (!in_place) {
            touch(value, end);
            copies_.push_back(assignment);
        }
    }

    // Until the blocks are laid out, a place in the arena counts blocks instead of bytes.
    std::vector<Block> blocks;
    for (int i = 0; i < end; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const Node& node = nodes[at];
        if (node.op->is_view()) {
            places_[at][0] = place(memory_of(graph_, node.inputs[0]));
            continue;
        }
        if (node.inputs.empty()) continue;
        for (std::size_t output = 0; output < node.outputs.size(); ++output) {
            Place& here = places_[at][output];
            const int last = last_use[at][output];
            if (here.home != Home::none || last < 0) continue;  // a variable's own memory, or read by nobody
            const int input = node.op->in_place_input(static_cast<int>(output));
            if (input >= 0) {
                const Value taken = memory_of(graph_, node.inputs[static_cast<std::size_t>(input)]);
                const bool same_size = graph_.spec(taken).bytes() == node.outputs[output].bytes();
                const auto readings =
                    std::ranges::count_if(node.inputs, [&](Value other) { return memory_of(graph_, other) == taken; });
                if (place(taken).home == Home::arena && same_size && readings == 1 &&
                    last_use[static_cast<std::size_t>(taken.node)][static_cast<std::size_t>(taken.output)] == i) {
                    here = place(taken);
                    blocks[here.offset].last = last;
                    continue;
                }
            }
            here = {Home::arena, blocks.size(), -1};
            blocks.push_back({node.outputs[output].bytes(), i, last});
        }
    }
    const Layout layout = lay_out_arena(std::move(blocks));
    for (std::vector<Place>& outputs : places_) {
        for (Place& here : outputs) {
            if (here.home == Home::arena) here.offset = layout.offsets[here.offset];
        }
    }
    arena_bytes_ = layout.bytes;
}

// Scratch that all steps share, in the caches' warmest place, and the values around it; or, where that needs clearly
// less, each step's scratch for itself, between values.
Layout Executable::lay_out_arena(std::vector<Block> values) {
    const std::size_t count = values.size();
    std::vector<Block> apart = values;
    Block shared{0, 0, std::numeric_limits<int>::max()};
    for (const Step& step : steps_) {
        if (step.once) continue;
        const std::size_t bytes = step.prepared ? step.kernel->scratch_bytes_prepared() : step.kernel->scratch_bytes();
        apart.push_back({bytes, step.node, step.node});
        shared.bytes = std::max(shared.bytes, bytes);
    }
    values.insert(values.begin(), shared);
    Layout together = first_fit(values);
    Layout tight = largest_first(apart);
    if (tight.bytes < together.bytes - together.bytes / 32) {
        std::size_t next = count;
        for (Step& step : steps_) {
            if (!step.once) step.scratch = tight.offsets[next++];
        }
        tight.offsets.resize(count);
        return tight;
    }
    for (Step& step : steps_) step.scratch = together.offsets[0];
    together.offsets.erase(together.offsets.begin());
    return together;
}

Execution::Execution(std::shared_ptr<const Executable> executable)
    : executable_(std::move(executable)),
      arena_({static_cast<std::int64_t>(executable_->arena_bytes())}, DType::uint8) {
    const auto& nodes = executable_->graph().nodes();
    fed_.resize(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (const auto* placeholder = ops::as<Placeholder>(*nodes[i].op)) {
            placeholders_[placeholder->label] = static_cast<int>(i);
        }
    }
    bound_.resize(executable_->steps_.size());
    for (std::size_t i = 0; i < bound_.size(); ++i) {
        const Node& node = nodes[static_cast<std::size_t>(executable_->steps_[i].node)];
        bound_[i].inputs.resize(node.inputs.size());
        bound_[i].outputs.resize(node.outputs.size());
    }
    for (const Value output : executable_->graph().outputs()) {
        const TensorSpec& spec = executable_->graph().spec(output);
        outputs_.emplace_back(spec.shape, spec.dtype);
    }
}

void Execution::feed(const std::string& label, const Tensor& value) {
    const auto found = placeholders_.find(label);
    if (found == placeholders_.end()) throw ValueError("the graph has no placeholder named " + label);
    const auto node = static_cast<std::size_t>(found->second);
    const TensorSpec& wanted = executable_->graph().nodes()[node].outputs[0];
    if (TensorSpec{value.dtype(), value.shape()} != wanted) {
        throw ShapeError("the input " + label + " takes " + std::string(name_of(wanted.dtype)) + " " +
                         wanted.shape.str() + "; " + std::string(name_of(value.dtype())) + " " + value.shape().str() +
                         " came");
    }
    fed_[node] = value;
}

void* Execution::address(Value value) const {
    const Executable::Place& place = executable_->place(value);
    using Home = Executable::Home;
    switch (place.home) {
        case Home::none: return nullptr;
        case Home::arena: return const_cast<std::byte*>(static_cast<const std::byte*>(arena_.raw())) + place.offset;
        case Home::placeholder:
            return const_cast<void*>(std::as_const(fed_[static_cast<std::size_t>(place.source)]).raw());
        default: return const_cast<void*>(executable_->lasting_address(place, *kept_));
    }
}

// Addresses are looked up at each run: fed tensors and variables' buffers may have been replaced since the last.
void Execution::bind() {
    for (const auto& [label, node] : placeholders_) {
        if (!fed_[static_cast<std::size_t>(node)].defined()) throw ValueError("the input " + label + " was not fed");
    }
    kept_ = executable_->kept();
    const auto& nodes = executable_->graph().nodes();
    for (const Assignment& assignment : executable_->graph().assignments()) {
        assignment.variable->value.raw();  // a new version: the run may write it in place
    }
    for (std::size_t i = 0; i < bound_.size(); ++i) {
        if (executable_->steps_[i].once) continue;
        const int index = executable_->steps_[i].node;
        const Node& node = nodes[static_cast<std::size_t>(index)];
        for (std::size_t k = 0; k < node.inputs.size(); ++k) bound_[i].inputs[k] = address(node.inputs[k]);
        for (std::size_t k = 0; k < node.outputs.size(); ++k) {
            bound_[i].outputs[k] = address({index, static_cast<int>(k)});
        }
    }
}

void Execution::run_step(std::size_t step, std::byte* arena) const {
    const Executable::Step& now = executable_->steps_[step];
    KernelArguments arguments{bound_[step].inputs, bound_[step].outputs, arena + now.scratch};
    if (now.prepared) {
        arguments.prepared =
            const_cast<std::byte*>(static_cast<const std::byte*>(std::as_const(kept_->prepared[step]).raw()));
        now.kernel->run_prepared(arguments);
    } else if (!now.once) {
        now.kernel->run(arguments);
    }
}

void Execution::finish() {
    const auto& graph = executable_->graph();
    for (const Assignment& copy : executable_->copies_) {
        std::memcpy(copy.variable->value.raw(), address(copy.value), copy.variable->value.bytes());
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        std::memcpy(outputs_[i].raw(), address(graph.outputs()[i]), outputs_[i].bytes());
    }
}

void Execution::run() {
    bind();
    auto* const arena = static_cast<std::byte*>(arena_.raw());
    for (std::size_t i = 0; i < bound_.size(); ++i) run_step(i, arena);
    finish();
}

void Execution::run_timed(std::vector<double>& seconds) {
    bind();
    seconds.resize(executable_->graph().nodes().size());
    auto* const arena = static_cast<std::byte*>(arena_.raw());
    for (std::size_t i = 0; i < bound_.size(); ++i) {
        if (executable_->steps_[i].once) continue;
        const auto start = std::chrono::steady_clock::now();
        run_step(i, arena);
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        seconds[static_cast<std::size_t>(executable_->steps_[i].node)] += spent.count();
    }
    finish();
}

}  // namespace markhor::graph
