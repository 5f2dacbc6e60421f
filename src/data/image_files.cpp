#include "data/image_files.hpp"

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "data/image.hpp"
#include "data/workers.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

/// A folder's own images, and its folders with all below them, in the order of os.walk before sorting.
void walk(const fs::path& folder, bool follow_links, std::set<fs::path>& above,
          std::vector<std::pair<std::string, std::vector<std::string>>>& found) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error) throw FileError(folder.string() + ": cannot be read: " + error.message());
    if (!above.insert(real).second)
        throw FileError(folder.string() + ": is a link that leads back to a folder above it");
    std::vector<std::string> files;
    std::vector<fs::path> folders;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        std::error_code unknown;
        const bool is_link = entries->is_symlink(unknown);
        if (entries->is_directory(unknown)) {
            if (follow_links || !is_link) folders.push_back(entries->path());
        } else if (has_image_name(entries->path().filename().string())) {
            files.push_back(entries->path().filename().string());
        }
    }
    if (error) throw FileError(folder.string() + ": cannot be read: " + error.message());
    std::ranges::sort(files);
    found.emplace_back(folder.string(), std::move(files));
    for (const fs::path& inner : folders) walk(inner, follow_links, above, found);
    above.erase(real);
}

/// Halves to the even number; what bicubic and the like throw beyond the ends is cut off, and -0 is 0.
void round_pixels(std::span<float> pixels) {
    for (float& pixel : pixels) pixel = static_cast<float>(std::lrint(std::clamp(pixel, 0.0F, 255.0F)));
}

class ImageFiles final : public DatasetSource {
public:
    ImageFiles(std::vector<LabelledFile> files, const ImageFormat& format, const LabelFormat& labels,
               std::vector<std::string> skipped)
        : files_(std::move(files)), format_(format), labels_(labels), skipped_(std::move(skipped)) {}

    std::int64_t size() const override { return static_cast<std::int64_t>(files_.size()); }
    Shape x_shape() const override { return {format_.height, format_.width, format_.channels}; }
    Shape y_shape() const override {
        if (labels_.mode == LabelMode::binary) return {1};
        if (labels_.mode == LabelMode::categorical) return {labels_.classes};
        return {};
    }
    DType y_dtype() const override {
        return labels_.mode == LabelMode::binary || labels_.mode == LabelMode::categorical ? DType::float32
                                                                                           : DType::int32;
    }
    std::string name(std::int64_t item) const override { return files_[static_cast<std::size_t>(item)].file.string(); }
    std::vector<std::string> skipped() const override { return skipped_; }
    std::int64_t label(std::int64_t item) const override {
        return labels_.mode == LabelMode::none ? -1 : files_[static_cast<std::size_t>(item)].label;
    }

    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        float* images = x.data<float>().data();
        for_each(static_cast<std::int64_t>(items.size()), [&](std::int64_t i) {
            const LabelledFile& file = files_[static_cast<std::size_t>(items[static_cast<std::size_t>(i)])];
            const ImageSize at_least = format_.scaled_decode ? ImageSize{format_.height, format_.width} : ImageSize{};
            const Image image = read_image(file.file, format_.channels, at_least, format_.exif);
            const std::int64_t samples = format_.height * format_.width * format_.channels;
            float* target = images + i * samples;
            fit_image(dense(image.pixels.data(), image.size.height, image.size.width, image.channels),
                      dense(target, format_.height, format_.width, format_.channels), format_.interpolation,
                      format_.aspect);
            if (format_.rounded) round_pixels({target, static_cast<std::size_t>(samples)});
            put_label(file.label, y, i);
        });
    }

