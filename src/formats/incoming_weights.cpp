#include "formats/incoming_weights.hpp"

#include <cstring>
#include <markhor/error.hpp>

namespace markhor::formats {

void IncomingWeights::read(const h5::Dataset& data, const VariablePtr& weight) {
    if (data.shape() != weight->value.shape()) {
        throw FileError(data.where() + ": its shape is " + data.shape().str() + "; the weight " + weight->path +
                        " has " + weight->value.shape().str());
    }
    if (into_ == Into::place) return data.read(weight->value);
    Tensor copy(weight->value.shape(), weight->value.dtype());
    data.read(copy);
    copies_.emplace_back(weight, std::move(copy));
}

void IncomingWeights::commit() {
    for (auto& [weight, value] : copies_) {
        if (value.bytes() > 0) std::memcpy(weight->value.raw(), value.raw(), value.bytes());
    }
    copies_.clear();
}

}  // namespace markhor::formats
