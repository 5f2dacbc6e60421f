// Single kernels beside the machine's ceilings: multiply-adds, memory, and each way that a convolution can be computed.
//
//   kernels_benchmark --benchmark_filter=convolution
//
// Counters: FLOP/s counts a multiply-add as two and Winograd as the direct sum it stands for; bytes/s each input read
// and each output written once.
#include <benchmark/benchmark.h>

#include <functional>
#include <vector>

#include "engine/cpu/ceiling.hpp"
#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/winograd.hpp"
#include "engine/engines.hpp"

namespace markhor {
namespace {

using benchmark::Counter;
using benchmark::State;

Tensor noise(const Shape& shape) {
    Tensor tensor(shape, DType::float32);
    std::uint32_t state = 1;
    for (float& value : tensor.data<float>()) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(state >> 8U) / 8388608.0F - 1.0F;
    }
    return tensor;
}

void machine_multiply_adds(State& state) {
    for (auto _ : state) state.counters["FLOP/s"] = cpu::measure_flops();
}
BENCHMARK(machine_multiply_adds)->UseRealTime()->Iterations(1);

void machine_copy(State& state) {
    for (auto _ : state) state.counters["bytes/s"] = cpu::measure_copy();
}
BENCHMARK(machine_copy)->UseRealTime()->Iterations(1);

// Arguments: batch, size of the image, input channels, output channels; a 3x3 window, valid.
struct Convolution {
    explicit Convolution(const State& state)
        : x_shape({state.range(0), state.range(1), state.range(1), state.range(2)}),
          w_shape({3, 3, state.range(2), state.range(3)}),
          window{.rank = 2, .size = {1, 3, 3}},
          sizes(window, 1, x_shape, state.range(3)) {}

    Shape y_shape() const { return window.output(x_shape, w_shape.back()); }
    double flops() const {
        return 2.0 * 9 * static_cast<double>(y_shape().elements()) * static_cast<double>(w_shape[2]);
    }

    Shape x_shape, w_shape;
    ops::Window window;
    cpu::ConvolutionSizes sizes;
};

void run(State& state, const graph::KernelPtr& kernel, const std::vector<Tensor>& inputs, std::vector<Tensor> outputs,
         double flops) {
    if (kernel == nullptr) {
        state.SkipWithError("no kernel");
        return;
    }
    std::vector<const void*> in;
    in.reserve(inputs.size());
    for (const Tensor& input : inputs) in.push_back(input.raw());
    std::vector<void*> out;
    out.reserve(outputs.size());
    for (Tensor& output : outputs) out.push_back(output.raw());
    Tensor scratch({static_cast<std::int64_t>(kernel->scratch_bytes())}, DType::uint8);
    const graph::KernelArguments arguments{in, out, static_cast<std::byte*>(scratch.raw())};
    kernel->run(arguments);
    for (auto _ : state) kernel->run(arguments);
    state.SetLabel(std::string(kernel->algorithm()));
    state.counters["FLOP/s"] = Counter(flops, Counter::kIsIterationInvariantRate);
}

void convolution(State& state, bool winograd) {
    const Convolution c(state);
    run(state,
        winograd ? cpu::winograd_convolution(c.sizes, true, {.epilogue = ops::Epilogue::relu})
                 : cpu::dnnl_convolution(c.sizes, true, {.epilogue = ops::Epilogue::relu}),
        {noise(c.x_shape), noise(c.w_shape), noise({c.w_shape.back()})}, {noise(c.y_shape())}, c.flops());
}
void convolution_input_gradient(State& state, bool winograd) {
    const Convolution c(state);
    run(state, winograd ? cpu::winograd_input_gradient(c.sizes, {}) : cpu::dnnl_convolution_input_gradient(c.sizes),
        {noise(c.y_shape()), noise(c.w_shape)}, {noise(c.x_shape)}, c.flops());
}
void convolution_weight_gradient(State& state, bool winograd) {
    const Convolution c(state);
    run(state,
        winograd ? cpu::winograd_convolution_weight_gradient(c.sizes, true, false)
                 : cpu::dnnl_convolution_weight_gradient(c.sizes, true),
        {noise(c.x_shape), noise(c.y_shape())}, {noise(c.w_shape), noise({c.w_shape.back()})}, c.flops());
}

void sizes(benchmark::internal::Benchmark* b) {
    b->UseRealTime();
    b->Args({4, 222, 32, 32})->Args({4, 110, 32, 64})->Args({4, 108, 64, 64});     // the article's network at 224x224
    b->Args({128, 26, 32, 32})->Args({128, 12, 32, 64})->Args({128, 10, 64, 64});  // and at 28x28
    b->Args({1, 58, 128, 128})->Args({1, 30, 256, 256})->Args({1, 16, 512, 512});  // VGG16, ResNet50
    b->Args({16, 58, 16, 16})->Args({32, 9, 128, 128});
}
BENCHMARK_CAPTURE(convolution, direct, false)->Apply(sizes);
BENCHMARK_CAPTURE(convolution, winograd, true)->Apply(sizes);
BENCHMARK_CAPTURE(convolution_input_gradient, direct, false)->Apply(sizes);
BENCHMARK_CAPTURE(convolution_input_gradient, winograd, true)->Apply(sizes);
BENCHMARK_CAPTURE(convolution_weight_gradient, direct, false)->Apply(sizes);
BENCHMARK_CAPTURE(convolution_weight_gradient, winograd, true)->Apply(sizes);

}  // namespace
}  // namespace markhor
