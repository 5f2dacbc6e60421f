// Elements of a file as those of a tensor: any integer and floating-point type of up to 64 bits, in either byte order.
#pragma once

#include <cstddef>
#include <markhor/tensor.hpp>
#include <span>

#include "formats/hdf5/datatype.hpp"

namespace markhor::formats::h5 {

/// Whether the file's bytes are those that a tensor of that type holds.
bool is_same_type(const Datatype& type, DType dtype) noexcept;

/// Converts as many elements as `from` has into `to`, from its element `at` on; both must have room. Numbers beyond an
/// integer type become its nearest, NaN becomes 0 in one, as in HDF5's library.
void convert_elements(const Datatype& type, std::span<const std::byte> from, Tensor& to, std::size_t at);

}  // namespace markhor::formats::h5
