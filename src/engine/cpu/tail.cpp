#include "engine/cpu/tail.hpp"

#include "engine/cpu/simd/pooling.hpp"

namespace markhor::cpu {
namespace {

// An unpooled result lies in scratch.
class TailKernel final : public AroundKernel {
public:
    TailKernel(KernelPtr kernel, const Shape& result, ops::Epilogue epilogue, bool pools)
        : AroundKernel(std::move(kernel), pools ? static_cast<std::size_t>(result.elements()) * sizeof(float) : 0),
          elements_(result.elements()),
          epilogue_(epilogue),
          pools_(pools),
          pooling_(ops::two_by_two(), pools ? result : Shape{1, 2, 2, result.back()}) {}

private:
    void around(const KernelArguments& a, std::byte* own, bool prepared) const override {
        std::array<void*, 1> outputs{pools_ ? static_cast<void*>(own) : a.outputs[0]};
        KernelArguments inside = a;
        inside.outputs = outputs;
        run_inner(inside, prepared);
        auto* const values = static_cast<float*>(outputs[0]);
        if (!is_clamp(epilogue_)) {
            parallel_for(elements_, grain, [&](std::int64_t begin, std::int64_t end) {
                unary(sweep_of(epilogue_), end - begin, values + begin, values + begin);
            });
        }
        if (pools_) {
            auto* const places = a.outputs.size() > 1 ? a.out<std::uint8_t>(1) : nullptr;
            parallel_for(pooling_.rows(), 1, [&](std::int64_t first, std::int64_t last) {
                max_pool(pooling_, first, last, values, a.out<float>(0), places);
            });
        }
    }

    std::int64_t elements_;
    ops::Epilogue epilogue_;
    bool pools_;
    PoolingSizes pooling_;
};

}  // namespace

bool is_clamp(ops::Epilogue epilogue) {
    return epilogue == ops::Epilogue::none || epilogue == ops::Epilogue::relu || epilogue == ops::Epilogue::relu6;
}

Clamp clamp_of(ops::Epilogue epilogue) {
    Clamp clamp;
    if (epilogue == ops::Epilogue::relu || epilogue == ops::Epilogue::relu6) clamp.low = 0;
    if (epilogue == ops::Epilogue::relu6) clamp.high = 6;
    return clamp;
}

UnaryFunction sweep_of(ops::Epilogue epilogue) {
    const auto function = ops::function_of(epilogue);
    return {function->kind, static_cast<float>(function->a), static_cast<float>(function->b),
            static_cast<float>(function->c)};
}

KernelPtr with_tail(KernelPtr kernel, const Shape& result, ops::Epilogue epilogue, bool pools) {
    if (kernel == nullptr || (is_clamp(epilogue) && !pools)) return kernel;
    return std::make_unique<TailKernel>(std::move(kernel), result, epilogue, pools);
}

}  // namespace markhor::cpu
