// A trained network for other run times: ONNX files, and C++ without any library.
#pragma once

#include <filesystem>

#include <markhor/model.hpp>

namespace markhor {

/// Writes the model for inference as ONNX (https://onnx.ai), operator set 17, with its weights inside and a batch axis
/// named "batch" (unless the model's is fixed). Inputs and outputs have the layers' names and Keras's shapes, channels
/// last; in between images have their channels first, as ONNX's convolutions want them. Written beside, synced,
/// renamed. Throws ValueError naming the layer that ONNX has no operator for, or for more than 2 GiB; FileError.
void export_onnx(const Model& model, const std::filesystem::path& file);

/// Writes the model for inference as one C++17 header, and its weights beside it in a file of the same name that ends
/// with .bin: plain loops, float32, for machines that have a compiler and nothing else. The header's first lines say
/// how it is used. Batch normalization is folded into the convolution before it. Throws ValueError naming the layer
/// that cannot be written; FileError.
void export_header(const Model& model, const std::filesystem::path& file);

}  // namespace markhor
