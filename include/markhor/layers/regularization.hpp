// Dropout.
#pragma once

#include <cstdint>
#include <markhor/layer.hpp>
#include <markhor/options.hpp>
#include <optional>
#include <string>

namespace markhor::layers {

struct DropoutOptions {
    Ints noise_shape = {};  ///< for each axis its size, None for the same, or 1 where a draw is shared; None: the input's shape
    std::optional<std::int64_t> seed = std::nullopt;  ///< None: from the session's seed
    std::string name = {};
};

/// In training, sets elements to 0 with probability `rate` and multiplies the others by 1 / (1 - rate); otherwise the identity.
/// Throws ValueError for a rate outside [0, 1]. Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html
class Dropout : public Layer {
public:
    explicit Dropout(double rate, const DropoutOptions& options = {});
};

}  // namespace markhor::layers
