// Convolution and its gradients: which way each is computed.
#include "ops/convolution.hpp"

#include "engine/cpu/depthwise.hpp"
#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/few_channels.hpp"
#include "engine/cpu/pointwise.hpp"
#include "engine/cpu/tail.hpp"
#include "engine/cpu/winograd.hpp"

namespace markhor::cpu {
namespace {

bool runs_here(Specs inputs, Specs outputs) {
    const auto has_elements = [](const ops::TensorSpec& spec) { return spec.shape.elements() > 0; };
    return all_float32(inputs) && std::ranges::all_of(inputs, has_elements) &&
           std::ranges::all_of(outputs, has_elements);
}

KernelPtr make_forward(const ops::Convolution& op, Specs inputs, Specs outputs) {
    if (!runs_here(inputs, outputs)) return nullptr;
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
    if (!runs_here(inputs, outputs)) return nullptr;
    const ConvolutionSizes sizes(op.window, op.groups, op.input_shape, inputs[1].shape.back());
    return prefers_winograd_input_gradient(sizes) ? winograd_input_gradient(sizes)
                                                  : dnnl_convolution_input_gradient(sizes);
}

KernelPtr make_weight_gradient(const ops::ConvolutionWeightGradient& op, Specs inputs, Specs outputs) {
    if (!runs_here(inputs, outputs)) return nullptr;
    const ConvolutionSizes sizes(op.window, op.groups, inputs[0].shape, op.kernel_shape.back());
    if (has_few_channels(sizes)) {
        if (KernelPtr kernel = few_channels_weight_gradient(sizes, op.has_bias)) return kernel;
    }
    return prefers_winograd_weight_gradient(sizes) ? winograd_convolution_weight_gradient(sizes, op.has_bias)
                                                   : dnnl_convolution_weight_gradient(sizes, op.has_bias);
}

}  // namespace

void add_convolution(graph::KernelTable& table) {
    table.add<ops::Convolution>(make_forward);
    table.add<ops::ConvolutionInputGradient>(make_input_gradient);
    table.add<ops::ConvolutionWeightGradient>(make_weight_gradient);
}

}  // namespace markhor::cpu
