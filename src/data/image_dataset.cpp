// image_dataset_from_directory: which files, in which order, with which labels. Reading them is image_files.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <markhor/utils.hpp>
#include <random>
#include <set>
#include <utility>

#include "data/folders.hpp"
#include "data/image.hpp"
#include "data/image_files.hpp"
#include "data/order.hpp"

namespace markhor::utils {
namespace {

namespace fs = std::filesystem;
using data::LabelFormat;
using data::LabelledFile;
using data::LabelMode;

/// All of the folder, before the split.
struct Index {
    std::vector<LabelledFile> files;
    std::vector<std::string> class_names;
    LabelFormat labels;
};

class Builder {
public:
    Builder(const fs::path& directory, const ImageDatasetOptions& options) : directory_(directory), options_(options) {
        const auto* named = std::get_if<std::string>(&options.labels);
        if (named != nullptr && *named != "inferred" && *named != "none") {
            fail("labels is '" + *named + "'; inferred, none or a list of numbers is wanted");
        }
        mode_ = data::label_mode_of(options.label_mode);
        inferred_ = named != nullptr && *named == "inferred" && mode_ != LabelMode::none;
        listed_ = named == nullptr && mode_ != LabelMode::none;
        if (!inferred_ && !listed_) mode_ = LabelMode::none;
        if (!inferred_ && !options.class_names.empty())
            fail("class_names are given; they are for labels = inferred only");
        format_ = {.height = options.image_size[0],
                   .width = options.image_size[1],
                   .channels = data::channels_of(options.color_mode),
                   .interpolation = data::interpolation_of(options.interpolation),
                   .aspect = data::aspect_of(options.crop_to_aspect_ratio, options.pad_to_aspect_ratio),
                   .scaled_decode = options.scaled_decode,
                   .exif = options.exif};
        data::check_image_size(format_.height, format_.width);
        skip_ = data::skips_broken(options.on_error);
        if (!(options.validation_split >= 0 && options.validation_split < 1)) {
            fail("validation_split is " + fmt::format("{}", options.validation_split) +
                 "; 0 to 1 (and not 1) is wanted");
        }
        if (options.validation_split > 0 && options.shuffle && !options.seed) {
            fail("validation_split is given with shuffle but no seed; without one the two sets would share images");
        }
    }

    Dataset one() const {
        const bool splits = options_.validation_split > 0;
        if (splits != !options_.subset.empty()) {
            fail("validation_split and subset are wanted both or neither; " +
                 std::string(splits ? "subset" : "validation_split") + " is missing");
        }
        if (splits && options_.subset != "training" && options_.subset != "validation") {
            fail("subset is '" + options_.subset + "'; training or validation is wanted");
        }
        const Index index = indexed();
        const auto held = held_out(index);
        if (options_.subset == "training")
            return dataset(index, 0, static_cast<std::ptrdiff_t>(index.files.size()) - held);
        return dataset(index, splits ? static_cast<std::ptrdiff_t>(index.files.size()) - held : 0,
                       static_cast<std::ptrdiff_t>(index.files.size()));
    }

    TrainingValidation both() const {
        if (options_.validation_split == 0) fail("validation_split is 0; above 0 is wanted for two sets");
        if (!options_.subset.empty())
            fail("subset is '" + options_.subset + "'; none is wanted where both are asked for");
        const Index index = indexed();
        const auto size = static_cast<std::ptrdiff_t>(index.files.size());
        const auto held = held_out(index);
        return {dataset(index, 0, size - held), dataset(index, size - held, size)};
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw ValueError("image_dataset_from_directory: " + directory_.string() + ": " + what);
    }

