#include "engine/cpu/gradient_fusion.hpp"

#include <limits>
#include <type_traits>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/simd/elementwise.hpp"
#include "engine/cpu/simd/pooling.hpp"

namespace markhor::cpu {
namespace {

// Inputs as the kernel inside has them, then the places.
template <class T>
class Unpooling final : public AroundKernel {
public:
    Unpooling(KernelPtr kernel, std::size_t upstream, const ConvolutionSizes& s)
        : AroundKernel(std::move(kernel),
                       static_cast<std::size_t>(s.batch * s.out[1] * s.out[2] * s.out_channels) * sizeof(T)),
          upstream_(upstream),
          pooling_(ops::two_by_two(), {s.batch, s.out[1], s.out[2], s.out_channels}) {}

private:
    void around(const KernelArguments& a, std::byte* own, bool prepared) const override {
        auto* const full = reinterpret_cast<T*>(own);
        parallel_for(pooling_.strips(), 1, [&](std::int64_t first, std::int64_t last) {
            max_pool_gradient(pooling_, first, last, a.in<T>(upstream_), a.in<std::uint8_t>(2), full);
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

// Inputs as the kernel inside has them, then an image, its factor and a shift.
class AddingLine final : public AroundKernel {
public:
    AddingLine(KernelPtr kernel, const ConvolutionSizes& s)
        : AroundKernel(std::move(kernel), 0), rows_{s.batch * s.in[0] * s.in[1] * s.in[2], s.in_channels} {}

private:
    void around(const KernelArguments& a, std::byte*, bool prepared) const override {
        const std::size_t line = a.inputs.size() - 3;
        KernelArguments inside = a;
        inside.inputs = a.inputs.first(line);
        run_inner(inside, prepared);
        const auto* const factor = a.in<float>(line + 1);
        const auto* const shift = a.in<float>(line + 2);
        parallel_rows(rows_, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t row = begin; row < end; ++row) {
                const float* const x = a.in<float>(line) + row * rows_.channels;
                float* const dx = a.out<float>(0) + row * rows_.channels;
                for (std::int64_t c = 0; c < rows_.channels; ++c) dx[c] += factor[c] * x[c] + shift[c];
            }
        });
    }

    Rows rows_;
};

// Inputs as the kernel inside has them, then the mask.
template <class T>
class Masking final : public AroundKernel {
public:
    Masking(KernelPtr kernel, const ConvolutionSizes& s)
        : AroundKernel(std::move(kernel), 0), elements_(s.batch * s.in[0] * s.in[1] * s.in[2] * s.in_channels) {}

private:
    void around(const KernelArguments& a, std::byte*, bool prepared) const override {
        KernelArguments inside = a;
        inside.inputs = a.inputs.first(a.inputs.size() - 1);
        run_inner(inside, prepared);
        const auto* const mask = a.in<T>(a.inputs.size() - 1);
        auto* const dx = a.out<T>(0);
        const UnaryFunction relu{ops::UnaryKind::relu, std::numeric_limits<float>::infinity(), 0, 0};
        if constexpr (std::is_same_v<T, BFloat16>) {
            by_pieces<2>(elements_, {dx, mask}, dx, [&](std::int64_t count, const auto& from, float* to) {
                unary_gradient(relu, count, from[0], from[1], to);
            });
        } else {
            parallel_for(elements_, grain, [&](std::int64_t begin, std::int64_t end) {
                unary_gradient(relu, end - begin, dx + begin, mask + begin, dx + begin);
            });
        }
    }

    std::int64_t elements_;
};

// The gradient of the result is the kernel's input `upstream`.
KernelPtr with_unpooling(KernelPtr kernel, std::size_t upstream, const ConvolutionSizes& sizes) {
    if (kernel == nullptr) return nullptr;
    if (sizes.storage == Storage::float32) {
        return std::make_unique<Unpooling<float>>(std::move(kernel), upstream, sizes);
    }
    return std::make_unique<Unpooling<BFloat16>>(std::move(kernel), upstream, sizes);
}

}  // namespace

KernelPtr with_fusion(KernelPtr kernel, const ConvolutionSizes& sizes, bool unpools) {
    return unpools ? with_unpooling(std::move(kernel), 1, sizes) : std::move(kernel);
}

KernelPtr with_fusion(KernelPtr kernel, const ConvolutionSizes& sizes, const ops::GradientFusion& fusion) {
    if (kernel != nullptr && fusion.unpools) kernel = with_unpooling(std::move(kernel), 0, sizes);
    if (kernel != nullptr && fusion.adds_line) kernel = std::make_unique<AddingLine>(std::move(kernel), sizes);
    if (kernel == nullptr || !fusion.masks) return kernel;
    if (sizes.storage == Storage::float32) return std::make_unique<Masking<float>>(std::move(kernel), sizes);
    return std::make_unique<Masking<BFloat16>>(std::move(kernel), sizes);
}

}  // namespace markhor::cpu
