#include "engine/cpu/gradient_fusion.hpp"

#include <limits>

#include "engine/cpu/simd/elementwise.hpp"
#include "engine/cpu/simd/pooling.hpp"

namespace markhor::cpu {
namespace {

std::size_t map_bytes(const ConvolutionSizes& s) {
    return static_cast<std::size_t>(s.batch * s.out[1] * s.out[2] * s.out_channels) * sizeof(float);
}

// Inputs as the kernel inside has them, then the places.
class Unpooling final : public AroundKernel {
public:
    Unpooling(KernelPtr kernel, std::size_t upstream, const ConvolutionSizes& s)
        : AroundKernel(std::move(kernel), map_bytes(s)),
          upstream_(upstream),
          pooling_(ops::two_by_two(), {s.batch, s.out[1], s.out[2], s.out_channels}) {}

private:
    void around(const KernelArguments& a, std::byte* own, bool prepared) const override {
        auto* const full = reinterpret_cast<float*>(own);
        parallel_for(pooling_.strips(), 1, [&](std::int64_t first, std::int64_t last) {
            max_pool_gradient(pooling_, first, last, a.in<float>(upstream_), a.in<std::uint8_t>(2), full);
        });
        std::array<const void*, 2> inputs{a.inputs[0], a.inputs[1]};
        inputs[upstream_] = full;
        KernelArguments inside = a;
        inside.inputs = inputs;
        run_inner(inside, prepared);
    }

    std::size_t upstream_;
    PoolingSizes pooling_;
};

// Inputs as the kernel inside has them, then the mask.
class Masking final : public AroundKernel {
public:
    Masking(KernelPtr kernel, const ConvolutionSizes& s)
        : AroundKernel(std::move(kernel), 0), elements_(s.batch * s.in[0] * s.in[1] * s.in[2] * s.in_channels) {}

private:
    void around(const KernelArguments& a, std::byte*, bool prepared) const override {
        KernelArguments inside = a;
        inside.inputs = a.inputs.first(a.inputs.size() - 1);
        run_inner(inside, prepared);
        const auto* const mask = a.in<float>(a.inputs.size() - 1);
        auto* const dx = a.out<float>(0);
        const UnaryFunction relu{ops::UnaryKind::relu, std::numeric_limits<float>::infinity(), 0, 0};
        parallel_for(elements_, grain, [&](std::int64_t begin, std::int64_t end) {
            unary_gradient(relu, end - begin, dx + begin, mask + begin, dx + begin);
        });
    }

    std::int64_t elements_;
};

}  // namespace

KernelPtr with_unpooling(KernelPtr kernel, std::size_t upstream, const ConvolutionSizes& sizes) {
    if (kernel == nullptr) return nullptr;
    return std::make_unique<Unpooling>(std::move(kernel), upstream, sizes);
}

KernelPtr with_fusion(KernelPtr kernel, const ConvolutionSizes& sizes, const ops::GradientFusion& fusion) {
    if (kernel != nullptr && fusion.unpools) kernel = with_unpooling(std::move(kernel), 0, sizes);
    if (kernel != nullptr && fusion.masks) kernel = std::make_unique<Masking>(std::move(kernel), sizes);
    return kernel;
}

}  // namespace markhor::cpu