    Index indexed() const {
        Index index;
        const std::vector<std::string> folders = data::list_folder(directory_).folders;
        if (inferred_) {
            index.class_names = options_.class_names.empty() ? folders : options_.class_names;
            for (std::size_t i = 0; i < index.class_names.size(); ++i) {
                const std::string& name = index.class_names[i];
                if (!std::ranges::binary_search(folders, name))
                    fail("class_names has '" + name + "'; there is no such folder");
                for (fs::path& file : data::list_images(directory_ / name, options_.follow_links)) {
                    index.files.push_back({std::move(file), static_cast<std::int32_t>(i)});
                }
            }
        } else {
            for (fs::path& file : data::list_images(directory_, options_.follow_links))
                index.files.push_back({std::move(file), -1});
        }
        if (listed_) take_labels(index);
        index.labels = {mode_, static_cast<std::int64_t>(index.class_names.size())};
        if (mode_ == LabelMode::binary && index.class_names.size() != 2) {
            fail("has " + std::to_string(index.class_names.size()) + " classes; label_mode = binary wants 2");
        }
        if (index.files.empty()) {
            throw FileError(directory_.string() + ": holds no images (" + data::image_names + ")" +
                            (inferred_ ? " in folders of classes" : ""));
        }
        if (options_.shuffle) shuffle(index.files);
        return index;
    }

    void take_labels(Index& index) const {
        const auto& labels = std::get<std::vector<std::int32_t>>(options_.labels);
        if (labels.size() != index.files.size()) {
            fail(std::to_string(labels.size()) + " labels are given; there are " + std::to_string(index.files.size()) +
                 " images");
        }
        for (std::size_t i = 0; i < labels.size(); ++i) index.files[i].label = labels[i];
        for (const std::int32_t label : std::set<std::int32_t>(labels.begin(), labels.end())) {
            index.class_names.push_back(std::to_string(label));
        }
        const auto classes = static_cast<std::int32_t>(index.class_names.size());
        const auto beyond =
            std::ranges::find_if(labels, [&](std::int32_t label) { return label < 0 || label >= classes; });
        if (beyond != labels.end() && mode_ != LabelMode::integer) {
            fail("a label is " + std::to_string(*beyond) + "; with label_mode = " + options_.label_mode + " and " +
                 std::to_string(classes) + " different ones, 0 to " + std::to_string(classes - 1) + " are wanted");
        }
    }

    void shuffle(std::vector<LabelledFile>& files) const {
        const std::uint32_t seed = options_.seed ? *options_.seed : std::random_device()();
        std::vector<LabelledFile> shuffled;
        shuffled.reserve(files.size());
        for (const std::int64_t from : data::numpy_shuffle(static_cast<std::int64_t>(files.size()), seed)) {
            shuffled.push_back(std::move(files[static_cast<std::size_t>(from)]));
        }
        files = std::move(shuffled);
    }

    std::ptrdiff_t held_out(const Index& index) const {
        const auto held =
            static_cast<std::ptrdiff_t>(options_.validation_split * static_cast<double>(index.files.size()));
        if (options_.validation_split > 0 && held == 0) {
            fail("has " + std::to_string(index.files.size()) + " images, of which validation_split = " +
                 fmt::format("{}", options_.validation_split) + " leaves none for validation");
        }
        return held;
    }

    /// Broken images leave after the split, so that the whole ones are where Keras has them.
    Dataset dataset(const Index& index, std::ptrdiff_t begin, std::ptrdiff_t end) const {
        std::vector<LabelledFile> files(index.files.begin() + begin, index.files.begin() + end);
        std::vector<std::string> skipped;
        if (skip_) files = data::without_broken(files, format_.channels, true, skipped);
        if (files.empty()) {
            throw FileError(directory_.string() + ": no image " +
                            (skipped.empty() ? "is left" : "can be decoded: " + skipped.front()));
        }
        return Dataset(data::image_files(std::move(files), format_, index.labels, std::move(skipped)),
                       index.class_names);
    }

    const fs::path& directory_;
    const ImageDatasetOptions& options_;
    LabelMode mode_ = LabelMode::integer;
    bool inferred_ = false;
    bool listed_ = false;
    bool skip_ = false;
    data::ImageFormat format_;
};

}  // namespace

Dataset image_dataset_from_directory(const fs::path& directory, const ImageDatasetOptions& options) {
    return Builder(directory, options).one();
}

TrainingValidation image_datasets_from_directory(const fs::path& directory, const ImageDatasetOptions& options) {
    return Builder(directory, options).both();
}

}  // namespace markhor::utils
