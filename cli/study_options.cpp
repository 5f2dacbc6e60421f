#include "study_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <markhor/dataset.hpp>
#include <markhor/error.hpp>
#include <markhor/image_listing.hpp>
#include <markhor/insight.hpp>

#include "command.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "data/folders.hpp"
#include "insight/measurement.hpp"
#include "insight/networks.hpp"
#include "interrupt.hpp"
#include "open_model.hpp"
#include "run_settings.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {

namespace {

constexpr std::int64_t largest_unasked = 224;  // images are trained at this height and width where no size is given

/// The size that is asked for; 0x0: none is.
Shape asked_size(const StudyOptions& options) {
    Shape size{0, 0};
    if (!options.image_size.empty()) size = parse_size(options.image_size);
    return {options.height > 0 ? options.height : size[0], options.width > 0 ? options.width : size[1]};
}

/// Says so.
bool too_large(std::int64_t height, std::int64_t width, std::ostream& output) {
    if (std::max(height, width) <= largest_unasked) return false;
    output << fmt::format("The images are {}x{} pixels; trained at {}x{}; --image-size changes it.", width, height,
                          largest_unasked, largest_unasked)
           << std::endl;
    return true;
}

Shape image_shape(const StudyOptions& options, const Shape& asked, const data::ImageListing& listing,
                  std::ostream& output) {
    const std::int64_t channels = options.color_mode == "grayscale" ? 1 : options.color_mode == "rgba" ? 4 : 3;
    if (asked[0] > 0) return {asked[0], asked[1], channels};
    if (listing.images.empty()) return {largest_unasked, largest_unasked, channels};  // refused when it is opened
    const data::ListedImage& first = listing.images.front();
    const bool across = options.images.exif && first.orientation > 4;
    const std::int64_t height = across ? first.width : first.height;
    const std::int64_t width = across ? first.height : first.width;
    if (too_large(height, width, output)) return {largest_unasked, largest_unasked, channels};
    return {height, width, channels};
}

constexpr double mega = 1e6;

/// Bytes that training one of the heads takes at most, at this size.
double training_bytes(const StudyOptions& options, const data::ImageListing& listing, const Shape& image) {
    const auto images = std::max<std::int64_t>(1, std::ssize(listing.images));
    insight::CaseStudyOptions study = options.study;
    if (study.learning_rate == 0) study.learning_rate = insight::default_learning_rate(study.recipe.optimizer);
    double most = 0;
    for (const std::string& head : study.heads) {
        const Model model = insight::compiled_network(
            insight::head(head), image, std::max<std::int64_t>(2, std::ssize(listing.class_names)), study, images);
        const insight::ModelCost cost = insight::cost(model, std::min(study.batch_size, images));
        constexpr double copies = 4;  // of the weights: their gradients and an optimizer's two moments
        const double kept = copies * cost.weight_bytes;
        most = std::max(most, kept + (cost.training ? cost.training->activation_bytes : cost.activation_bytes));
    }
    return most;
}

double all_bytes(const StudyOptions& options, const data::ImageListing& listing, data::ImageFolderOptions decoding,
                 const Shape& image, std::size_t& cache) {
    decoding.height = image[0];
    decoding.width = image[1];
    const data::ImageMemory memory =
        data::image_memory(listing, decoding, std::min(options.study.batch_size, std::ssize(listing.images)));
    cache = memory.cache;
    return training_bytes(options, listing, image) + static_cast<double>(memory.batches + memory.decoding);
}

/// Tells the memory that the run will take; throws ValueError where there is less, with the size that will do.
void check_memory(const StudyOptions& options, const data::ImageListing& listing,
                  const data::ImageFolderOptions& decoding, const Shape& image, std::ostream& output) {
    if (listing.images.empty()) return;
    std::size_t cache = 0;
    const double needed = all_bytes(options, listing, decoding, image, cache);
    const auto free = static_cast<double>(data::available_memory());
    const double kept =
        std::min(static_cast<double>(cache), decoding.cache ? static_cast<double>(*decoding.cache) : free / 4);
    output << fmt::format("images {}x{}x{}; memory: about {:.0f} MB to train and {:.0f} MB for the {} images\n",
                          image[0], image[1], image[2], needed / mega, kept / mega,
                          kept < static_cast<double>(cache) ? "part that is kept of the" : "decoded");
    output << std::flush;
    if (free == 0 || needed + (decoding.cache ? kept : 0) <= free) return;
    std::int64_t side = std::max(image[0], image[1]);
    std::string remedy = "a smaller --batch-size is wanted";
    while (side > 16) {
        side = side > 64 ? side * 3 / 4 / 16 * 16 : side / 2;
        const Shape smaller{std::max<std::int64_t>(1, image[0] * side / std::max(image[0], image[1])),
                            std::max<std::int64_t>(1, image[1] * side / std::max(image[0], image[1])), image[2]};
        try {
            if (all_bytes(options, listing, decoding, smaller, cache) > free * 0.9) continue;
        } catch (const ShapeError&) {
            break;  // too small for the network
        }
        remedy = smaller[0] == smaller[1] ? fmt::format("--image-size {} will do", smaller[0])
                                          : fmt::format("--image-size {}x{} will do", smaller[0], smaller[1]);
        break;
    }
    throw ValueError(
        fmt::format("{}: training at {}x{} with batches of {} takes about {:.0f} MB, and {:.0f} MB are "
                    "free; {}",
                    options.data.string(), image[0], image[1], options.study.batch_size,
                    (needed + (decoding.cache ? kept : 0)) / mega, free / mega, remedy));
}

}  // namespace

