// What a planned graph needs of the engine that runs it: a kernel for each op. Nothing above this file knows which
// engine it has.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <typeindex>
#include <unordered_map>

#include "ops/op.hpp"

namespace markhor::graph {

/// Bytes up to the next whole cache line of 64.
constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// Where a kernel finds its data. Tensors are dense, row-major, 64-byte aligned where the arena holds them.
struct KernelArguments {
    std::span<const void* const> inputs;
    std::span<void* const> outputs;  ///< null for an output nobody reads
    std::byte* scratch = nullptr;    ///< scratch_bytes() bytes, 64-byte aligned
    std::byte* prepared = nullptr;   ///< for prepare() and run_prepared(): prepared_bytes() bytes, 64-byte aligned

    template <class T>
    const T* in(std::size_t i) const {
        return static_cast<const T*>(inputs[i]);
    }
    template <class T>
    T* out(std::size_t i) const {
        return static_cast<T*>(outputs[i]);
    }
};

/// One op, made ready for one set of shapes. Immutable: several threads may run it at once, each with its own
/// arguments.
class Kernel {
public:
    Kernel() = default;
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    virtual ~Kernel() = default;
    virtual void run(const KernelArguments& arguments) const = 0;
    /// Memory it needs while it runs; shared with the kernels before and after it.
    virtual std::size_t scratch_bytes() const { return 0; }

    // What depends on some inputs alone (weights, mostly) can be made ready once for many runs.
    /// 0: nothing can.
    virtual std::size_t prepared_bytes() const { return 0; }
    /// Whether what is prepared stands for input i, which run_prepared() then does not read.
    virtual bool prepares(std::size_t /*input*/) const { return false; }
    /// Fills arguments.prepared from those inputs; the others and the outputs may be null.
    virtual void prepare(const KernelArguments& /*arguments*/) const {}
    virtual void run_prepared(const KernelArguments& arguments) const { run(arguments); }
    /// Scratch of prepare() and run_prepared(): less than that of run(), which prepares for itself.
    virtual std::size_t scratch_bytes_prepared() const { return scratch_bytes(); }

    /// What was chosen, for plans and profiles: "jit:avx512_core", "simd winograd 4x4".
    virtual std::string_view algorithm() const { return {}; }
};

using KernelPtr = std::unique_ptr<const Kernel>;
using Specs = std::span<const ops::TensorSpec>;

/// Op class -> how to make its kernel. One table an engine; each kernel file of the engine adds its family.
class KernelTable {
public:
    template <class OpType, class Make>  // Make: KernelPtr(const OpType&, Specs inputs, Specs outputs), null: cannot
    void add(Make make) {
        makers_[typeid(OpType)] = [make](const ops::Op& op, Specs inputs, Specs outputs) {
            return make(static_cast<const OpType&>(op), inputs, outputs);
        };
    }
    /// Null where the table has no kernel for this op and these shapes.
    KernelPtr make(const ops::Op& op, Specs inputs, Specs outputs) const {
        const auto found = makers_.find(typeid(op));
        return found == makers_.end() ? nullptr : found->second(op, inputs, outputs);
    }

private:
    std::unordered_map<std::type_index, std::function<KernelPtr(const ops::Op&, Specs, Specs)>> makers_;
};

/// Where graphs run.
class Engine {
public:
    virtual ~Engine() = default;
    virtual std::string_view name() const = 0;
    /// Never null; throws Error naming the op where this engine cannot run it.
    virtual KernelPtr kernel(const ops::Op& op, Specs inputs, Specs outputs) const = 0;
};

}  // namespace markhor::graph
