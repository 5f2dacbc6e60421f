// Input(): a symbolic tensor to start a model with.
#include <markhor/model.hpp>

#include "layers/core.hpp"

namespace markhor {

SymbolicTensor Input(const Shape& shape, const InputOptions& options) {
    const auto layer = std::make_shared<layers::InputLayer>(shape.with_batch(options.batch_size), options.dtype);
    layer->finish_construction(options.name);
    return layer->apply({}).front();
}

}  // namespace markhor
