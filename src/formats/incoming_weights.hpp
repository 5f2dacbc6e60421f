// Values on their way from a file into weights.
#pragma once

#include <markhor/model.hpp>
#include <markhor/variable.hpp>
#include <string>
#include <utility>
#include <vector>

#include "formats/hdf5/dataset.hpp"

namespace markhor::formats {

/// Of weights that do not fit: a warning where the options let them be skipped, else a FileError.
void skip_or_throw(const LoadWeightsOptions& options, const std::string& mismatch);

class IncomingWeights {
public:
    enum class Into {
        copies,  ///< the weights change in commit(), all or none
        place,   ///< straight into weights that nobody sees if reading fails: those of a model that is being loaded
    };
    explicit IncomingWeights(Into into) : into_(into) {}

    /// What an error says of data that do not fit the weight; empty where they do.
    static std::string misfit(const h5::Dataset& data, const VariablePtr& weight);
    /// Throws FileError where the shapes differ or the data are damaged.
    void read(const h5::Dataset& data, const VariablePtr& weight);
    /// Into the weights' own memory: planned graphs hold its address.
    void commit();

private:
    Into into_;
    std::vector<std::pair<VariablePtr, Tensor>> copies_;
};

}  // namespace markhor::formats
