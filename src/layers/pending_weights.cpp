#include "layers/pending_weights.hpp"

#include <markhor/error.hpp>

namespace markhor {
namespace {

PendingWeights*& innermost() {
    thread_local PendingWeights* the_innermost = nullptr;
    return the_innermost;
}

}  // namespace

PendingWeights::PendingWeights(std::size_t most_bytes) : most_(most_bytes), left_(most_bytes), outer_(innermost()) {
    innermost() = this;
}

PendingWeights::~PendingWeights() { innermost() = outer_; }

PendingWeights* PendingWeights::current() noexcept { return innermost(); }

Tensor PendingWeights::allocate(const Shape& shape, DType dtype) {
    const auto elements = static_cast<std::size_t>(shape.elements());
    if (elements > left_ / size_of(dtype)) {
        throw ValueError("the shape " + shape.str() + " makes the model's weights larger than " +
                         std::to_string(most_) + " bytes, the most that its file can hold or that memory_limit allows");
    }
    left_ -= elements * size_of(dtype);
    return {shape, dtype};
}

}  // namespace markhor
