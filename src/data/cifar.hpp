// Records of CIFAR's binary files: one or two label bytes, then a 32x32 image, all red, all green, all blue.
#pragma once

#include <cstddef>
#include <markhor/tensor.hpp>
#include <span>
#include <string>

namespace markhor::data {

struct CifarRecords {
    Tensor images;  ///< uint8 (count, 32, 32, 3)
    Tensor labels;  ///< int32 (count)
};

/// `label_bytes` precede each image; that at `label` counts, below `classes`. Throws FileError starting with `name`.
CifarRecords parse_cifar(std::span<const std::byte> bytes, std::size_t label_bytes, std::size_t label, int classes,
                         const std::string& name);

}  // namespace markhor::data
