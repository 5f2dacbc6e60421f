// Folders of images, one folder a class, split for training, validation and test. Each image is decoded once at the
// start, which finds the broken ones, and kept as far as the cache has room.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <markhor/image_listing.hpp>
#include <mutex>
#include <utility>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "data/image.hpp"
#include "data/image_files.hpp"
#include "data/image_sets.hpp"
#include "data/view.hpp"
#include "data/workers.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

using Items = std::vector<std::int64_t>;

/// The options, checked, for images of this folder.
ImageFormat format_of(const ImageListing& listing, const ImageFolderOptions& options) {
    const auto fail = [&](const std::string& what) { throw ValueError(listing.folder.string() + ": " + what); };
    if (options.height < 0 || options.width < 0) fail("an image size below 0 was given; 0 means the first image's");
    const std::int64_t channels = options.color_mode.empty() ? options.channels : channels_of(options.color_mode);
    if (channels != 1 && channels != 3 && channels != 4) {
        fail(std::to_string(channels) + " channels were asked for; expected 1 (grey), 3 (RGB) or 4 (RGBA)");
    }
    ImageFormat format{.height = options.height,
                       .width = options.width,
                       .channels = channels,
                       .interpolation = interpolation_of(options.interpolation),
                       .aspect = aspect_of(options.crop_to_aspect_ratio, options.pad_to_aspect_ratio),
                       .scaled_decode = options.scaled_decode,
                       .exif = options.exif,
                       .rounded = options.rounded};
    if (!listing.images.empty()) {
        const ListedImage& first = listing.images.front();
        const bool across = options.exif && first.orientation > 4;
        if (format.height == 0) format.height = across ? first.width : first.height;
        if (format.width == 0) format.width = across ? first.height : first.width;
        check_image_size(format.height, format.width);
    }
    return format;
}

void check_splits(const ImageListing& listing, const ImageFolderOptions& options) {
    const auto fail = [&](const std::string& what) { throw ValueError(listing.folder.string() + ": " + what); };
    const auto is_share = [](double share) { return share > 0 && share < 1; };
    if (options.validation_split != 0 && !is_share(options.validation_split)) {
        fail("validation_split is " + fmt::format("{}", options.validation_split) +
             "; expected 0, or above 0 and below 1");
    }
    if (!is_share(options.test_split) && (options.test_split != 0 || options.validation_split == 0)) {
        fail("test_split is " + fmt::format("{}", options.test_split) +
             "; expected above 0 and below 1, or 0 with a validation_split");
    }
}

/// Held out of a class, and the rest; both in the order that they had.
struct Parts {
    Items rest;
    Items held;
};

/// The same share of each class, drawn by the seed, and at least one image of it in both parts.
Parts split(const ImageListing& listing, const Items& items, double share, std::uint64_t seed, std::uint64_t stream) {
    std::vector<Items> classes(listing.class_names.size());
    for (const std::int64_t item : items) {
        const ListedImage& image = listing.images[static_cast<std::size_t>(item)];
        classes[static_cast<std::size_t>(image.label)].push_back(item);
    }
    Parts parts;
    for (std::size_t label = 0; label < classes.size(); ++label) {
        Items& own = classes[label];
        if (own.size() < 2) {
            throw FileError((listing.folder / listing.sets[0] / listing.class_names[label]).string() + ": holds " +
                            std::to_string(own.size()) +
                            " image; at least 2 are needed, one to train on and one to hold out, or train/ and test/ "
                            "in " +
                            listing.folder.string());
        }
        Random random(seed, stream + label);
        for (std::size_t i = own.size() - 1; i > 0; --i) std::swap(own[i], own[random.below(i + 1)]);
        const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(own.size())));
        const auto held = static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(wanted, 1, own.size() - 1));
        parts.held.insert(parts.held.end(), own.begin(), own.begin() + held);
        parts.rest.insert(parts.rest.end(), own.begin() + held, own.end());
    }
    std::ranges::sort(parts.held);
    std::ranges::sort(parts.rest);
    return parts;
}

/// Reads each image once, on all cores; gives for each what is wrong with it, or nothing.
std::vector<std::string> decode_all(const DatasetSource& source, const ImageFolderOptions& options) {
    std::vector<std::string> errors(static_cast<std::size_t>(source.size()));
    std::mutex mutex;
    std::int64_t done = 0;
    for_each(source.size(), [&](std::int64_t i) {
        Tensor x(source.x_shape().with_batch(1), DType::float32);
        Tensor y(source.y_shape().with_batch(1), source.y_dtype());
        try {
            source.read(std::array{i}, x, y);
        } catch (const FileError& error) {
            errors[static_cast<std::size_t>(i)] = error.what();
        }
        if (!options.progress) return;
        const std::lock_guard lock(mutex);
        options.progress(++done, source.size());
    });
    return errors;
}

[[noreturn]] void fail_broken(const ImageListing& listing, const std::vector<std::string>& lines) {
    if (lines.size() == 1) throw FileError(lines.front());
    std::string text = listing.folder.string() + ": " + std::to_string(lines.size()) + " of " +
                       std::to_string(listing.images.size() + listing.broken.size()) +
                       " images are broken (on_error = \"skip\", or --skip-broken, leaves them out):";
    constexpr std::size_t most = 100;
    for (std::size_t i = 0; i < std::min(lines.size(), most); ++i) text += "\n  " + lines[i];
    if (lines.size() > most) text += "\n  and " + std::to_string(lines.size() - most) + " more";
    throw FileError(text);
}

/// Of each set, what is whole; and the lines of what is not.
struct Whole {
    std::vector<Items> sets;
    std::vector<std::vector<std::string>> skipped;
};

