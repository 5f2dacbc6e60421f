// Folders of idx files: which file is which, and whether images and labels belong together.
#include <algorithm>
#include <initializer_list>
#include <markhor/dataset.hpp>
#include <string_view>
#include <system_error>

#include "data/file_bytes.hpp"
#include "data/folders.hpp"
#include "data/idx.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t idx_limit = std::size_t{4} << 30U;  // of one array in memory
constexpr const char* debian_folder = "/usr/share/datasets/fashion-mnist";

/// The file of `names` that starts with one of these: a plain one before a .gz, else the first. Empty: there is none.
std::string find_part(const std::vector<std::string>& names, std::initializer_list<std::string_view> starts) {
    for (const std::string_view start : starts) {
        const std::string* found = nullptr;
        for (const std::string& name : names) {
            if (!name.starts_with(start)) continue;
            if (!name.ends_with(".gz")) return name;
            if (found == nullptr) found = &name;
        }
        if (found != nullptr) return *found;
    }
    return {};
}

struct Part {
    Tensor images;
    Tensor labels;
    std::int64_t classes = 0;
};

Tensor read_images(const fs::path& file) {
    Tensor images = parse_idx(read_bytes(file, idx_limit, idx_size), file.string());
    const Shape& shape = images.shape();
    if (images.dtype() != DType::uint8 || (shape.rank() != 3 && shape.rank() != 4)) {
        throw FileError(file.string() + ": holds " + std::string(name_of(images.dtype())) + " " + shape.str() +
                        "; images are uint8 (count, height, width) or (count, height, width, channels)");
    }
    return shape.rank() == 4 ? images : images.reshaped({shape[0], shape[1], shape[2], 1});
}

Tensor read_labels(const fs::path& file, std::int64_t images, const fs::path& images_file) {
    Tensor labels = parse_idx(read_bytes(file, idx_limit, idx_size), file.string());
    if (labels.shape().rank() != 1 || labels.dtype() == DType::float32) {
        throw FileError(file.string() + ": holds " + std::string(name_of(labels.dtype())) + " " + labels.shape().str() +
                        "; labels are uint8 or int32 (count,)");
    }
    if (labels.shape()[0] != images) {
        throw FileError(file.string() + ": holds " + std::to_string(labels.shape()[0]) + " labels; " +
                        images_file.filename().string() + " holds " + std::to_string(images) + " images");
    }
    return labels.cast(DType::int32);
}

Part read_part(const fs::path& folder, const std::vector<std::string>& names, const char* what,
               std::initializer_list<std::string_view> images, std::initializer_list<std::string_view> labels) {
    const auto need = [&](std::initializer_list<std::string_view> starts, const char* kind) {
        const std::string name = find_part(names, starts);
        if (name.empty()) {
            throw FileError(folder.string() + ": there is no file with the " + what + " " + kind + "; " +
                            std::string(*starts.begin()) + "-idx… (plain or .gz) is wanted");
        }
        return folder / name;
    };
    const fs::path images_file = need(images, "images");
    const fs::path labels_file = need(labels, "labels");
    Part part;
    part.images = read_images(images_file);
    part.labels = read_labels(labels_file, part.images.shape()[0], images_file);
    const auto [low, high] = std::ranges::minmax(part.labels.data<std::int32_t>());
    if (low < 0 || high > 65535) {
        throw FileError(labels_file.string() + ": holds the label " + std::to_string(low < 0 ? low : high) +
                        "; 0 to 65535 are wanted");
    }
    part.classes = high + 1;
    return part;
}

}  // namespace

bool has_idx_files(const fs::path& folder) {
    const std::vector<std::string> names = list_folder(folder).files;
    return std::ranges::any_of(names, [](const std::string& name) {
        return name.starts_with("train-images") || name.starts_with("train-labels") || name.starts_with("t10k-");
    });
}

TrainTest idx_folder(const fs::path& folder) {
    const std::vector<std::string> names = list_folder(folder).files;
    const Part train = read_part(folder, names, "training", {"train-images"}, {"train-labels"});
    const Part test = read_part(folder, names, "test", {"t10k-images", "test-images"}, {"t10k-labels", "test-labels"});
    if (train.images.shape().without_batch() != test.images.shape().without_batch()) {
        throw FileError(folder.string() + ": the training images are " + train.images.shape().without_batch().str() +
                        ", the test images " + test.images.shape().without_batch().str() + "; they must be equal");
    }
    std::vector<std::string> classes;
    for (std::int64_t i = 0; i < std::max(train.classes, test.classes); ++i) classes.push_back(std::to_string(i));
    const auto dataset = [&](const Part& part) {
        return Dataset(part.images, part.labels).rescaled(1.0 / 255.0).with_class_names(classes);
    };
    return {dataset(train), dataset(test)};
}

TrainTest fashion_mnist(const fs::path& folder) {
    const fs::path where = folder.empty() ? fs::path(debian_folder) : folder;
    std::error_code error;
    if (!fs::is_directory(where, error)) {
        throw FileError(where.string() + ": there is no such folder; install Debian's package dataset-fashion-mnist");
    }
    const TrainTest parts = idx_folder(where);
    const std::vector<std::string> classes = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                              "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    if (parts.train.class_names().size() != classes.size()) {
        throw FileError(where.string() + ": holds " + std::to_string(parts.train.class_names().size()) +
                        " classes; Fashion-MNIST has 10");
    }
    return {parts.train.with_class_names(classes), parts.test.with_class_names(classes)};
}

}  // namespace markhor::data
