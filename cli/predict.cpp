// markhor predict: what a model says to image files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <markhor/dataset.hpp>
#include <markhor/error.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>

#include "command.hpp"
#include "core/text.hpp"
#include "data/image_files.hpp"
#include "data/workers.hpp"
#include "image_options.hpp"
#include "output.hpp"
#include "sorted_copies.hpp"
#include "trained_model.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;

struct Guess {
    std::int64_t label = 0;
    double probability = 0;
};

struct PredictCommand {
    TrainedModelOptions common;
    std::vector<fs::path> images;
    std::int64_t top_k = 1;
    bool skip_broken = false;
    ImageOptions image_options = {};
    fs::path copy_to = {};
    double min_probability = 0;

    std::vector<fs::path> files() const {
        std::vector<fs::path> all;
        for (const fs::path& path : images) {
            if (!fs::exists(path)) throw FileError(path.string() + ": there is no such file or folder");
            if (!fs::is_directory(path)) {
                all.push_back(path);
                continue;
            }
            const std::vector<fs::path> found = data::list_images(path, false);
            if (found.empty()) throw FileError(path.string() + ": there is no image in this folder");
            all.insert(all.end(), found.begin(), found.end());
        }
        return all;
    }

    /// Images first to first + count as the model takes them, decoded on all cores, those of large JPEGs from a half,
    /// quarter or eighth of their size. An undefined one is broken, and was to be skipped.
    std::vector<Tensor> load(const DatasetSource& source, std::int64_t first, std::int64_t count,
                             const ImageInput& input) const {
        std::vector<Tensor> loaded(static_cast<std::size_t>(count));
        std::vector<std::string> errors(loaded.size());
        data::for_each(count, [&](std::int64_t i) {
            const auto at = static_cast<std::size_t>(i);
            Tensor x(source.x_shape().with_batch(1), DType::float32);
            Tensor y(source.y_shape().with_batch(1), source.y_dtype());
            try {
                source.read(std::array{first + i}, x, y);
                loaded[at] = fit_pixels(x.reshaped(source.x_shape()), input);
            } catch (const FileError& error) {
                if (!skip_broken) throw;
                errors[at] = error.what();
            }
        });
        for (const std::string& error : errors) {
            if (!error.empty()) std::cerr << "markhor predict: skipped: " << text::printable(error) << std::endl;
        }
        return loaded;
    }

    data::ImageFormat format(const Shape& image, const ImageInput& input) const {
        return {.height = image[0],
                .width = image[1],
                .channels = image[2],
                .interpolation = data::interpolation_of(input.interpolation),
                .aspect = data::aspect_of(input.fit == "crop", input.fit == "pad"),
                .scaled_decode = true,
                .exif = input.exif};
    }

    std::vector<Guess> best(std::span<const float> scores) const {
        std::vector<std::int64_t> order(scores.size());
        std::iota(order.begin(), order.end(), 0);
        const auto score = [&](std::int64_t label) { return scores[static_cast<std::size_t>(label)]; };
        std::ranges::stable_sort(order, std::greater<>(), score);
        order.resize(std::min(order.size(), static_cast<std::size_t>(top_k)));
        std::vector<Guess> guesses;
        guesses.reserve(order.size());
        for (const std::int64_t label : order) guesses.push_back({label, static_cast<double>(score(label))});
        return guesses;
    }

