// Layers that move, repeat or surround elements without computing anything new.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <markhor/layer.hpp>
#include <markhor/layers/options.hpp>
#include <markhor/options.hpp>
#include <string>

namespace markhor::layers {

struct FlattenOptions {
    std::string data_format = "channels_last";  ///< "channels_first" moves the channels to the end first
    std::string name = {};
};
/// (batch, a, b, …) becomes (batch, a b …), and (batch,) becomes (batch, 1).
class Flatten : public Layer {
public:
    explicit Flatten(const FlattenOptions& options = {});
};

/// (batch, …) becomes (batch, target_shape…), where one entry may be -1: what is left over. Throws ValueError for other
/// negative entries; ShapeError, when called, where the counts of elements differ.
class Reshape : public Layer {
public:
    explicit Reshape(Ints target_shape, const LayerOptions& options = {});
    explicit Reshape(std::initializer_list<std::int64_t> target_shape, const LayerOptions& options = {})
        : Reshape(Ints(target_shape), options) {}
};

/// The axes of each example in another order: output axis i is input axis dims[i], counted from 1 (0 is the batch).
/// Throws ValueError for dims that are no permutation; ShapeError, when called, for an input of another rank.
class Permute : public Layer {
public:
    explicit Permute(Ints dims, const LayerOptions& options = {});
    explicit Permute(std::initializer_list<std::int64_t> dims, const LayerOptions& options = {})
        : Permute(Ints(dims), options) {}
};

/// (batch, features) becomes (batch, n, features), n times the same. Throws ValueError for an n below 1.
class RepeatVector : public Layer {
public:
    explicit RepeatVector(std::int64_t n, const LayerOptions& options = {});
};

struct CroppingOptions {
    std::string data_format = "channels_last";
    std::string name = {};
};
/// Takes elements off the spatial axes of (batch, spatial…, channels): counts as ZeroPadding's. Throws ShapeError, when
/// called, where nothing is left.
template <int Rank>
class Cropping : public Layer {
public:
    explicit Cropping(Ints cropping = 1, const CroppingOptions& options = {});
    explicit Cropping(std::initializer_list<std::int64_t> cropping, const CroppingOptions& options = {})
        : Cropping(Ints(cropping), options) {}
};
using Cropping1D = Cropping<1>;
using Cropping2D = Cropping<2>;
using Cropping3D = Cropping<3>;

struct ZeroPaddingOptions {
    std::string data_format = "channels_last";
    std::string name = {};
};
/// Zeros around the spatial axes of (batch, spatial…, channels): one number for all sides, one an axis, or a pair
/// (before, after) an axis, flat: Keras's ((top, bottom), (left, right)) is {top, bottom, left, right}. Throws
/// ValueError for another count or a negative number.
template <int Rank>
class ZeroPadding : public Layer {
public:
    explicit ZeroPadding(Ints padding = 1, const ZeroPaddingOptions& options = {});
    explicit ZeroPadding(std::initializer_list<std::int64_t> padding, const ZeroPaddingOptions& options = {})
        : ZeroPadding(Ints(padding), options) {}
};
using ZeroPadding1D = ZeroPadding<1>;
using ZeroPadding2D = ZeroPadding<2>;
using ZeroPadding3D = ZeroPadding<3>;

struct UpSamplingOptions {
    std::string data_format = "channels_last";
    std::string interpolation = "nearest";  ///< UpSampling2D: also what Resizing has
    std::string name = {};
};
/// Each place of the spatial axes repeated `size` times, or interpolated. Throws ValueError for a size below 1.
template <int Rank>
class UpSampling : public Layer {
public:
    explicit UpSampling(Ints size = 2, const UpSamplingOptions& options = {});
    explicit UpSampling(std::initializer_list<std::int64_t> size, const UpSamplingOptions& options = {})
        : UpSampling(Ints(size), options) {}
};
using UpSampling1D = UpSampling<1>;
using UpSampling2D = UpSampling<2>;
using UpSampling3D = UpSampling<3>;

}  // namespace markhor::layers
