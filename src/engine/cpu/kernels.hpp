// The cpu engine's kernels: one function a family adds it to the table, and those that it has for values in bfloat16
// (see bfloat16.hpp) to another. Below, what the families share: kernels made from functions and around others, tensors
// seen as rows, and work cut into pieces.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/parallel.hpp"
#include "graph/engine.hpp"

namespace markhor::cpu {

void add_convolution(graph::KernelTable& table, graph::KernelTable& in_bfloat16);
void add_pooling(graph::KernelTable& table, graph::KernelTable& in_bfloat16);
void add_reduction(graph::KernelTable& table, graph::KernelTable& in_bfloat16);
void add_normalization(graph::KernelTable& table, graph::KernelTable& in_bfloat16);
void add_matmul(graph::KernelTable& table, graph::KernelTable& in_bfloat16);
void add_elementwise(graph::KernelTable& table, graph::KernelTable& in_bfloat16);
void add_softmax(graph::KernelTable& table);
void add_shape_ops(graph::KernelTable& table, graph::KernelTable& in_bfloat16);
void add_random(graph::KernelTable& table);
void add_update(graph::KernelTable& table);

using graph::KernelArguments;
using graph::KernelPtr;
using graph::Specs;

/// The least elements worth a thread where each is read and written once: below, waking threads costs more than it
/// saves.
inline constexpr std::int64_t grain = 32768;

/// Somebody reads an output.
inline bool is_read(const KernelArguments& arguments) {
    return std::ranges::any_of(arguments.outputs, [](const void* output) { return output != nullptr; });
}

/// A kernel that calls a function, unless nobody reads any of its outputs.
template <class Body>
class FunctionKernel final : public graph::Kernel {
public:
    FunctionKernel(std::string_view algorithm, Body body, std::size_t scratch)
        : algorithm_(algorithm), body_(std::move(body)), scratch_(scratch) {}
    void run(const KernelArguments& arguments) const override {
        if (is_read(arguments)) body_(arguments);
    }
    std::size_t scratch_bytes() const override { return scratch_; }
    std::string_view algorithm() const override { return algorithm_; }

private:
    std::string_view algorithm_;
    Body body_;
    std::size_t scratch_;
};

/// A kernel of body(arguments); `algorithm` is a literal.
template <class Body>
KernelPtr make_kernel(std::string_view algorithm, Body body, std::size_t scratch = 0) {
    return std::make_unique<FunctionKernel<Body>>(algorithm, std::move(body), scratch);
}

/// A kernel with weights (input 1) in a form of its own: prepare(arguments) makes it, body(arguments) uses it.
template <class Prepare, class Body>
class PreparingKernel final : public graph::Kernel {
public:
    PreparingKernel(std::string_view algorithm, std::size_t prepared, Prepare prepare, Body body, std::size_t scratch)
        : algorithm_(algorithm),
          prepared_(prepared),
          prepare_(std::move(prepare)),
          body_(std::move(body)),
          scratch_(graph::whole_lines(scratch)) {}
    void run(const KernelArguments& arguments) const override {
        if (!is_read(arguments)) return;
        KernelArguments all = arguments;
        all.prepared = arguments.scratch + scratch_;
        prepare_(all);
        body_(all);
    }
    void prepare(const KernelArguments& arguments) const override { prepare_(arguments); }
    void run_prepared(const KernelArguments& arguments) const override {
        if (is_read(arguments)) body_(arguments);
    }
    bool prepares(std::size_t input) const override { return input == 1; }
    std::size_t prepared_bytes() const override { return prepared_; }
    std::size_t scratch_bytes_prepared() const override { return scratch_; }
    std::size_t scratch_bytes() const override { return scratch_ + prepared_; }
    std::string_view algorithm() const override { return algorithm_; }

private:
    std::string_view algorithm_;
    std::size_t prepared_;
    Prepare prepare_;
    Body body_;
    std::size_t scratch_;
};

template <class Prepare, class Body>
KernelPtr make_preparing_kernel(std::string_view algorithm, std::size_t prepared, Prepare prepare, Body body,
                                std::size_t scratch = 0) {
    return std::make_unique<PreparingKernel<Prepare, Body>>(algorithm, prepared, std::move(prepare), std::move(body),
                                                            scratch);
}

/// A kernel around another one, whose weights are made ready as that one's are.
class AroundKernel : public graph::Kernel {
public:
    std::size_t scratch_bytes() const override { return graph::whole_lines(inner_->scratch_bytes()) + own_; }
    std::size_t scratch_bytes_prepared() const override {
        return graph::whole_lines(inner_->scratch_bytes_prepared()) + own_;
    }
    std::size_t prepared_bytes() const override { return inner_->prepared_bytes(); }
    bool prepares(std::size_t input) const override { return inner_->prepares(input); }
    void prepare(const KernelArguments& a) const override { inner_->prepare(a); }
    std::string_view algorithm() const override { return inner_->algorithm(); }
    void run(const KernelArguments& a) const override {
        if (is_read(a)) around(a, a.scratch + graph::whole_lines(inner_->scratch_bytes()), false);
    }
    void run_prepared(const KernelArguments& a) const override {
        if (is_read(a)) around(a, a.scratch + graph::whole_lines(inner_->scratch_bytes_prepared()), true);
    }

protected:
    /// `own` bytes of scratch for what is done around it.
    AroundKernel(KernelPtr inner, std::size_t own) : inner_(std::move(inner)), own_(own) {}
    virtual void around(const KernelArguments& a, std::byte* own, bool prepared) const = 0;
    void run_inner(const KernelArguments& a, bool prepared) const {
        prepared ? inner_->run_prepared(a) : inner_->run(a);
    }

private:
    KernelPtr inner_;
    std::size_t own_;
};

inline bool all_float32(Specs specs) {
    return std::ranges::all_of(specs, [](const ops::TensorSpec& spec) { return spec.dtype == DType::float32; });
}

/// A tensor seen as rows of its last axis.
struct Rows {
    std::int64_t count, channels;
};

inline Rows rows_of(const Shape& shape) {
    std::int64_t count = 1;
    for (std::size_t axis = 0; axis + 1 < shape.rank(); ++axis) count *= shape[axis];
    return {count, shape.back()};
}

/// Items cut into pieces whose partial results are combined in order. The cut depends on sizes alone, so a sum is the
/// same bit for bit whatever the number of threads.
struct Pieces {
    std::int64_t items = 0;
    std::int64_t count = 1;

