// Convolution and its gradients: which way each is computed.
#include "ops/convolution.hpp"

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/depthwise.hpp"
#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/few_channels.hpp"
#include "engine/cpu/gradient_fusion.hpp"
#include "engine/cpu/pointwise.hpp"
#include "engine/cpu/simd/pooling.hpp"
#include "engine/cpu/tail.hpp"
#include "engine/cpu/tile_convolution.hpp"
#include "engine/cpu/tile_matmul.hpp"
#include "engine/cpu/winograd.hpp"

namespace markhor::cpu {
namespace {

bool have_elements(Specs specs) {
    return std::ranges::all_of(specs, [](const ops::TensorSpec& spec) { return spec.shape.elements() > 0; });
}

bool runs_here(Specs inputs, Specs outputs) {
    return all_float32(inputs) && have_elements(inputs) && have_elements(outputs);
}

KernelPtr make_forward(const ops::Convolution& op, Specs inputs, Specs outputs) {
    if (!runs_here(inputs, outputs.first(1))) return nullptr;
    const ConvolutionSizes sizes(op.window, op.groups, inputs[0].shape, inputs[1].shape.back());
    if (!op.tail.adds) {
        const Shape result = op.window.output(inputs[0].shape, sizes.out_channels);
        if (has_few_channels(sizes)) {
            return with_tail(few_channels_convolution(sizes, op.has_bias, op.tail.epilogue), result,
                             ops::Epilogue::none, op.tail.pools);
        }
        if (is_depthwise(sizes)) {
            return with_tail(depthwise_convolution(sizes, op.has_bias, op.tail.epilogue), result, ops::Epilogue::none,
                             op.tail.pools);
        }
    }
    if (is_pointwise(sizes) && !op.tail.pools) return pointwise_convolution(sizes, op.has_bias, op.tail);
    return prefers_winograd(sizes) ? winograd_convolution(sizes, op.has_bias, op.tail)
                                   : dnnl_convolution(sizes, op.has_bias, op.tail);
}

KernelPtr make_input_gradient(const ops::ConvolutionInputGradient& op, Specs inputs, Specs outputs) {
    if (!runs_here(inputs.first(2), outputs)) return nullptr;
    const ConvolutionSizes sizes(op.window, op.groups, op.input_shape, inputs[1].shape.back());
    if (KernelPtr kernel = few_channels_input_gradient(sizes)) {
        return with_fusion(std::move(kernel), sizes, op.fusion);
    }
    if (prefers_winograd_input_gradient(sizes)) return winograd_input_gradient(sizes, op.fusion);
    return with_fusion(dnnl_convolution_input_gradient(sizes), sizes, op.fusion);
}

KernelPtr make_weight_gradient(const ops::ConvolutionWeightGradient& op, Specs inputs, Specs outputs) {
    if (!runs_here(inputs.first(2), outputs)) return nullptr;
    const ConvolutionSizes sizes(op.window, op.groups, inputs[0].shape, op.kernel_shape.back());
    if (has_few_channels(sizes)) {
        if (KernelPtr kernel = few_channels_weight_gradient(sizes, op.has_bias)) {
            return with_fusion(std::move(kernel), sizes, op.unpools);
        }
    }
    if (prefers_winograd_weight_gradient(sizes)) {
        return winograd_convolution_weight_gradient(sizes, op.has_bias, op.unpools);
    }
    return with_fusion(dnnl_convolution_weight_gradient(sizes, op.has_bias), sizes, op.unpools);
}

// A few images at a time go through a convolution and are pooled, so that the unpooled maps stay in cache.
class PooledConvolution final : public AroundKernel {
public:
    // `convolution` computes `together` images, a divisor of the batch.
    PooledConvolution(KernelPtr convolution, const ConvolutionSizes& sizes, std::int64_t together, const Shape& result)
        : AroundKernel(std::move(convolution),
                       static_cast<std::size_t>(together * result[1] * result[2] * result[3]) * sizeof(BFloat16)),
          calls_(sizes.batch / together),
          input_step_(sizes.in[0] * sizes.in[1] * sizes.in[2] * sizes.in_channels * together),
          pooling_(ops::two_by_two(), {together, result[1], result[2], result[3]}) {}

private:
    void around(const KernelArguments& a, std::byte* own, bool prepared) const override {
        auto* const unpooled = reinterpret_cast<BFloat16*>(own);
        const std::int64_t output_step = pooling_.rows() * pooling_.out[2] * pooling_.channels;
        std::array<const void*, 3> inputs{};  // image, kernel, bias
        std::ranges::copy(a.inputs, inputs.begin());
        std::array<void*, 1> outputs{unpooled};
        KernelArguments now = a;
        now.inputs = std::span(inputs).first(a.inputs.size());
        now.outputs = outputs;
        for (std::int64_t call = 0; call < calls_; ++call) {
            inputs[0] = a.in<BFloat16>(0) + call * input_step_;
            run_inner(now, prepared);
            auto* const pooled = a.out<BFloat16>(0) + call * output_step;
            auto* const all_places = a.outputs.size() > 1 ? a.out<std::uint8_t>(1) : nullptr;
            auto* const places = all_places != nullptr ? all_places + call * output_step : nullptr;
            parallel_for(pooling_.rows(), 1, [&](std::int64_t first, std::int64_t last) {
                max_pool(pooling_, first, last, unpooled, pooled, places);
            });
        }
    }

