#include "engine/in_bfloat16.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ops/convolution.hpp"
#include "ops/pooling.hpp"

namespace markhor::engine {
namespace {

class ByFloat32 final : public graph::Kernel {
public:
    ByFloat32(graph::KernelPtr kernel, const Conversions& conversions, graph::Specs inputs, graph::Specs outputs)
        : kernel_(std::move(kernel)),
          convert_(conversions),
          inputs_(copies(inputs)),
          outputs_(copies(outputs)),
          addresses_(inputs.size() + outputs.size()),
          algorithm_(std::string(kernel_->algorithm()) + " in float32") {}

    std::size_t scratch_bytes() const override { return own_scratch() + copied_ + addresses_ * sizeof(void*); }
    std::string_view algorithm() const override { return algorithm_; }

    void run(const graph::KernelArguments& a) const override {
        std::byte* const copied = a.scratch + own_scratch();
        const std::span inputs(reinterpret_cast<const void**>(copied + copied_), a.inputs.size());
        const std::span outputs(reinterpret_cast<void**>(copied + copied_) + a.inputs.size(), a.outputs.size());
        std::ranges::copy(a.inputs, inputs.begin());
        std::ranges::copy(a.outputs, outputs.begin());
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
            copied_ += graph::whole_lines(static_cast<std::size_t>(specs[i].shape.elements()) * sizeof(float));
        }
        return made;
    }
    std::size_t own_scratch() const { return graph::whole_lines(kernel_->scratch_bytes()); }

    graph::KernelPtr kernel_;
    Conversions convert_;
    std::size_t copied_ = 0;
    std::vector<Copy> inputs_, outputs_;
    std::size_t addresses_;  // of inputs and outputs, behind the copies
    std::string algorithm_;
};

// A convolution whose maxima's places count: rounding makes equals, so the full map is rounded before it is pooled.
class RoundedAndPooled final : public graph::Kernel {
public:
    RoundedAndPooled(const graph::Engine& engine, const ops::Convolution& op, graph::Specs inputs,
                     graph::Specs outputs) {
        ops::ConvolutionTail tail = op.tail;
        tail.pools = tail.places = false;
        const ops::InBfloat16 convolution(std::make_shared<ops::Convolution>(op.window, op.groups, op.has_bias, tail),
                                          1);
        const auto map = convolution.outputs(inputs);
        convolution_ = engine.kernel(convolution, inputs, map);
        pooling_ = engine.kernel(ops::InBfloat16(std::make_shared<ops::MaxPool>(ops::two_by_two()), 1), map, outputs);
        map_bytes_ = graph::whole_lines(map[0].bytes());
        algorithm_ = std::string(convolution_->algorithm()) + ", then pooled";
    }
    std::size_t scratch_bytes() const override {
        return map_bytes_ + std::max(convolution_->scratch_bytes(), pooling_->scratch_bytes());
    }
    std::string_view algorithm() const override { return algorithm_; }
    void run(const graph::KernelArguments& a) const override {
        std::array<void*, 1> map{a.scratch};
        convolution_->run({a.inputs, map, a.scratch + map_bytes_});
        const std::array<const void*, 1> pooled{a.scratch};
        pooling_->run({pooled, a.outputs, a.scratch + map_bytes_});
    }

private:
    graph::KernelPtr convolution_, pooling_;
    std::size_t map_bytes_;
    std::string algorithm_;
};

}  // namespace

graph::KernelPtr by_float32(const graph::Engine& engine, const Conversions& conversions, const ops::InBfloat16& op,
                            graph::Specs inputs, graph::Specs outputs) {
    if (const auto* pooled = ops::as<ops::Convolution>(*op.op);
        pooled != nullptr && pooled->tail.places && outputs[0].dtype == DType::bfloat16) {
        return std::make_unique<RoundedAndPooled>(engine, *pooled, inputs, outputs);
    }
    return std::make_unique<ByFloat32>(engine.kernel(*op.op, ops::widened(inputs), ops::widened(outputs)), conversions,
                                       inputs, outputs);
}

}  // namespace markhor::engine
