// Folders of PNG and JPEG images, one folder a class. Images are decoded as they are read: the data may be larger than memory.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <markhor/dataset.hpp>
#include <mutex>
#include <utility>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "data/file_bytes.hpp"
#include "data/folders.hpp"
#include "data/image.hpp"
#include "data/resize.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

struct LabelledFile {
    fs::path file;
    std::int32_t label = 0;
};

/// Calls body(i) for all i, over threads. Of several exceptions, the one of the lowest i is thrown: the same each time.
template <class Body>
void for_each(std::int64_t count, const Body& body) {
    std::mutex mutex;
    std::exception_ptr error;
    std::atomic<std::int64_t> first = count;
    parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end && i < first; ++i) {
            try {
                body(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (i < first) {
                    first = i;
                    error = std::current_exception();
                }
            }
        }
    });
    if (error) std::rethrow_exception(error);
}

class ImageFiles final : public DatasetSource {
public:
    ImageFiles(std::vector<LabelledFile> files, Shape shape) : files_(std::move(files)), shape_(std::move(shape)) {}
    std::int64_t size() const override { return static_cast<std::int64_t>(files_.size()); }
    Shape x_shape() const override { return shape_; }
    Shape y_shape() const override { return {}; }
    DType y_dtype() const override { return DType::int32; }
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        float* images = x.data<float>().data();
        const std::span<std::int32_t> labels = y.data<std::int32_t>();
        for_each(static_cast<std::int64_t>(items.size()), [&](std::int64_t i) {
            const auto at = static_cast<std::size_t>(i);
            const LabelledFile& file = files_[static_cast<std::size_t>(items[at])];
            const Image image = read_image(file.file, shape_.back());
            resize_image(image.pixels.data(), image.size.height, image.size.width, image.channels,
                         images + i * shape_.elements(), shape_[0], shape_[1]);
            labels[at] = file.label;
        });
    }

private:
    std::vector<LabelledFile> files_;
    Shape shape_;
};

/// The images of each class, sorted by name; the classes are those of `names`.
std::vector<std::vector<LabelledFile>> list_classes(const fs::path& folder, const std::vector<std::string>& names) {
    std::vector<std::vector<LabelledFile>> classes;
    for (const std::string& name : names) {
        auto& files = classes.emplace_back();
        for (const std::string& file : list_folder(folder / name).files) {
            files.push_back({folder / name / file, static_cast<std::int32_t>(classes.size() - 1)});
        }
        if (files.empty()) throw FileError((folder / name).string() + ": holds no images; each class folder must hold some");
    }
    return classes;
}

std::vector<LabelledFile> joined(const std::vector<std::vector<LabelledFile>>& classes) {
    std::vector<LabelledFile> all;
    for (const auto& files : classes) all.insert(all.end(), files.begin(), files.end());
    return all;
}

struct Split {
    std::vector<LabelledFile> train;
    std::vector<LabelledFile> test;
};

/// Holds out the same share of each class, drawn by the seed, and at least one image of it.
Split split(const fs::path& folder, std::vector<std::vector<LabelledFile>> classes, double share, std::uint64_t seed) {
    std::vector<std::vector<LabelledFile>> train;
    std::vector<std::vector<LabelledFile>> test;
    for (auto& files : classes) {
        if (files.size() < 2) {
            throw FileError(files.front().file.parent_path().string() +
                            ": holds 1 image; at least 2 are wanted, one to train on and one to test, or train/ and test/ in " +
                            folder.string());
        }
        Random random(seed, train.size());
        for (std::size_t i = files.size() - 1; i > 0; --i) std::swap(files[i], files[random.below(i + 1)]);
        const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(files.size())));
        const auto held = static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(wanted, 1, files.size() - 1));
        const auto by_name = [](const LabelledFile& a, const LabelledFile& b) { return a.file < b.file; };
        auto& testing = test.emplace_back(files.begin(), files.begin() + held);
        auto& training = train.emplace_back(files.begin() + held, files.end());
        std::ranges::sort(testing, by_name);
        std::ranges::sort(training, by_name);
    }
    return {joined(train), joined(test)};
}

void check(const fs::path& folder, const ImageFolderOptions& options) {
    const auto fail = [&](const std::string& what) { throw ValueError(folder.string() + ": " + what); };
    if (options.height < 0 || options.width < 0) fail("an image size below 0 was given; 0 means the first image's");
    if (options.channels != 1 && options.channels != 3) {
        fail(std::to_string(options.channels) + " channels were asked for; 1 (grey) or 3 (RGB) are wanted");
    }
    if (!(options.test_split > 0 && options.test_split < 1)) fail("test_split must lie between 0 and 1");
}

}  // namespace

TrainTest image_folder(const fs::path& folder, const ImageFolderOptions& options) {
    check(folder, options);
    std::vector<std::string> names = list_folder(folder).folders;
    Split parts;
    if (names == std::vector<std::string>{"test", "train"}) {
        names = list_folder(folder / "train").folders;
        for (const std::string& name : list_folder(folder / "test").folders) {
            if (!std::ranges::binary_search(names, name)) {
                throw FileError((folder / "test" / name).string() + ": is a class that " + (folder / "train").string() +
                                " does not have");
            }
        }
        if (!names.empty()) {
            parts = {joined(list_classes(folder / "train", names)), joined(list_classes(folder / "test", names))};
        }
    } else if (!names.empty()) {
        parts = split(folder, list_classes(folder, names), options.test_split, options.seed);
    }
    if (names.size() < 2) {
        throw FileError(folder.string() + ": has " + std::to_string(names.size()) +
                        " class folders; at least 2 with PNG or JPEG images are wanted");
    }

    const LabelledFile& first = parts.train.front();
    const ImageSize size = image_size(read_bytes(first.file, max_image_file), first.file.string());
    const Shape shape{options.height > 0 ? options.height : size.height, options.width > 0 ? options.width : size.width,
                      options.channels};
    // Each image is decoded once now, so that a broken one stops the run before it starts and not in its tenth epoch.
    for (const auto* part : {&parts.train, &parts.test}) {
        for_each(static_cast<std::int64_t>(part->size()),
                 [&](std::int64_t i) { read_image((*part)[static_cast<std::size_t>(i)].file, options.channels); });
    }
    const auto dataset = [&](std::vector<LabelledFile> files) {
        return Dataset(std::make_shared<ImageFiles>(std::move(files), shape), names).rescaled(1.0 / 255.0);
    };
    return {dataset(std::move(parts.train)), dataset(std::move(parts.test))};
}

}  // namespace markhor::data