    int run() const {
        const TrainedModel trained = common.open();
        const Shape output = trained.model.output_shapes().front();
        if (output.rank() != 2) {
            throw ShapeError(common.model.string() + ": the model's output is " + output.str() +
                             "; (batch, classes) is wanted");
        }
        const std::vector<fs::path> all = files();
        std::cerr << trained.input.line() << std::endl;
        Printer printer(common.form, trained.class_names);
        SortedCopies copies(copy_to, min_probability);
        std::size_t broken = 0;
        std::vector<fs::path> names;
        Tensor batch(trained.image.with_batch(common.batch_size), DType::float32);
        const auto flush = [&] {
            if (names.empty()) return;
            const Tensor scores =
                trained.model.predict_on_batch(batch.slice(0, static_cast<std::int64_t>(names.size())));
            const auto classes = static_cast<std::size_t>(output[1]);
            for (std::size_t i = 0; i < names.size(); ++i) {
                const std::vector<Guess> guesses = best(scores.data<float>().subspan(i * classes, classes));
                printer.print(names[i], guesses);
                if (!copy_to.empty())
                    copies.add(names[i], printer.name(guesses.front().label), guesses.front().probability);
            }
            names.clear();
            check_output();
        };
        const ImageInput input = image_options.over(trained.input.input);
        std::vector<data::LabelledFile> listed;
        listed.reserve(all.size());
        for (const fs::path& file : all) listed.push_back({file, 0});
        const auto source = data::image_files(std::move(listed), format(trained.image, input), {});
        for (std::int64_t first = 0; first < std::ssize(all); first += common.batch_size) {
            const std::vector<Tensor> loaded =
                load(*source, first, std::min(common.batch_size, std::ssize(all) - first), input);
            for (std::size_t i = 0; i < loaded.size(); ++i) {
                if (!loaded[i].defined()) {
                    ++broken;
                    continue;
                }
                const auto place = static_cast<std::int64_t>(names.size());
                const std::span<const float> pixels = loaded[i].data<float>();
                std::ranges::copy(pixels, batch.slice(place, place + 1).data<float>().begin());
                names.push_back(all[static_cast<std::size_t>(first) + i]);
            }
            flush();
        }
        printer.finish();
        if (!copy_to.empty()) (common.form == Form::table ? std::cout : std::cerr) << copies.summary() << std::endl;
        if (broken > 0) std::cerr << "markhor predict: " << broken << " of " << all.size() << " images were skipped\n";
        return success;
    }

    class Printer {
    public:
        Printer(Form form, const std::vector<std::string>& names) : form_(form), names_(names) {
            if (form == Form::csv) std::cout << "file,rank,class,name,probability\n";
            if (form == Form::json) std::cout << "[";
        }
        void print(const fs::path& file, const std::vector<Guess>& guesses) {
            if (form_ == Form::json) {
                nlohmann::json all = nlohmann::json::array();
                for (const Guess& guess : guesses) {
                    all.push_back(
                        {{"class", guess.label}, {"name", name(guess.label)}, {"probability", guess.probability}});
                }
                const nlohmann::json told = {{"file", file.string()}, {"predictions", std::move(all)}};
                std::cout << (first_ ? "\n" : ",\n")
                          << text::json(told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
                first_ = false;
                return;
            }
            for (std::size_t rank = 0; rank < guesses.size(); ++rank) {
                const Guess& guess = guesses[rank];
                if (form_ == Form::csv) {
                    std::cout << fmt::format("{},{},{},{},{}\n", text::csv(file.string()), rank + 1, guess.label,
                                             text::csv(name(guess.label)), guess.probability);
                } else {
                    const std::string shown = text::printable(file.string());
                    std::cout << fmt::format("{}  {:<20} {:>7.2f} %\n",
                                             rank == 0 ? shown : std::string(shown.size(), ' '),
                                             text::printable(name(guess.label), 60), 100 * guess.probability);
                }
            }
        }
        std::string name(std::int64_t label) const {
            const auto index = static_cast<std::size_t>(label);
            return index < names_.size() ? names_[index] : std::to_string(label);
        }

        void finish() {
            if (form_ == Form::json) std::cout << "\n]\n";
            std::cout << std::flush;
        }

    private:
        const Form form_;
        const std::vector<std::string>& names_;
        bool first_ = true;
    };
};

const RegisterCommand registered_predict({
    .name = "predict",
    .description = "Say what image files show, by a trained model",
    .example = "  markhor predict results/train shoe.png --top-k 3\n"
               "  markhor predict model.keras photos more/cat.jpg --format csv > guesses.csv\n"
               "  markhor predict results/train holiday --copy-to sorted --min-probability 0.6",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<PredictCommand>();
            add_trained_model_options(app, command->common);
            add_fit_options(app, command->image_options);
            app.add_option("images", command->images,
                           "Image files (PNG, JPEG, WebP, BMP, GIF), or folders with such in them or in their folders")
                ->type_name("IMAGE")
                ->required();
            app.add_option("--top-k", command->top_k, "How many classes to name for each, the likeliest first")
                ->type_name("K")
                ->check(whole_number(1, 1000000))
                ->capture_default_str();
            add_flag(app, "--skip-broken", command->skip_broken);
            app.add_option("--copy-to", command->copy_to,
                           "Copy each image into FOLDER/CLASS; nothing that is there is replaced")
                ->type_name("FOLDER");
            app.add_option("--min-probability", command->min_probability,
                           "With --copy-to: images that are less sure go to FOLDER/unsure")
                ->type_name("SHARE")
                ->check(real_number(0, 1));
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
