// A listing as text, and how far the decoding is.
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <markhor/image_listing.hpp>
#include <memory>
#include <ostream>

namespace markhor::data {
namespace {

constexpr std::size_t max_lines = 20;

/// 1,240, whatever the locale.
std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return digits;
}

std::string images(std::int64_t count) { return grouped(count) + (count == 1 ? " image" : " images"); }

std::string text_of(const ImageListing::Range& range) {
    if (range.min == range.max) return grouped(range.min);
    return fmt::format("{} to {} (median {})", grouped(range.min), grouped(range.max), grouped(range.median));
}

std::string some(const std::vector<std::string>& lines) {
    std::string text;
    for (std::size_t i = 0; i < std::min(lines.size(), max_lines); ++i) text += "  " + lines[i] + "\n";
    if (lines.size() > max_lines)
        text += fmt::format("  and {} more\n", grouped(static_cast<std::int64_t>(lines.size() - max_lines)));
    return text;
}

std::string class_table(const ImageListing& listing) {
    std::size_t width = 5;
    for (const std::string& name : listing.class_names) width = std::max(width, name.size());
    std::vector<std::vector<std::int64_t>> counts;
    for (std::size_t set = 0; set < listing.sets.size(); ++set) counts.push_back(listing.class_counts(set));
    std::string text = fmt::format("  {:<{}}", "class", width);
    for (const std::string& set : listing.sets) text += fmt::format("  {:>10}", set.empty() ? "images" : set);
    text += "\n";
    for (std::size_t i = 0; i < listing.class_names.size(); ++i) {
        if (i == max_lines && listing.class_names.size() > max_lines + 1) {
            text += fmt::format("  and {} more classes\n", listing.class_names.size() - i);
            break;
        }
        text += fmt::format("  {:<{}}", listing.class_names[i], width);
        for (const auto& of_set : counts) text += fmt::format("  {:>10}", grouped(of_set[i]));
        text += "\n";
    }
    return text;
}

/// "12 hidden, 3 .txt is not read".
std::string passed_over_text(const ImageListing& listing) {
    std::map<std::string, std::vector<const PassedOver*>> by_reason;
    for (const PassedOver& each : listing.passed_over) by_reason[each.reason].push_back(&each);
    std::vector<std::string> lines;
    lines.reserve(by_reason.size());
    for (const auto& [reason, all] : by_reason) {
        lines.push_back(fmt::format("{}: {}{}", reason, all.front()->path.string(),
                                    all.size() > 1 ? fmt::format(" and {} more", grouped(std::ssize(all) - 1)) : ""));
    }
    return lines.empty() ? "" : "passed over:\n" + some(lines);
}

}  // namespace

std::string ImageListing::str(bool exif) const {
    std::string text = fmt::format("{}: {} of {} {}\n", folder.string(), data::images(std::ssize(images)),
                                   class_names.size(), class_names.size() == 1 ? "class" : "classes");
    if (!class_names.empty()) text += class_table(*this);
    std::map<std::string, std::int64_t> formats;
    for (const ListedImage& image : images) ++formats[image.format];
    if (!images.empty()) {
        text += fmt::format("width {}, height {}; ", text_of(widths()), text_of(heights()));
        std::string all;
        for (const auto& [format, count] : formats)
            all += fmt::format("{}{} {}", all.empty() ? "" : ", ", grouped(count), format);
        text += all + "\n";
    }
    if (imbalance() >= 2) {
        text += fmt::format(
            "the largest class has {:.1f} times the images of the smallest: class weights \"balanced\" make up for "
            "it (--class-weight balanced)\n",
            imbalance());
    }
    if (const std::int64_t count = turned(); count > 0) {
        text +=
            fmt::format("{} an EXIF rotation; {}\n", count == 1 ? "1 photo carries" : grouped(count) + " photos carry",
                        exif ? "it is applied" : "not applied, as in Keras; --exif applies it");
    }
    text += passed_over_text(*this);
    if (!broken.empty()) {
        std::vector<std::string> lines;
        for (const BrokenImage& image : broken) lines.push_back(image.line);
        text += fmt::format("broken: {}\n", data::images(std::ssize(broken))) + some(lines);
    }
    if (!warnings.empty()) text += "warnings:\n" + some(warnings);
    return text;
}

std::function<void(std::int64_t, std::int64_t)> print_progress(std::ostream& output, bool terminal) {
    using Clock = std::chrono::steady_clock;
    const auto next = std::make_shared<Clock::time_point>(Clock::now() + std::chrono::seconds(1));
    const auto printed = std::make_shared<bool>(false);
    return [&output, terminal, next, printed](std::int64_t done, std::int64_t total) {
        const auto now = Clock::now();
        const bool last = done == total;
        if (now < *next && !(last && *printed)) return;  // nothing is said about what takes no time
        *next = now + (terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000));
        *printed = true;
        output << (terminal ? "\r" : "") << "decoding " << grouped(done) << " of " << grouped(total) << " photos"
               << (terminal && !last ? "" : "\n") << std::flush;
    };
}

}  // namespace markhor::data