    Pieces() = default;
    /// At least `least` items a piece, at most `most` pieces.
    Pieces(std::int64_t items, std::int64_t least, std::int64_t most)
        : items(items), count(std::clamp<std::int64_t>(items / std::max<std::int64_t>(least, 1), 1, most)) {}
    std::int64_t begin(std::int64_t piece) const { return items * piece / count; }
    std::int64_t end(std::int64_t piece) const { return begin(piece + 1); }
};

/// Scratch of a kernel as arrays, each at the start of a cache line.
class Scratch {
public:
    /// The place of so many more elements, in bytes.
    template <class T = float>
    std::size_t take(std::int64_t elements) {
        const std::size_t at = bytes_;
        bytes_ += graph::whole_lines(static_cast<std::size_t>(elements) * sizeof(T));
        return at;
    }
    std::size_t bytes() const noexcept { return bytes_; }
    template <class T = float>
    static T* at(const KernelArguments& a, std::size_t place) {
        return reinterpret_cast<T*>(a.scratch + place);
    }

private:
    std::size_t bytes_ = 0;
};

/// Calls body(begin, end) on rows, spread over threads as far as their elements are worth it.
template <class Body>
void parallel_rows(const Rows& rows, const Body& body) {
    parallel_for(rows.count, std::max<std::int64_t>(grain / std::max<std::int64_t>(rows.channels, 1), 1), body);
}

}  // namespace markhor::cpu
