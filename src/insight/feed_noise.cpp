#include "insight/feed_noise.hpp"

namespace markhor::insight {
namespace {

Tensor noise(const ops::TensorSpec& spec) {
    Tensor tensor(spec.shape, DType::float32);
    std::uint32_t state = 1;
    for (float& value : tensor.data<float>()) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(state >> 8U) / 16777216.0F;
    }
    return tensor.cast(spec.dtype);
}

}  // namespace

void feed_noise(graph::Execution& execution) {
    for (const graph::Node& node : execution.executable().graph().nodes()) {
        if (const auto* input = ops::as<graph::Placeholder>(*node.op)) execution.feed(input->label, noise(input->spec));
    }
}

}  // namespace markhor::insight
