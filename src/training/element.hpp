// One element of a tensor of any type, for the loops over targets that run once a batch on the host.
#pragma once

#include <markhor/tensor.hpp>

#include "core/bfloat16.hpp"

namespace markhor {

inline double element(const Tensor& tensor, std::size_t index) {
    switch (tensor.dtype()) {
        case DType::float32: return static_cast<double>(static_cast<const float*>(tensor.raw())[index]);
        case DType::float64: return static_cast<const double*>(tensor.raw())[index];
        case DType::int32: return static_cast<const std::int32_t*>(tensor.raw())[index];
        case DType::int64: return static_cast<double>(static_cast<const std::int64_t*>(tensor.raw())[index]);
        case DType::uint8: return static_cast<const std::uint8_t*>(tensor.raw())[index];
        case DType::bfloat16: return static_cast<double>(static_cast<const BFloat16*>(tensor.raw())[index]);
    }
    return 0;
}

}  // namespace markhor
