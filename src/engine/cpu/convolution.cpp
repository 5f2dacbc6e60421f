// Convolution and its gradients: which way each is computed.
#include "ops/convolution.hpp"

#include "engine/cpu/dnnl.hpp"

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
    return dnnl_convolution(sizes, op.has_bias, op.epilogue == ops::Epilogue::relu);
}

KernelPtr make_input_gradient(const ops::ConvolutionInputGradient& op, Specs inputs, Specs outputs) {
    if (!runs_here(inputs, outputs)) return nullptr;
    return dnnl_convolution_input_gradient({op.window, op.groups, op.input_shape, inputs[1].shape.back()});
}

KernelPtr make_weight_gradient(const ops::ConvolutionWeightGradient& op, Specs inputs, Specs outputs) {
    if (!runs_here(inputs, outputs)) return nullptr;
    return dnnl_convolution_weight_gradient({op.window, op.groups, inputs[0].shape, op.kernel_shape.back()},
                                            op.has_bias);
}

}  // namespace

void add_convolution(graph::KernelTable& table) {
    table.add<ops::Convolution>(make_forward);
    table.add<ops::ConvolutionInputGradient>(make_input_gradient);
    table.add<ops::ConvolutionWeightGradient>(make_weight_gradient);
}

}  // namespace markhor::cpu
