// The unit of the Inception networks: a convolution with what follows it, and a block of parallel branches of such.
#pragma once

#include "zoo/build.hpp"

namespace markhor::applications {

struct ConvolutionUnitOptions {
    Ints strides = 1;
    std::string padding = "same";
    std::string name = {};  ///< of the convolution; "_bn" and "_ac" follow it for the others
};
/// A convolution without bias, normalized (without gamma: the ReLU after it makes scale the next layer's), ReLU.
SymbolicTensor convolution_unit(const SymbolicTensor& x, std::int64_t filters, Ints kernel_size,
                                const ConvolutionUnitOptions& options = {});

/// The 3x3 mean around each place.
SymbolicTensor average3x3(const SymbolicTensor& x);

/// What both networks begin with: to 192 filters at an eighth of the size.
SymbolicTensor inception_stem(const SymbolicTensor& image);

}  // namespace markhor::applications
