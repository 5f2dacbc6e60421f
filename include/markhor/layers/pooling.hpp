// Pooling layers: over windows, and over the whole map, of one, two and three spatial axes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <markhor/layer.hpp>
#include <markhor/options.hpp>
#include <string>

namespace markhor::layers {

struct PoolingOptions {
    Ints strides = {};              ///< None: pool_size
    std::string padding = "valid";  ///< "valid", "same"
    std::string data_format = "channels_last";
    std::string name = {};
};

/// The maximum of each window of (batch, spatial…, channels). Output floor((n - pool_size) / stride) + 1 positions for
/// "valid", ceil(n / stride) for "same", whose padding never wins. Throws ValueError for sizes or strides below 1;
/// ShapeError, when called, for a map that the pool does not fit.
/// https://keras.io/api/layers/pooling_layers/max_pooling2d/
template <int Rank>
class MaxPooling : public Layer {
public:
    explicit MaxPooling(Ints pool_size = 2, const PoolingOptions& options = {});
    explicit MaxPooling(std::initializer_list<std::int64_t> pool_size, const PoolingOptions& options = {})
        : MaxPooling(Ints(pool_size), options) {}
};
using MaxPooling1D = MaxPooling<1>;
using MaxPooling2D = MaxPooling<2>;
using MaxPooling3D = MaxPooling<3>;

/// The mean of each window; padding does not count. Shapes and errors as MaxPooling's.
template <int Rank>
class AveragePooling : public Layer {
public:
    explicit AveragePooling(Ints pool_size = 2, const PoolingOptions& options = {});
    explicit AveragePooling(std::initializer_list<std::int64_t> pool_size, const PoolingOptions& options = {})
        : AveragePooling(Ints(pool_size), options) {}
};
using AveragePooling1D = AveragePooling<1>;
using AveragePooling2D = AveragePooling<2>;
using AveragePooling3D = AveragePooling<3>;

struct GlobalPoolingOptions {
    std::string data_format = "channels_last";
    bool keepdims = false;
    std::string name = {};
};

/// The mean of each channel: (batch, spatial…, channels) becomes (batch, channels), or (batch, 1…, channels) with
/// keepdims. Lin et al., "Network in network", 2013, https://arxiv.org/abs/1312.4400
template <int Rank>
class GlobalAveragePooling : public Layer {
public:
    explicit GlobalAveragePooling(const GlobalPoolingOptions& options = {});
};
using GlobalAveragePooling1D = GlobalAveragePooling<1>;
using GlobalAveragePooling2D = GlobalAveragePooling<2>;
using GlobalAveragePooling3D = GlobalAveragePooling<3>;

/// The maximum of each channel. Shapes as GlobalAveragePooling's.
template <int Rank>
class GlobalMaxPooling : public Layer {
public:
    explicit GlobalMaxPooling(const GlobalPoolingOptions& options = {});
};
using GlobalMaxPooling1D = GlobalMaxPooling<1>;
using GlobalMaxPooling2D = GlobalMaxPooling<2>;
using GlobalMaxPooling3D = GlobalMaxPooling<3>;

}  // namespace markhor::layers
