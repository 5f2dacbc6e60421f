// Data sets of NumPy's arrays.
#include <markhor/data_files.hpp>
#include <utility>

#include "data/file_bytes.hpp"
#include "data/npz.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t array_limit = std::size_t{16} << 30U;

Tensor take(const std::map<std::string, Tensor>& arrays, const std::string& key, const fs::path& file) {
    const auto found = arrays.find(key);
    if (found != arrays.end()) return found->second;
    std::string all;
    for (const auto& [name, array] : arrays) all += (all.empty() ? "'" : ", '") + name.substr(0, 40) + "'";
    throw FileError(file.string() + ": has no array '" + key + "'; it has " + (all.empty() ? "none" : all));
}

/// Examples as Dataset takes them, errors with the file's name.
Dataset examples(Tensor x, Tensor y, const std::string& where) {
    if (x.dtype() == DType::float64) x = x.cast(DType::float32);
    if (y.dtype() == DType::float64) y = y.cast(DType::float32);
    const Shape shape = x.shape();
    if (x.dtype() == DType::uint8 && shape.rank() == 3) x = x.reshaped({shape[0], shape[1], shape[2], 1});
    try {
        return Dataset(std::move(x), std::move(y));
    } catch (const ValueError& error) {
        throw FileError(where + ": " + error.what());
    }
}

}  // namespace

Dataset npz_file(const fs::path& file, const NpzOptions& options) {
    const auto arrays = read_npz(file);
    Tensor x = take(arrays, options.x, file);
    return examples(std::move(x), take(arrays, options.y, file), file.string());
}

TrainTest npz_train_test(const fs::path& file) {
    const auto arrays = read_npz(file);
    const auto part = [&](const std::string& name) {
        Tensor x = take(arrays, "x_" + name, file);
        return examples(std::move(x), take(arrays, "y_" + name, file), file.string() + ": " + name);
    };
    return {part("train"), part("test")};
}

Dataset npy_files(const fs::path& x, const fs::path& y) {
    const auto read = [](const fs::path& file) {
        return parse_npy(read_plain_bytes(file, array_limit), file.string());
    };
    return examples(read(x), read(y), x.string() + " and " + y.filename().string());
}

}  // namespace markhor::data
