// How many elements there are, and in which shape.
#pragma once

#include <cstdint>
#include <vector>

#include "formats/hdf5/cursor.hpp"

namespace markhor::formats::h5 {

struct Dataspace {
    bool is_null = false;             ///< no elements and no shape
    std::vector<std::uint64_t> dims;  ///< outermost first; empty for a scalar
    std::vector<std::uint64_t> most;  ///< how far each may grow; all ones: without bound

    /// The number of elements; the largest number there is where the product is beyond it.
    std::uint64_t count() const noexcept;
};

/// From the body of a dataspace message. Throws FileError for a damaged one.
Dataspace read_dataspace(Cursor& bytes);

}  // namespace markhor::formats::h5
