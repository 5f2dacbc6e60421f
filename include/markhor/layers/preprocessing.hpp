// Layers that prepare images, as the first of a network.
#pragma once

#include <markhor/layer.hpp>
#include <string>

namespace markhor::layers {

struct RescalingOptions {
    double offset = 0.0;
    std::string name = {};
};

/// x scale + offset. Throws ValueError for a number that is not finite.
class Rescaling : public Layer {
public:
    explicit Rescaling(double scale, const RescalingOptions& options = {});
};

}  // namespace markhor::layers
