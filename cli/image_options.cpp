#include "image_options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <markhor/error.hpp>
#include <optional>
#include <ostream>
#include <sstream>

#include "core/text.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

std::optional<std::size_t> bytes_of(const std::string& text) {
    if (text == "none") return 0;
    if (text == "all") return std::numeric_limits<std::size_t>::max();
    double number = 0;
    const char* end_of_text = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), end_of_text, number);
    if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
    const std::string unit(end, end_of_text);
    double factor = 0;
    if (unit.empty() || unit == "B") factor = 1;
    if (unit == "KB" || unit == "K") factor = 1e3;
    if (unit == "MB" || unit == "M") factor = 1e6;
    if (unit == "GB" || unit == "G") factor = 1e9;
    if (unit == "TB" || unit == "T") factor = 1e12;
    if (unit == "KiB") factor = 1024;
    if (unit == "MiB") factor = 1024.0 * 1024;
    if (unit == "GiB") factor = 1024.0 * 1024 * 1024;
    if (factor == 0 || number * factor > 1e18) return std::nullopt;
    return static_cast<std::size_t>(number * factor);
}

/// Names of files and folders may hold anything; lines stay lines.
void print_lines(const std::string& text, std::ostream& output) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) output << text::printable(line) << "\n";
    output << std::flush;
}

}  // namespace

std::size_t parse_bytes(const std::string& text) {
    if (const auto bytes = bytes_of(text)) return *bytes;
    throw ValueError(fmt::format("got {}; expected bytes as 512MB or 2GB, none, or all", text));
}

ImageInput ImageOptions::over(ImageInput input) const {
    if (!fit.empty()) input.fit = fit;
    if (!interpolation.empty()) input.interpolation = interpolation;
    if (exif) input.exif = true;
    return input;
}

data::ImageFolderOptions ImageOptions::decoding(const Shape& image, const ImageInput& input,
                                                std::ostream& output) const {
    data::ImageFolderOptions options{.height = image[0],
                                     .width = image[1],
                                     .channels = image[2],
                                     .on_error = skip_broken ? "skip" : "error",
                                     .validation_split = validation_split,
                                     .interpolation = input.interpolation,
                                     .crop_to_aspect_ratio = input.fit == "crop",
                                     .pad_to_aspect_ratio = input.fit == "pad",
                                     .exif = input.exif,
                                     .scaled_decode = true,
                                     .rounded = true,
                                     .progress = data::print_progress(output, isatty(STDOUT_FILENO) == 1)};
    if (!cache.empty()) options.cache = parse_bytes(cache);
    return options;
}

void add_fit_options(CLI::App& app, ImageOptions& options) {
    add(app, "--fit", options.fit);
    add(app, "--interpolation", options.interpolation);
    add_flag(app, "--exif", options.exif);
}

void add_set_options(CLI::App& app, ImageOptions& options) {
    add(app, "--validation-split", options.validation_split);
    add_flag(app, "--skip-broken", options.skip_broken);
    add(app, "--cache", options.cache)->check([](const std::string& text) {
        return bytes_of(text) ? std::string() : "got " + text + "; expected bytes as 512MB or 2GB, none, or all";
    });
}

data::ImageListing told_listing(const std::filesystem::path& folder, const ImageInput& input, std::ostream& output) {
    data::ImageListing listing = data::list_image_folder(folder);
    print_lines(listing.str(input.exif), output);
    return listing;
}

void tell_split(const data::TrainTest& data, std::ostream& output) {
    const std::size_t skipped =
        data.train.skipped().size() + data.test.skipped().size() +
        (data.validation && !data.validation->skipped().empty() ? data.validation->skipped().size() : 0);
    output << fmt::format("{} images to train on, ", data.train.size());
    if (data.validation) output << fmt::format("{} to validate on, ", data.validation->size());
    output << fmt::format("{} to test on", data.test.size());
    if (skipped > 0) output << fmt::format("; {} broken, passed over", skipped);
    output << std::endl;
    const auto tell = [&](const Dataset& set) {
        for (const std::string& line : set.skipped()) output << "  " << text::printable(line) << std::endl;
    };
    tell(data.train);
    if (data.validation) tell(*data.validation);
    tell(data.test);
}

}  // namespace markhor::cli