    std::int64_t calls_, input_step_;
    PoolingSizes pooling_;
};

// The most images, of those that divide the batch evenly, whose maps fit a core's second-level cache; at least one.
std::int64_t images_in_cache(std::int64_t batch, std::int64_t bytes_an_image) {
    constexpr std::int64_t cache = 2 << 20;
    std::int64_t together = std::clamp<std::int64_t>(cache / std::max<std::int64_t>(bytes_an_image, 1), 1, batch);
    while (batch % together != 0) --together;
    return together;
}

KernelPtr make_forward_in_bfloat16(const ops::Convolution& op, Specs inputs, Specs outputs) {
    if (!has_bfloat16_products() || !all_bfloat16(inputs.first(2)) || !is_bfloat16(outputs[0])) return nullptr;
    const std::size_t added = op.has_bias ? 3 : 2;
    if (!all_float32(inputs.subspan(2, added - 2)) || !all_bfloat16(inputs.subspan(added))) return nullptr;
    if (!have_elements(inputs) || !have_elements(outputs)) return nullptr;
    ConvolutionSizes sizes(op.window, op.groups, inputs[0].shape, inputs[1].shape.back());
    sizes.storage = Storage::bfloat16;
    if (KernelPtr kernel = tile_convolution(sizes, op.has_bias, op.tail)) return kernel;
    if (KernelPtr kernel = tile_pointwise(sizes, op.has_bias, op.tail)) return kernel;
    if (!op.tail.pools) return dnnl_convolution(sizes, op.has_bias, op.tail);
    if (op.tail.adds) return nullptr;
    const Shape result = op.window.output(inputs[0].shape, sizes.out_channels);
    ConvolutionSizes few = sizes;
    few.batch = images_in_cache(sizes.batch, result.elements() / sizes.batch * std::int64_t{sizeof(BFloat16)});
    KernelPtr convolution = dnnl_convolution(few, op.has_bias, ops::ConvolutionTail{.epilogue = op.tail.epilogue});
    if (convolution == nullptr) return nullptr;
    return std::make_unique<PooledConvolution>(std::move(convolution), sizes, few.batch, result);
}

KernelPtr make_input_gradient_in_bfloat16(const ops::ConvolutionInputGradient& op, Specs inputs, Specs outputs) {
    if (op.fusion.adds_line) return nullptr;  // made of float32 graphs alone
    if (!has_bfloat16_products() || !all_bfloat16(inputs.first(2)) || !all_bfloat16(outputs)) return nullptr;
    if (op.fusion.masks && !is_bfloat16(inputs.back())) return nullptr;
    if (!have_elements(inputs) || !have_elements(outputs)) return nullptr;
    ConvolutionSizes sizes(op.window, op.groups, op.input_shape, inputs[1].shape.back());
    sizes.storage = Storage::bfloat16;
    if (KernelPtr kernel = tile_input_gradient(sizes, op.fusion)) return kernel;
    return with_fusion(dnnl_convolution_input_gradient(sizes), sizes, op.fusion);
}

KernelPtr make_weight_gradient_in_bfloat16(const ops::ConvolutionWeightGradient& op, Specs inputs, Specs outputs) {
    if (!has_bfloat16_products() || !all_bfloat16(inputs.first(2)) || !all_float32(outputs)) return nullptr;
    if (!have_elements(inputs) || !have_elements(outputs)) return nullptr;
    ConvolutionSizes sizes(op.window, op.groups, inputs[0].shape, op.kernel_shape.back());
    sizes.storage = Storage::bfloat16;
    if (KernelPtr kernel = tile_weight_gradient(sizes, op.has_bias, op.unpools)) return kernel;
    return with_fusion(dnnl_convolution_weight_gradient(sizes, op.has_bias), sizes, op.unpools);
}

}  // namespace

void add_convolution(graph::KernelTable& table, graph::KernelTable& in_bfloat16) {
    table.add<ops::Convolution>(make_forward);
    table.add<ops::ConvolutionInputGradient>(make_input_gradient);
    table.add<ops::ConvolutionWeightGradient>(make_weight_gradient);
    in_bfloat16.add<ops::Convolution>(make_forward_in_bfloat16);
    in_bfloat16.add<ops::ConvolutionInputGradient>(make_input_gradient_in_bfloat16);
    in_bfloat16.add<ops::ConvolutionWeightGradient>(make_weight_gradient_in_bfloat16);
}

}  // namespace markhor::cpu
