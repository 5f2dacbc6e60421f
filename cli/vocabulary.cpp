#include "vocabulary.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <markhor/recipe.hpp>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace markhor::cli {
namespace {

constexpr std::int64_t most_pixels = 16384;
constexpr std::size_t help_width = 80;
constexpr std::size_t name_width = 27;

template <class T>
bool parse(const std::string& text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

CLI::Validator check(std::function<std::string(const std::string&)> wrong) {
    return CLI::Validator([wrong = std::move(wrong)](std::string& text) { return wrong(text); }, "");
}

std::string listed(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

const std::vector<Word>& vocabulary() {
    static const CLI::Validator any;
    static const std::string data = "Data";
    static const std::vector<std::string> interpolations = {"bilinear", "nearest",  "bicubic",  "area",
                                                            "lanczos3", "lanczos5", "gaussian", "mitchellcubic"};
    static const std::string training = "Training";
    static const std::string running = "Running";
    static const std::vector<Word> all = {
        {"--data", data, "FOLDER",
         "Folder with a folder of images (PNG, JPEG, WebP, BMP, GIF) for each class, or of idx files", any},
        {"--image-size", data, "N|HxW", "Resize the images to N pixels square, or to HEIGHTxWIDTH", image_size()},
        {"--height", data, "PIXELS", "Height of the resized images", whole_number(1, most_pixels)},
        {"--width", data, "PIXELS", "Width of the resized images", whole_number(1, most_pixels)},
        {"--color-mode", data, "MODE", "rgb, grayscale or rgba", one_of({"rgb", "grayscale", "rgba"})},
        {"--fit", data, "HOW",
         "How images get the size: stretch; crop to its shape around the centre; pad with black (as Keras's "
         "crop_to_aspect_ratio and pad_to_aspect_ratio)",
         one_of({"stretch", "crop", "pad"})},
        {"--interpolation", data, "NAME", "Of the resizing, as Keras's: " + listed(interpolations),
         one_of(interpolations)},
        {"--exif", data, "", "Turn photos as their EXIF orientation says, which Keras does not", any},
        {"--validation-split", data, "SHARE",
         "Share of each class's training images that is held out, apart from those to test on: --patience goes by them",
         real_number(0, 1, true)},
        {"--cache", data, "BYTES",
         "Memory for decoded images, as 512MB, 2GB, none or all: what does not fit is decoded anew each epoch "
         "(default: a quarter of what is free)",
         any},
        {"--skip-broken", data, "", "Pass over images that cannot be decoded, and say which", any},
        {"--scale", data, "SCALE",
         "How pixels of 0 to 255 become inputs: a factor (1/255), raw, tf, caffe, torch (as preprocess_input), or "
         "auto: as "
         "stored with the model, else as its layers or its network want it, else 1/255",
         any},

        {"--epochs", training, "N", "How often each training image is seen", whole_number(1, 100000)},
        {"--batch-size", training, "N", "Images a step", whole_number(1, 65536)},
        {"--optimizer", training, "NAME", "One of " + listed(insight::optimizer_names()),
         one_of(insight::optimizer_names())},
        {"--learning-rate", training, "RATE", "Of the optimizer (default: its own)", positive_number()},
        {"--schedule", training, "NAME",
         "How the rate goes on: constant; cosine (to 0); step (a tenth after half, a hundredth after three quarters); "
         "exponential (to a hundredth); warmup (up for a tenth of the steps, then cosine)",
         one_of(insight::schedule_names())},
        {"--class-weight", training, "WEIGHT", "balanced: each class counts the same, however many images it has; none",
         one_of({"none", "balanced"})},
        {"--augment", training, "", "Train on images changed at random each time: " + insight::augmentation_text(),
         any},
        {"--patience", training, "N",
         "Stop after N epochs without a lower validation loss, and keep the best epoch's weights",
         whole_number(1, 100000)},
        {"--network", training, "NAME",
         "A network of keras.applications (MobileNetV2, ResNet50, …) with new weights, in place of --head", any},
        {"--head", training, "NAME", "The head of the network", any},
        {"--dropout", training, "SHARE", "Of the new head", real_number(0, 0.99)},
        {"--checkpointing", training, "",
         "Keep less of the forward pass for the gradients, compute it once more: less memory, more time", any},
        {"--seed", running, "N", "Of the initial weights, the shuffling and the dropout",
         whole_number(0, std::numeric_limits<std::int64_t>::max())},
        {"--threads", running, "N", "Threads to compute with (default: one a core)", whole_number(1, 1024)},
        {"--out", running, "FOLDER", "Folder of the results; those of an earlier run there are replaced", any},
        {"--config", running, "FILE",
         "A .toml or .json file with these options as its keys; those typed here count more", any},
    };
    return all;
}

std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t kept = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({kept, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

/// The text in lines that end before the 80th column, all but the first indented; `at` is where the first begins.
std::string wrapped(const std::string& text, std::size_t at, std::size_t indent) {
    std::istringstream words(text);
    std::string lines;
    std::size_t column = at;
    for (std::string next; words >> next;) {
        if (column > indent && column + 1 + next.size() > help_width) {
            lines += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            lines += ' ';
            ++column;
        }
        lines += next;
        column += next.size();
    }
    return lines;
}

std::string two_columns(const std::string& left, const std::string& right) {
    std::string line = "  " + left;
    if (line.size() + 2 > name_width + 2) {
        line += "\n" + std::string(name_width + 2, ' ');
    } else {
        line.resize(name_width + 2, ' ');
    }
    return line + wrapped(right, name_width + 2, name_width + 2) + "\n";
}

}  // namespace

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
    return check([=](const std::string& text) -> std::string {
        std::int64_t value = 0;
        if (parse(text, value) && value >= least && value <= most) return {};
        return fmt::format("got {}; expected a whole number from {} to {}", text, least, most);
    });
}

CLI::Validator real_number(double least, double most, bool open) {
    return check([=](const std::string& text) -> std::string {
        double value = 0;
        if (parse(text, value) && std::isfinite(value) &&
            (open ? value > least && value < most : value >= least && value <= most)) {
            return {};
        }
        return fmt::format("got {}; expected a number {} {} {} {}", text, open ? "between" : "from", least,
                           open ? "and" : "to", most);
    });
}

CLI::Validator positive_number() {
    return check([](const std::string& text) -> std::string {
        double value = 0;
        if (parse(text, value) && std::isfinite(value) && value > 0) return {};
        return fmt::format("got {}; expected a finite number above 0", text);
    });
}

CLI::Validator one_of(const std::vector<std::string>& names) {
    return check([names](const std::string& text) -> std::string {
        if (std::ranges::find(names, text) != names.end()) return {};
        const std::string near = nearest(text, names);
        return fmt::format("got {}; expected one of {}{}", text, listed(names), near.empty() ? "" : " (" + near + "?)");
    });
}

CLI::Validator image_size() {
    return check([](const std::string& text) -> std::string {
        const std::size_t cross = text.find('x');
        std::int64_t height = 0;
        std::int64_t width = 1;
        const bool good = parse(text.substr(0, cross), height) &&
                          (cross == std::string::npos || parse(text.substr(cross + 1), width));
        if (good && std::min(height, width) >= 1 && std::max(height, width) <= most_pixels) return {};
        return fmt::format("got {}; expected N or HEIGHTxWIDTH in pixels, up to {}", text, most_pixels);
    });
}

const Word& word(const std::string& name) {
    const auto found = std::ranges::find(vocabulary(), name, &Word::name);
    if (found == vocabulary().end()) throw std::logic_error("the vocabulary has no " + name);
    return *found;
}

std::vector<std::string> words() {
    std::vector<std::string> names;
    for (const Word& each : vocabulary()) names.push_back(each.name);
    return names;
}

CLI::Option* define(CLI::Option* option, const Word& word) {
    option->group(word.group);
    if (word.type.empty()) return option;
    return option->type_name(word.type)->check(word.check);
}

CLI::Option* add_flag(CLI::App& app, const std::string& name, bool& value, const std::string& help) {
    const Word& word = cli::word(name);
    CLI::Option* option = define(app.add_flag(name, value, help.empty() ? word.help : help), word);
    option->default_function([&value] { return std::string(value ? "true" : ""); });
    return option;
}

std::string nearest(const std::string& typed, const std::vector<std::string>& known) {
    std::string best;
    std::size_t least = typed.size() / 3 + 1;  // a third of the letters may be wrong
    for (const std::string& name : known) {
        const bool begins = typed.size() >= 4 && name.starts_with(typed);
        const std::size_t apart = begins ? 1 : distance(typed, name);
        if (apart > least || (apart == least && !best.empty())) continue;
        least = apart;
        best = name;
    }
    return best;
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
    std::string left = make_option_name(option, is_positional);
    if (option->get_type_size() != 0 && !is_positional) left += " " + option->get_type_name();
    std::string right = option->get_description();
    if (option->get_required()) right += " (required)";
    const std::string& value = option->get_default_str();
    if (!value.empty() && option->get_type_size() != 0) right += " (default: " + value + ")";
    return two_columns(left, right);
}

std::string HelpFormatter::make_description(const CLI::App* command) const {
    return wrapped(command->get_description(), 0, 0) + "\n";
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
    return two_columns(command->get_name(), command->get_description());
}

}  // namespace markhor::cli
