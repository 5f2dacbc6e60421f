// Values on their way from a file into weights.
#pragma once

#include <markhor/variable.hpp>
#include <utility>
#include <vector>

#include "formats/hdf5/dataset.hpp"

namespace markhor::formats {

class IncomingWeights {
public:
    enum class Into {
        copies,  ///< the weights change in commit(), all or none
        place,   ///< straight into weights that nobody sees if reading fails: those of a model that is being loaded
    };
    explicit IncomingWeights(Into into) : into_(into) {}

    /// Throws FileError where the shapes differ or the data are damaged.
    void read(const h5::Dataset& data, const VariablePtr& weight);
    /// Into the weights' own memory: planned graphs hold its address.
    void commit();

private:
    Into into_;
    std::vector<std::pair<VariablePtr, Tensor>> copies_;
};

}  // namespace markhor::formats
