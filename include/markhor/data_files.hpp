// Data sets in files of known forms: CIFAR's binary version, NumPy's arrays, tables of image paths.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <markhor/dataset.hpp>
#include <string>

namespace markhor::data {

/// CIFAR-10's binary version (https://www.cs.toronto.edu/~kriz/cifar.html): a folder of data_batch_1.bin to
/// data_batch_5.bin and test_batch.bin. Images (32, 32, 3) scaled to [0, 1], labels int32. Throws FileError naming the
/// file: missing, of a size that is no whole number of records, a label beyond the classes.
TrainTest cifar10(const std::filesystem::path& folder);

/// CIFAR-100's binary version: train.bin and test.bin. Labels are of the 100 "fine" or the 20 "coarse" classes, named
/// after fine_label_names.txt or coarse_label_names.txt where the folder has them.
TrainTest cifar100(const std::filesystem::path& folder, const std::string& label_mode = "fine");

/// Which arrays of an .npz file are the examples.
struct NpzOptions {
    std::string x = "x";
    std::string y = "y";
};
/// Two arrays of an .npz file. x is uint8 (kept as bytes; (count, height, width) gets a channel axis) or floating
/// point, y a whole number or floating point; float64 is read as float32. Throws FileError naming the file and the
/// arrays it has instead.
Dataset npz_file(const std::filesystem::path& file, const NpzOptions& options = {});
/// An .npz file with x_train, y_train, x_test and y_test, as keras.datasets' mnist.npz. Values are as they are: see
/// rescaled().
TrainTest npz_train_test(const std::filesystem::path& file);
/// Two .npy files.
Dataset npy_files(const std::filesystem::path& x, const std::filesystem::path& y);

/// As ImageDataGenerator.flow_from_dataframe has it.
struct CsvOptions {
    std::string x_col = "filename";
    std::string y_col = "class";        ///< empty: no labels, read as int32 -1
    std::filesystem::path folder = {};  ///< what the paths are relative to; empty: the table's folder
    std::string label_mode = "int";     ///< as in image_dataset_from_directory
    std::string color_mode = "rgb";
    std::array<std::int64_t, 2> image_size = {256, 256};
    std::string interpolation = "bilinear";
    bool crop_to_aspect_ratio = false;
    bool pad_to_aspect_ratio = false;
    std::string on_error = "error";
    bool scaled_decode = false;
    bool exif = false;
};
/// The images that a table with a header line names (RFC 4180: fields may be quoted), x as image_dataset_from_directory
/// gives it, in the table's order. Classes are the different values of y_col, sorted; where all are whole numbers, they
/// are the labels. Throws FileError naming the line.
Dataset csv_file(const std::filesystem::path& file, const CsvOptions& options = {});

}  // namespace markhor::data
