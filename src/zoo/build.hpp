// What the networks' files share: the start and the end that keras.applications gives each network, and rounding of
// widths.
#pragma once

#include <cstdint>
#include <markhor/applications.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layers.hpp>
#include <markhor/layers/operators.hpp>
#include <memory>
#include <string>

namespace markhor {
class PendingWeights;  // src/layers/pending_weights.hpp
}

namespace markhor::applications {

/// A network between its checked options and its Model.
class Build {
public:
    /// Any of the option structs. `size`: of the default input, None where the network takes any; `least`: the smallest
    /// side that the network's strides leave a map of.
    template <class AnyOptions>
    Build(const std::string& keras_name, const AnyOptions& options, std::int64_t size, std::int64_t least)
        : Build(keras_name,
                Options{.include_top = options.include_top,
                        .weights = options.weights,
                        .input_shape = options.input_shape,
                        .pooling = options.pooling,
                        .classes = options.classes,
                        .classifier_activation = options.classifier_activation,
                        .name = options.name},
                size, least) {}
    Build(const std::string& keras_name, const Options& options, std::int64_t size, std::int64_t least);
    ~Build();
    Build(const Build&) = delete;
    Build& operator=(const Build&) = delete;

    const Options& options() const noexcept { return options_; }
    const SymbolicTensor& input() const noexcept { return input_; }
    const std::string& name() const noexcept { return options_.name; }

    /// Where the network ends: with top, global average pooling, dropout where `dropout` is above 0, and the
    /// classifier; without, pooled(). An empty name asks for an automatic one.
    struct TopNames {
        std::string avg = {};
        std::string max = {};
        double dropout = 0;
        Initializer kernel_initializer = "glorot_uniform";
    };
    Model finish(const SymbolicTensor& map, const TopNames& names) const;
    Model finish(const SymbolicTensor& map) const { return finish(map, TopNames{}); }
    /// The map, or its global pooling as the options ask.
    SymbolicTensor pooled(const SymbolicTensor& map, const std::string& avg_name = {},
                          const std::string& max_name = {}) const;
    /// The model from the input to here, with the weights of the options' file.
    Model model(const SymbolicTensor& output) const;

private:
    Options options_;
    std::unique_ptr<PendingWeights> pending_;  // set where a file gives all weights
    SymbolicTensor input_;
};

inline std::int64_t channels(const SymbolicTensor& map) { return map.shape().back(); }

SymbolicTensor relu(const SymbolicTensor& x, const std::string& name = {});
SymbolicTensor relu6(const SymbolicTensor& x, const std::string& name);
SymbolicTensor swish(const SymbolicTensor& x, const std::string& name);

/// The padding of a stride-2 convolution that makes it see the map as "same" at stride 1 would, at every other place:
/// flat, for ZeroPadding2D. An axis that is None counts as even.
Ints correct_pad(const SymbolicTensor& map, std::int64_t kernel_size);

/// `value` rounded to a multiple of `divisor`, at least that, and, unless `may_shrink`, never by more than 10 % down.
std::int64_t round_to(double value, std::int64_t divisor, bool may_shrink = false);

/// filters times alpha, cut to an integer.
inline std::int64_t times(std::int64_t filters, double alpha) {
    return static_cast<std::int64_t>(static_cast<double>(filters) * alpha);
}

/// Throws ValueError for an alpha that is no width.
void check_alpha(const std::string& network, double alpha);
/// "mobilenet_1.00_224". Throws ValueError for an alpha that is no width.
std::string name_with_width(const std::string& family, double alpha, std::int64_t size);
template <class AnyOptions>
std::string name_with_width(const std::string& family, const AnyOptions& options) {
    const std::int64_t size = options.include_top ? 224 : None;
    return name_with_width(family, options.alpha, options.input_shape.rank() == 0 ? size : options.input_shape[0]);
}

/// He et al.'s initial values (2015), by the outputs: those that the EfficientNets start convolutions and classifiers
/// with.
Initializer efficientnet_convolution();
Initializer efficientnet_dense();

}  // namespace markhor::applications
