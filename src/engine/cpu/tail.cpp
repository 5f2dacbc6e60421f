#include "engine/cpu/tail.hpp"

#include "engine/cpu/simd/pooling.hpp"

namespace markhor::cpu {
namespace {

// Prepares as the kernel inside does. An unpooled result lies in scratch, behind that kernel's own.
class TailKernel final : public graph::Kernel {
public:
    TailKernel(KernelPtr kernel, const Shape& result, ops::Epilogue epilogue, bool pools)
        : kernel_(std::move(kernel)),
          elements_(result.elements()),
          epilogue_(epilogue),
          pools_(pools),
          pooling_(ops::Window{.rank = 2, .size = {1, 2, 2}, .stride = {1, 2, 2}},
                   pools ? result : Shape{1, 2, 2, result.back()}) {}

    std::size_t scratch_bytes() const override { return rounded(kernel_->scratch_bytes()) + unpooled_bytes(); }
    std::size_t scratch_bytes_prepared() const override {
        return rounded(kernel_->scratch_bytes_prepared()) + unpooled_bytes();
    }
    std::size_t prepared_bytes() const override { return kernel_->prepared_bytes(); }
    bool prepares(std::size_t input) const override { return kernel_->prepares(input); }
    void prepare(const KernelArguments& a) const override { kernel_->prepare(a); }
    std::string_view algorithm() const override { return kernel_->algorithm(); }

    void run(const KernelArguments& a) const override {
        run_inside(a, rounded(kernel_->scratch_bytes()), [&](const KernelArguments& inside) { kernel_->run(inside); });
    }
    void run_prepared(const KernelArguments& a) const override {
        run_inside(a, rounded(kernel_->scratch_bytes_prepared()),
                   [&](const KernelArguments& inside) { kernel_->run_prepared(inside); });
    }

private:
    static std::size_t rounded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }
    std::size_t unpooled_bytes() const { return pools_ ? static_cast<std::size_t>(elements_) * sizeof(float) : 0; }

    template <class Run>
    void run_inside(const KernelArguments& a, std::size_t own_scratch, const Run& run) const {
        if (a.outputs[0] == nullptr) return;
        std::array<void*, 1> outputs{pools_ ? static_cast<void*>(a.scratch + own_scratch) : a.outputs[0]};
        KernelArguments inside = a;
        inside.outputs = outputs;
        run(inside);
        auto* const values = static_cast<float*>(outputs[0]);
        if (!is_clamp(epilogue_)) {
            parallel_for(elements_, grain, [&](std::int64_t begin, std::int64_t end) {
                unary(sweep_of(epilogue_), end - begin, values + begin, values + begin);
            });
        }
        if (pools_) {
            parallel_for(pooling_.rows(), 1, [&](std::int64_t first, std::int64_t last) {
                max_pool(pooling_, first, last, values, a.out<float>(0), nullptr);
            });
        }
    }

    KernelPtr kernel_;
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
