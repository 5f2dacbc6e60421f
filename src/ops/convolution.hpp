// Convolution (cross-correlation, as in every network library) over one to three spatial axes, and its two gradients.
// Images (batch, spatial…, channels); kernels (spatial…, in_channels / groups, out_channels).
#pragma once

#include "ops/elementwise.hpp"
#include "ops/window.hpp"

namespace markhor::ops {

/// What is applied to the result while it is still in registers or cache. Set by the fusing passes, never by a layer.
enum class Epilogue { none, relu, relu6, silu, hard_silu, sigmoid };

/// " relu", as attributes() print it; nothing for none.
std::string describe(Epilogue epilogue);
/// The function of one element that it is; null for none.
std::shared_ptr<const Unary> function_of(Epilogue epilogue);

/// What follows a convolution in the same op, in this order.
struct ConvolutionTail {
    bool adds = false;  ///< the last input, of the result's shape
    Epilogue epilogue = Epilogue::none;
    bool pools = false;   ///< max pooling by 2x2 windows, stride 2, of what fills them; two spatial axes only
    bool places = false;  ///< with pools: a second output as max_pool's, the place of each maximum in its window
    friend bool operator==(const ConvolutionTail&, const ConvolutionTail&) = default;
};

/// The window of a ConvolutionTail's pooling.
Window two_by_two();
/// 3x3 taps of neighbouring pixels around each pixel, over two axes; padding as it may be.
bool is_three_by_three(const Window& window);

/// y = pool(epilogue(conv(x, w) [+ b] [+ r])). Inputs x, w[, b][, r]; outputs y[, places]. It has a gradient where it
/// neither adds nor pools and the epilogue is none or relu: the other fusions are made after differentiation.
class Convolution final : public Op {
public:
    Convolution(Window window, std::int64_t groups, bool has_bias, Epilogue epilogue = Epilogue::none)
        : Convolution(window, groups, has_bias, ConvolutionTail{.epilogue = epilogue}) {}
    Convolution(Window window, std::int64_t groups, bool has_bias, ConvolutionTail tail)
        : window(window), groups(groups), has_bias(has_bias), tail(tail) {}
    std::string_view name() const override { return "convolution"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;
    /// What is added, where the result has its size.
    int in_place_input(int /*output*/) const override { return tail.adds && !tail.pools ? (has_bias ? 3 : 2) : -1; }

    const Window window;
    const std::int64_t groups;
    const bool has_bias;
    const ConvolutionTail tail;
};

/// What a gradient of a convolution does besides. Set by the fusing passes, never by a layer.
struct GradientFusion {
    bool unpools = false;  ///< dy is that of the result's 2x2 maxima; the places of the maxima are one more input
    /// dx has factor[c] x + shift[c] added, as batch normalization's gradient has; x, of dx's shape, factor and shift
    /// are three more inputs.
    bool adds_line = false;
    bool masks = false;  ///< dx is 0 where the last input, of its shape, is not above 0: a relu's result
    friend bool operator==(const GradientFusion&, const GradientFusion&) = default;
};

/// dx from (dy, w[, places][, x, factor, shift][, mask]), for an input of `input_shape`. Also the forward pass of a
/// transposed convolution, so it has a gradient itself, where nothing is fused to it.
class ConvolutionInputGradient final : public Op {
public:
    ConvolutionInputGradient(Window window, std::int64_t groups, Shape input_shape, GradientFusion fusion = {})
        : window(window), groups(groups), input_shape(std::move(input_shape)), fusion(fusion) {}
    std::string_view name() const override { return "convolution_input_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Window window;
    const std::int64_t groups;
    const Shape input_shape;
    const GradientFusion fusion;
};

/// (dw[, db]) from (x, dy[, places]), for a kernel of `kernel_shape`; db, of shape (out_channels,), only with has_bias.
class ConvolutionWeightGradient final : public Op {
public:
    ConvolutionWeightGradient(Window window, std::int64_t groups, bool has_bias, Shape kernel_shape,
                              bool unpools = false)
        : window(window), groups(groups), has_bias(has_bias), kernel_shape(std::move(kernel_shape)), unpools(unpools) {}
    std::string_view name() const override { return "convolution_weight_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Window window;
    const std::int64_t groups;
    const bool has_bias;
    const Shape kernel_shape;
    const bool unpools;  ///< as GradientFusion has it
};

/// bias may be an invalid Value.
Value convolution(Builder& builder, Value x, Value kernel, Value bias, const Window& window, std::int64_t groups = 1);

}  // namespace markhor::ops
