// Input(): a symbolic tensor to start a model with.
#include <markhor/error.hpp>
#include <markhor/model.hpp>

#include "layers/core.hpp"

namespace markhor {

SymbolicTensor Input(const Shape& shape, const InputOptions& options) {
    // Where Xlib.h was included, None is its 0: a network of nothing, and no error would say so.
    for (const std::int64_t size : shape) {
        if (size == 0) {
            throw ValueError(
                "Input(): the shape is " + shape.str() +
                " with a size of 0; expected at least 1, or keras::none where it is not fixed (Xlib.h has a "
                "macro None, which is 0)");
        }
    }
    const auto layer = std::make_shared<layers::InputLayer>(shape.with_batch(options.batch_size), options.dtype);
    layer->finish_construction(options.name);
    return layer->apply({}).front();
}

}  // namespace markhor
