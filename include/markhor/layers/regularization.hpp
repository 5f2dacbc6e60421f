// Layers that act in training alone (dropout and noise), and a penalty on activities.
#pragma once

#include <cstdint>
#include <markhor/layer.hpp>
#include <markhor/options.hpp>
#include <optional>
#include <string>

namespace markhor::layers {

struct DropoutOptions {
    Ints noise_shape =
        {};  ///< for each axis its size, None for the same, or 1 where a draw is shared; None: the input's shape
    std::optional<std::int64_t> seed = std::nullopt;  ///< None: from the session's seed
    std::string name = {};
};

/// In training, sets elements to 0 with probability `rate` and multiplies the others by 1 / (1 - rate); otherwise the
/// identity. Throws ValueError for a rate outside [0, 1]. Srivastava et al., 2014,
/// https://jmlr.org/papers/v15/srivastava14a.html
class Dropout : public Layer {
public:
    explicit Dropout(double rate, const DropoutOptions& options = {});
};

struct SpatialDropoutOptions {
    std::optional<std::int64_t> seed = std::nullopt;
    std::string data_format = "channels_last";  ///< SpatialDropout1D has channels_last alone
    std::string name = {};
};

/// Dropout of whole channels of (batch, spatial…, channels). Tompson et al., 2014, https://arxiv.org/abs/1411.4280
template <int Rank>
class SpatialDropout : public Layer {
public:
    explicit SpatialDropout(double rate, const SpatialDropoutOptions& options = {});
};
using SpatialDropout1D = SpatialDropout<1>;
using SpatialDropout2D = SpatialDropout<2>;
using SpatialDropout3D = SpatialDropout<3>;

struct NoiseOptions {
    std::optional<std::int64_t> seed = std::nullopt;
    std::string name = {};
};

/// In training, multiplies by normal numbers of mean 1 and deviation sqrt(rate / (1 - rate)). Throws ValueError for a
/// rate outside [0, 1).
class GaussianDropout : public Layer {
public:
    explicit GaussianDropout(double rate, const NoiseOptions& options = {});
};

/// In training, adds normal numbers of mean 0. Throws ValueError for a deviation outside [0, 1].
class GaussianNoise : public Layer {
public:
    explicit GaussianNoise(double stddev, const NoiseOptions& options = {});
};

/// In training, sets elements to selu's lower limit with probability `rate` and transforms all so that mean and
/// variance are kept. Throws ValueError for a rate outside [0, 1). Klambauer et al., 2017,
/// https://arxiv.org/abs/1706.02515
class AlphaDropout : public Layer {
public:
    explicit AlphaDropout(double rate, const DropoutOptions& options = {});
};

struct ActivityRegularizationOptions {
    double l1 = 0.0;
    double l2 = 0.0;
    std::string name = {};
};

/// The identity; l1 sum |x| + l2 sum x², over the batch size, is added to the loss. Throws ValueError for a negative
/// factor.
class ActivityRegularization : public Layer {
public:
    explicit ActivityRegularization(const ActivityRegularizationOptions& options = {});
};

}  // namespace markhor::layers