private:
    void put_label(std::int32_t label, Tensor& y, std::int64_t item) const {
        const auto at = static_cast<std::size_t>(item);
        const auto classes = static_cast<std::size_t>(labels_.classes);
        switch (labels_.mode) {
            case LabelMode::integer: y.data<std::int32_t>()[at] = label; break;
            case LabelMode::none: y.data<std::int32_t>()[at] = -1; break;
            case LabelMode::binary: y.data<float>()[at] = static_cast<float>(label); break;
            case LabelMode::categorical:
                for (std::size_t i = 0; i < classes; ++i) {
                    y.data<float>()[at * classes + i] = std::cmp_equal(i, label) ? 1.0F : 0.0F;
                }
                break;
        }
    }

    const std::vector<LabelledFile> files_;
    const ImageFormat format_;
    const LabelFormat labels_;
    const std::vector<std::string> skipped_;
};

}  // namespace

std::vector<fs::path> list_images(const fs::path& folder, bool follow_links) {
    std::set<fs::path> above;
    std::vector<std::pair<std::string, std::vector<std::string>>> found;
    walk(folder, follow_links, above, found);
    std::ranges::sort(found, {}, [](const auto& entry) { return entry.first; });
    std::vector<fs::path> files;
    for (const auto& [path, names] : found) {
        for (const std::string& name : names) files.push_back(fs::path(path) / name);
    }
    return files;
}

LabelMode label_mode_of(const std::string& name) {
    if (name == "int") return LabelMode::integer;
    if (name == "binary") return LabelMode::binary;
    if (name == "categorical") return LabelMode::categorical;
    if (name == "none") return LabelMode::none;
    throw ValueError("label_mode is '" + name + "'; int, categorical, binary or none is wanted");
}

std::int64_t channels_of(const std::string& color_mode) {
    if (color_mode == "grayscale") return 1;
    if (color_mode == "rgb") return 3;
    if (color_mode == "rgba") return 4;
    throw ValueError("color_mode is '" + color_mode + "'; grayscale, rgb or rgba is wanted");
}

bool skips_broken(const std::string& on_error) {
    if (on_error == "error" || on_error == "skip") return on_error == "skip";
    throw ValueError("on_error is '" + on_error + "'; error or skip is wanted");
}

Aspect aspect_of(bool crop_to_aspect_ratio, bool pad_to_aspect_ratio) {
    if (crop_to_aspect_ratio && pad_to_aspect_ratio) {
        throw ValueError("crop_to_aspect_ratio and pad_to_aspect_ratio are both set; at most one is wanted");
    }
    return crop_to_aspect_ratio ? Aspect::crop : pad_to_aspect_ratio ? Aspect::pad : Aspect::stretch;
}

void check_image_size(std::int64_t height, std::int64_t width) {
    if (height >= 1 && width >= 1 && height <= max_image_side && width <= max_image_side &&
        height * width <= max_image_pixels) {
        return;
    }
    throw ValueError("image_size is " + std::to_string(height) + "x" + std::to_string(width) + "; 1 to " +
                     std::to_string(max_image_side) + " a side and at most 64 million pixels are wanted");
}

std::vector<LabelledFile> without_broken(const std::vector<LabelledFile>& files, std::int64_t channels, bool skip,
                                         std::vector<std::string>& skipped) {
    std::vector<std::string> errors(files.size());
    for_each(static_cast<std::int64_t>(files.size()), [&](std::int64_t i) {
        try {
            read_image(files[static_cast<std::size_t>(i)].file, channels);
        } catch (const FileError& error) {
            if (!skip) throw;
            errors[static_cast<std::size_t>(i)] = error.what();
        }
    });
    std::vector<LabelledFile> whole;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (errors[i].empty()) {
            whole.push_back(files[i]);
        } else {
            skipped.push_back(errors[i]);
        }
    }
    return whole;
}

std::shared_ptr<const DatasetSource> image_files(std::vector<LabelledFile> files, const ImageFormat& format,
                                                 const LabelFormat& labels, std::vector<std::string> skipped) {
    return std::make_shared<ImageFiles>(std::move(files), format, labels, std::move(skipped));
}

}  // namespace markhor::data