ImageInput image_record(const StudyOptions& options) { return options.images.over(ImageInput()); }

data::TrainTest open_data(const StudyOptions& options, std::ostream& output) {
    const Shape asked = asked_size(options);
    if ((asked[0] == 0) != (asked[1] == 0)) throw ValueError("--height and --width: expected both, got one");
    const auto sized = [](const data::TrainTest& data, std::int64_t height, std::int64_t width) {
        return data::TrainTest{data.train.resized(height, width), data.test.resized(height, width)};
    };
    if (options.data.empty()) {
        const data::TrainTest data = data::fashion_mnist();
        return asked[0] == 0 ? data : sized(data, asked[0], asked[1]);
    }
    if (data::has_idx_files(options.data)) {
        const data::TrainTest data = data::open_folder(options.data, {.height = asked[0], .width = asked[1]});
        const Shape image = data.train.x_shape();
        return asked[0] == 0 && too_large(image[0], image[1], output) ? sized(data, largest_unasked, largest_unasked)
                                                                      : data;
    }
    const ImageInput record = image_record(options);
    const data::ImageListing listing = told_listing(options.data, record, output);
    const Shape image = image_shape(options, asked, listing, output);
    const data::ImageFolderOptions decoding = options.images.decoding(image, record, output);
    check_memory(options, listing, decoding, image, output);
    data::TrainTest data = data::image_folder(listing, decoding);
    tell_split(data, output);
    if (options.study.recipe.patience > 0 && !data.validation) {
        output << "--patience goes by the images to test on, which makes their accuracy look better than it is; "
                  "--validation-split 0.1 holds out others for it"
               << std::endl;
    }
    return data;
}

std::string data_name(const StudyOptions& options) {
    return options.data.empty() ? "Fashion-MNIST" : options.data.string();
}

void prepare_study(StudyOptions& options) {
    if (options.study.learning_rate == 0)
        options.study.learning_rate = insight::default_learning_rate(options.study.recipe.optimizer);
    options.study.data_name = data_name(options);
    options.study.command = command_line();
    options.study.stop_requested = interrupt_requested;
    catch_interrupts();
}

void print_study(const insight::CaseStudy& study, const std::filesystem::path& out, const std::string& others) {
    std::cout << "\n" << insight::table(study) << "\n";
    for (const insight::Advice& each : insight::advice(study))
        std::cout << text::printable(each.topic + ": " + each.text) << "\n";
    if (study.interrupted) std::cout << "\nStopped before the end: what was done until then is kept.\n";
    std::cout << fmt::format("\nWritten to {}: report.html (to read), results.json, table.txt{}\n",
                             text::printable(out.string()), study.heads.empty() ? "" : others);
    std::cout << std::flush;
}

void add_study_options(CLI::App& app, StudyOptions& options) {
    app.add_option("folder", options.data, "The same as --data")->type_name("FOLDER")->group("Data");
    add(app, "--data", options.data, word("--data").help + " (default: Fashion-MNIST, Debian's dataset-fashion-mnist)");
    add(app, "--image-size", options.image_size);
    add(app, "--height", options.height);
    add(app, "--width", options.width);
    add(app, "--color-mode", options.color_mode);
    add_fit_options(app, options.images);
    add_set_options(app, options.images);
    add(app, "--epochs", options.study.epochs);
    add(app, "--batch-size", options.study.batch_size);
    options.study.learning_rate = 0;  // the optimizer's own, put in its place by prepare_study()
    add(app, "--learning-rate", options.study.learning_rate);
    add_recipe_options(app, options.study.recipe);
    add_flag(app, "--checkpointing", options.study.checkpointing);
    add(app, "--seed", options.study.seed);
    add(app, "--threads", options.threads);
    add(app, "--out", options.out);
}

void add_recipe_options(CLI::App& app, insight::Recipe& recipe) {
    add(app, "--optimizer", recipe.optimizer);
    add(app, "--schedule", recipe.schedule);
    add(app, "--class-weight", recipe.class_weight);
    add_flag(app, "--augment", recipe.augment);
    add(app, "--patience", recipe.patience);
}

int run_study(StudyOptions options) {
    if (options.threads > 0) set_num_threads(options.threads);
    check_beside_data(options.out, options.data);
    options.study.images = image_record(options);
    const data::TrainTest data = open_data(options, std::cout);
    prepare_study(options);
    const insight::CaseStudy study = insight::run_case_study(data, options.out, options.study);
    print_study(study, options.out, ", the weights");
    return study.interrupted ? interrupt_status() : success;
}

}  // namespace markhor::cli
