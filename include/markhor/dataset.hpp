// Examples to train and test on: images with labels, read by index so that any order can be asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <markhor/tensor.hpp>

namespace markhor {

/// Where a Dataset's examples come from. Must allow concurrent read() calls.
class DatasetSource {
public:
    virtual ~DatasetSource() = default;
    virtual std::int64_t size() const = 0;
    /// Of one example, without the batch axis.
    virtual Shape x_shape() const = 0;
    virtual Shape y_shape() const = 0;
    virtual DType y_dtype() const = 0;
    /// Writes the examples of these indices: x as float32, y as y_dtype(). The tensors have items.size() as first axis.
    virtual void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const = 0;
};

/// A set of (x, y) examples. Copies share the examples.
class Dataset {
public:
    /// Examples in memory: axis 0 counts them. x is float32 or uint8 (converted to float32 as read), y int32, int64, uint8
    /// (read as int32) or float32. Throws ShapeError where the counts differ.
    Dataset(Tensor x, Tensor y);
    explicit Dataset(std::shared_ptr<const DatasetSource> source, std::vector<std::string> class_names = {});

    std::int64_t size() const;
    Shape x_shape() const;
    Shape y_shape() const;
    DType y_dtype() const;
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const;

    /// Examples [begin, end).
    Dataset slice(std::int64_t begin, std::int64_t end) const;
    /// x as read is x * scale + offset.
    Dataset rescaled(double scale, double offset = 0) const;
    /// Images (height, width, channels) resized bilinearly as read (keras.layers.Resizing's rule).
    Dataset resized(std::int64_t height, std::int64_t width) const;

    /// Names of the classes 0, 1, …; empty where unknown.
    const std::vector<std::string>& class_names() const noexcept { return class_names_; }
    Dataset with_class_names(std::vector<std::string> names) const;

private:
    std::shared_ptr<const DatasetSource> source_;
    std::vector<std::string> class_names_;
};

namespace data {

struct TrainTest {
    Dataset train;
    Dataset test;
};

/// Fashion-MNIST from Debian's package dataset-fashion-mnist (or `folder`), images (28, 28, 1) scaled to [0, 1]. Throws
/// FileError saying which package to install where it is missing.
TrainTest fashion_mnist(const std::filesystem::path& folder = {});

/// A folder of idx files: train-images…, train-labels…, t10k-images… (or test-images…), t10k-labels…, plain or .gz.
/// Images scaled to [0, 1]. Throws FileError naming the file: missing, truncated, wrong magic, counts that differ.
TrainTest idx_folder(const std::filesystem::path& folder);

struct ImageFolderOptions {
    std::int64_t height = 0;  ///< 0: the size of the first image
    std::int64_t width = 0;
    std::int64_t channels = 3;         ///< 1 (grey) or 3
    double test_split = 0.2;           ///< share held out where the folder has no train/ and test/
    std::uint64_t seed = 0;            ///< of the split
};
/// A folder with one folder a class holding PNG or JPEG images, or with train/ and test/ holding such. Images are scaled to
/// [0, 1] and resized bilinearly. Throws FileError naming the image that cannot be decoded.
TrainTest image_folder(const std::filesystem::path& folder, const ImageFolderOptions& options = {});

/// Whichever of the two the folder holds.
TrainTest open_folder(const std::filesystem::path& folder, const ImageFolderOptions& options = {});

/// One image as float32 (height, width, channels) in [0, 255]. Throws FileError.
Tensor load_image(const std::filesystem::path& file, std::int64_t channels = 3);

/// One idx array (1 to 8 axes; unsigned bytes, int32 or float32) from memory; `name` is used in errors. Throws FileError.
Tensor parse_idx(std::span<const std::byte> bytes, const std::string& name);

}  // namespace data
}  // namespace markhor
