// The cpu engine: the table of its own kernels, and the reference engine for what they do not cover.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <limits>
#include <mutex>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/isa.hpp"
#include "engine/engines.hpp"
#include "engine/in_bfloat16.hpp"
#include "kernels.hpp"

namespace markhor::engine {
namespace {

void say_that_bfloat16_is_not_faster() {
    static std::once_flag said;
    std::call_once(said, [] {
        std::cerr << "markhor: this processor has no bfloat16 instructions (AVX512_BF16, AMX): layers of the policy "
                     "mixed_bfloat16 compute what they should, but not faster than in float32\n";
    });
}

// oneDNN counts along an axis in int: beyond, it divides by what is left of the number.
bool is_beyond_int(graph::Specs specs) {
    return std::ranges::any_of(specs, [](const ops::TensorSpec& spec) {
        return std::ranges::any_of(spec.shape.dims(),
                                   [](std::int64_t size) { return size > std::numeric_limits<int>::max(); });
    });
}

class CpuEngine final : public graph::Engine {
public:
    CpuEngine() {
        cpu::check_max_isa();
        cpu::add_convolution(table_, in_bfloat16_);
        cpu::add_pooling(table_, in_bfloat16_);
        cpu::add_reduction(table_, in_bfloat16_);
        cpu::add_normalization(table_, in_bfloat16_);
        cpu::add_matmul(table_, in_bfloat16_);
        cpu::add_elementwise(table_, in_bfloat16_);
        cpu::add_softmax(table_);
        cpu::add_shape_ops(table_, in_bfloat16_);
        cpu::add_random(table_);
        cpu::add_update(table_);
    }

    std::string_view name() const override { return "cpu"; }

    graph::KernelPtr kernel(const ops::Op& op, graph::Specs inputs, graph::Specs outputs) const override {
        if (const auto* narrow = ops::as<ops::InBfloat16>(op)) return kernel_of(*narrow, inputs, outputs);
        if (is_beyond_int(inputs) || is_beyond_int(outputs)) return reference().kernel(op, inputs, outputs);
        graph::KernelPtr kernel = table_.make(op, inputs, outputs);
        return kernel != nullptr ? std::move(kernel) : reference().kernel(op, inputs, outputs);
    }

private:
    graph::KernelPtr kernel_of(const ops::InBfloat16& op, graph::Specs inputs, graph::Specs outputs) const {
        if (!cpu::has_bfloat16_products()) say_that_bfloat16_is_not_faster();
        if (!is_beyond_int(inputs) && !is_beyond_int(outputs)) {
            graph::KernelPtr kernel = in_bfloat16_.make(*op.op, inputs, outputs);
            if (kernel != nullptr) return kernel;
        }
        return by_float32(*this, {cpu::widen_all, cpu::round_all}, op, inputs, outputs);
    }

    graph::KernelTable table_;
    graph::KernelTable in_bfloat16_;  // by the op inside
};

}  // namespace

const graph::Engine& cpu() {
    static const CpuEngine engine;
    return engine;
}

}  // namespace markhor::engine
