// Convolution and its gradients: which way each is computed.
#include "ops/convolution.hpp"

#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/few_channels.hpp"
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
    const bool relu = op.epilogue == ops::Epilogue::relu;
    if (has_few_channels(sizes)) return few_channels_convolution(sizes, op.has_bias, relu);
    return prefers_winograd(sizes) ? winograd_convolution(sizes, op.has_bias, relu)
                                   : dnnl_convolution(sizes, op.has_bias, relu);
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