Whole whole_images(const ImageListing& listing, const DatasetSource& source, const ImageFolderOptions& options) {
    const bool skip = skips_broken(options.on_error);
    const std::vector<std::string> errors = decode_all(source, options);
    Whole whole{std::vector<Items>(listing.sets.size()), std::vector<std::vector<std::string>>(listing.sets.size())};
    std::vector<std::string> all;
    for (const BrokenImage& image : listing.broken) {
        whole.skipped[static_cast<std::size_t>(image.set)].push_back(image.line);
        all.push_back(image.line);
    }
    for (std::size_t i = 0; i < errors.size(); ++i) {
        const auto set = static_cast<std::size_t>(listing.images[i].set);
        if (errors[i].empty()) {
            whole.sets[set].push_back(static_cast<std::int64_t>(i));
        } else {
            whole.skipped[set].push_back(errors[i]);
            all.push_back(errors[i]);
        }
    }
    if (!skip && !all.empty()) fail_broken(listing, all);
    for (std::size_t set = 0; set < listing.sets.size(); ++set) {
        if (!whole.sets[set].empty()) continue;
        throw FileError((listing.folder / listing.sets[set]).string() + ": holds no image that can be decoded" +
                        (whole.skipped[set].empty() ? "" : "; the first one: " + whole.skipped[set].front()));
    }
    std::vector<bool> trained(listing.class_names.size(), false);
    for (const std::int64_t item : whole.sets.front()) {
        trained[static_cast<std::size_t>(listing.images[static_cast<std::size_t>(item)].label)] = true;
    }
    const auto lost = std::ranges::find(trained, false);
    if (lost != trained.end()) {
        throw FileError(
            (listing.folder / listing.sets[0] / listing.class_names[static_cast<std::size_t>(lost - trained.begin())])
                .string() +
            ": none of its images can be decoded; the first one: " + whole.skipped.front().front());
    }
    return whole;
}

std::size_t cache_size(const ImageFolderOptions& options) {
    return options.cache ? *options.cache : available_memory() / 4;
}

}  // namespace

TrainTest image_folder(const ImageListing& listing, const ImageFolderOptions& options) {
    const ImageFormat format = format_of(listing, options);
    check_splits(listing, options);
    skips_broken(options.on_error);
    if (listing.class_names.size() < 2) {
        std::string why;
        for (const std::string& warning : listing.warnings) why += "; " + warning;
        if (!listing.broken.empty()) why += "; " + listing.broken.front().line;
        throw FileError(listing.folder.string() + ": has " + std::to_string(listing.class_names.size()) +
                        " class folders with images; at least 2 are needed" + why);
    }
    if (listing.sets.size() > 1 && options.validation_split > 0 && set_role(listing.sets[1]) == "validation") {
        throw ValueError(listing.folder.string() + ": has " + listing.sets[1] +
                         "/, and a validation_split was asked for; expected one of the two");
    }

    std::vector<LabelledFile> files;
    files.reserve(listing.images.size());
    for (const ListedImage& image : listing.images) files.push_back({image.file, image.label});
    const LabelFormat labels{LabelMode::integer, std::ssize(listing.class_names)};
    const SourcePtr source = cached_in_memory(image_files(std::move(files), format, labels), cache_size(options));
    Whole whole = whole_images(listing, *source, options);
    const auto dataset = [&](Items items, std::vector<std::string> skipped) {
        return Dataset(selected(source, std::move(items), std::move(skipped)), listing.class_names)
            .rescaled(1.0 / 255.0);
    };

    Items train = std::move(whole.sets.front());
    std::optional<Dataset> validation;
    std::optional<Dataset> test;
    for (std::size_t set = 1; set < listing.sets.size(); ++set) {
        std::optional<Dataset>& into = set_role(listing.sets[set]) == "test" ? test : validation;
        into = dataset(std::move(whole.sets[set]), std::move(whole.skipped[set]));
    }
    if (!test && !validation && options.test_split > 0) {
        Parts parts = split(listing, train, options.test_split, options.seed, 0);
        test = dataset(std::move(parts.held), {});
        train = std::move(parts.rest);
    }
    if (options.validation_split > 0) {
        Parts parts = split(listing, train, options.validation_split, options.seed, listing.class_names.size());
        validation = dataset(std::move(parts.held), {});
        train = std::move(parts.rest);
    }
    return {dataset(std::move(train), std::move(whole.skipped.front())), test ? *test : *validation, validation};
}

TrainTest image_folder(const fs::path& folder, const ImageFolderOptions& options) {
    return image_folder(list_image_folder(folder), options);
}

ImageMemory image_memory(const ImageListing& listing, const ImageFolderOptions& options, std::int64_t batch_size) {
    const ImageFormat format = format_of(listing, options);
    const auto pixels = static_cast<std::size_t>(format.height * format.width * format.channels);
    const auto images = listing.images.size();
    ImageMemory memory;
    constexpr std::size_t batches = 4;  // of a BatchReader, and the engine's
    memory.batches = batches * static_cast<std::size_t>(batch_size) * pixels * sizeof(float);
    memory.cache = images * (pixels * (format.rounded ? 1 : sizeof(float)) + sizeof(std::int64_t));
    std::size_t most = 0;
    for (const ListedImage& image : listing.images) {
        const bool scaled = format.scaled_decode && image.format == "JPEG";
        const std::int64_t by =
            scaled ? scale_denominator({image.height, image.width}, {format.height, format.width}) : 1;
        const auto decoded =
            static_cast<std::size_t>((image.height + by - 1) / by * ((image.width + by - 1) / by) * format.channels);
        most = std::max(most, static_cast<std::size_t>(image.bytes) + decoded);
    }
    memory.decoding = (most + pixels * sizeof(float)) * static_cast<std::size_t>(num_threads());
    return memory;
}

}  // namespace markhor::data
