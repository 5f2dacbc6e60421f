// Does a model file still predict what it should? Compares with arrays that were recorded beside it.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <markhor/model.hpp>
#include <string>
#include <vector>

namespace markhor::formats {

/// All outputs of the model for one batch, whose size is the inputs' first axis. Throws ShapeError where the inputs do
/// not fit.
std::vector<Tensor> outputs_of(const Model& model, const std::vector<Tensor>& inputs);

struct Verified {
    std::filesystem::path file;
    double error = 0;     ///< the largest difference, relative to the largest value that was recorded for that output
    std::string failure;  ///< why it could not be compared; empty where it could
    bool passed = false;
};

/// Loads the model and compares with `arrays`: an .npz of x or x0, x1, … and y or y0, y1, …
Verified verify_model(const std::filesystem::path& file, const std::filesystem::path& arrays, double tolerance);

struct VerifyCount {
    int passed = 0;
    int failed = 0;
};
/// Every .keras and .h5 in the folder that has NAME.npz or NAME.io.npz beside it: a line each, and last "N passed, M
/// failed". Throws FileError for what is no folder.
VerifyCount verify_folder(const std::filesystem::path& folder, std::ostream& output, double tolerance = 1e-4);

}  // namespace markhor::formats
