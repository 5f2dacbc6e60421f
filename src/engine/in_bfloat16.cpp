#include "engine/in_bfloat16.hpp"

#include <string>
#include <utility>
#include <vector>

namespace markhor::engine {
namespace {

std::size_t rounded_up(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

class ByFloat32 final : public graph::Kernel {
public:
    ByFloat32(graph::KernelPtr kernel, const Conversions& conversions, graph::Specs inputs, graph::Specs outputs)
        : kernel_(std::move(kernel)),
          convert_(conversions),
          inputs_(copies(inputs)),
          outputs_(copies(outputs)),
          algorithm_(std::string(kernel_->algorithm()) + " in float32") {}

    std::size_t scratch_bytes() const override { return own_scratch() + copied_; }
    std::string_view algorithm() const override { return algorithm_; }

    void run(const graph::KernelArguments& a) const override {
        std::vector<const void*> inputs(a.inputs.begin(), a.inputs.end());
        std::vector<void*> outputs(a.outputs.begin(), a.outputs.end());
        std::byte* const copied = a.scratch + own_scratch();
        for (const Copy& copy : inputs_) {
            auto* const wide = reinterpret_cast<float*>(copied + copy.offset);
            convert_.widen(copy.count, a.in<BFloat16>(copy.which), wide);
            inputs[copy.which] = wide;
        }
        for (const Copy& copy : outputs_) {
            if (outputs[copy.which] != nullptr) outputs[copy.which] = copied + copy.offset;
        }
        kernel_->run({inputs, outputs, a.scratch});
        for (const Copy& copy : outputs_) {
            if (outputs[copy.which] == nullptr) continue;
            convert_.round(copy.count, reinterpret_cast<const float*>(copied + copy.offset),
                           a.out<BFloat16>(copy.which));
        }
    }

private:
    struct Copy {
        std::size_t which;
        std::int64_t count;
        std::size_t offset;  // of the copy in float32, behind the kernel's own scratch
    };
    std::vector<Copy> copies(graph::Specs specs) {
        std::vector<Copy> made;
        for (std::size_t i = 0; i < specs.size(); ++i) {
            if (specs[i].dtype != DType::bfloat16) continue;
            made.push_back({i, specs[i].shape.elements(), copied_});
            copied_ += rounded_up(static_cast<std::size_t>(specs[i].shape.elements()) * sizeof(float));
        }
        return made;
    }
    std::size_t own_scratch() const { return rounded_up(kernel_->scratch_bytes()); }

    graph::KernelPtr kernel_;
    Conversions convert_;
    std::size_t copied_ = 0;
    std::vector<Copy> inputs_, outputs_;
    std::string algorithm_;
};

}  // namespace

graph::KernelPtr by_float32(const graph::Engine& engine, const Conversions& conversions, const ops::InBfloat16& op,
                            graph::Specs inputs, graph::Specs outputs) {
    return std::make_unique<ByFloat32>(engine.kernel(*op.op, ops::widened(inputs), ops::widened(outputs)), conversions,
                                       inputs, outputs);
}

}  // namespace markhor::engine
