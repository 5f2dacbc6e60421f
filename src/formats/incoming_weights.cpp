#include "formats/incoming_weights.hpp"

#include <cstring>
#include <iostream>
#include <markhor/error.hpp>

#include "core/text.hpp"

namespace markhor::formats {

void skip_or_throw(const LoadWeightsOptions& options, const std::string& mismatch) {
    if (!options.skip_mismatch) throw FileError(mismatch);
    const std::string warning = mismatch + "; skipped";
    if (options.on_warning) {
        options.on_warning(warning);
    } else {
        std::cerr << text::printable(warning) << '\n';
    }
}

std::string IncomingWeights::misfit(const h5::Dataset& data, const VariablePtr& weight) {
    if (data.shape() == weight->value.shape()) return {};
    return data.where() + ": its shape is " + data.shape().str() + "; the weight " + weight->path + " has " +
           weight->value.shape().str();
}

void IncomingWeights::read(const h5::Dataset& data, const VariablePtr& weight) {
    if (const std::string error = misfit(data, weight); !error.empty()) throw FileError(error);
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
