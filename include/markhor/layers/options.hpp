// The keyword arguments that every layer takes.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <string>

namespace markhor::layers {

struct LayerOptions {
    std::string name = {};  ///< empty: Keras's automatic name
};

}  // namespace markhor::layers
