// markhor evaluate: a model's loss and metrics on a set of images.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <markhor/dataset.hpp>
#include <markhor/error.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/input_file.hpp"
#include "core/text.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"
#include "open_model.hpp"
#include "trained_model.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;

struct EvaluateCommand {
    TrainedModelOptions common = {.batch_size = 128};
    std::filesystem::path data;
    std::string part;
    ImageOptions image_options;

    /// What the run that wrote the folder said of its data, where that is what is measured on: no other is named. Else
    /// null.
    nlohmann::json run_data() const {
        if (!fs::is_directory(common.model)) return nullptr;
        const fs::path results = common.model / "results.json";
        if (!data.empty() && !fs::exists(results)) return nullptr;
        const nlohmann::json read = nlohmann::json::parse(read_text_file(results), nullptr, false);
        const nlohmann::json::json_pointer place("/data/name");
        const bool is_told = !read.is_discarded() && read.contains(place) && read.at(place).is_string();
        std::error_code other;  // no such folder, say
        if (!data.empty() && !(is_told && fs::equivalent(data, read.at(place).get<std::string>(), other)))
            return nullptr;
        if (!is_told)
            throw FileError(results.string() + ": does not say which data the run had; expected --data FOLDER");
        nlohmann::json found = read.at("data");
        // Where it was typed, from where a name without a slash at its front leads.
        const nlohmann::json::json_pointer from("/settings/folder");
        if (read.contains(from) && read.at(from).is_string()) found["from"] = read.at(from);
        if (read.contains("settings")) found["settings"] = read.at("settings");
        return found;
    }

    fs::path data_folder(const nlohmann::json& of_run) const {
        if (of_run.is_null() || !data.empty()) return data;
        const auto name = of_run.at("name").get<std::string>();
        if (name == "Fashion-MNIST") return {};
        const fs::path from = of_run.value("from", std::string());
        for (const fs::path& folder : {from / name, fs::path(name)}) {
            if (fs::is_directory(folder)) return folder;
        }
        throw FileError((common.model / "results.json").string() + ": the run's data was in " + (from / name).string() +
                        ", which is not there; --data says where it is");
    }

    /// Another split than the run's measures on images that it was trained on.
    void check_count(const nlohmann::json& of_run, const std::string& asked, const Dataset& set) const {
        if (of_run.is_null() || (asked != "train" && asked != "test")) return;
        const auto images = of_run.find(asked == "train" ? "train_images" : "test_images");
        if (images == of_run.end() || *images == set.size()) return;
        throw ValueError(
            fmt::format("{}: the run had {} images in this part of its data, and now there are {}: they were "
                        "split in another way, or the folder has changed; --data FOLDER measures on it as "
                        "it is",
                        common.model.string(), images->dump(), set.size()));
    }

    /// With the split that the run had.
    ImageOptions options_of(const nlohmann::json& of_run) const {
        ImageOptions options = image_options;
        const nlohmann::json::json_pointer split("/options/validation-split/0");
        if (!of_run.contains("/settings"_json_pointer)) return options;
        const nlohmann::json& settings = of_run.at("settings");
        if (settings.contains(split) && settings.at(split).is_string())
            options.validation_split = read_share(settings.at(split).get<std::string>());
        const nlohmann::json::json_pointer broken("/options/skip-broken");
        if (settings.contains(broken)) options.skip_broken = true;
        return options;
    }

    double read_share(const std::string& text) const {
        double share = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
        if (error == std::errc() && end == text.data() + text.size() && share > 0 && share < 1) return share;
        throw FileError((common.model / "results.json").string() + ": the run's validation-split is '" + text +
                        "'; expected a number between 0 and 1");
    }

    /// Decoded as the run had it, so that its figures come out again.
    Dataset open_own(const fs::path& folder, const std::string& asked, const TrainedModel& trained,
                     const ImageInput& input, const ImageOptions& options) const {
        const data::TrainTest sets = open_data(folder, trained.image, input, options);
        if (asked == "train") return sets.train;
        if (asked == "test") return sets.test;
        if (sets.validation) return *sets.validation;
        throw FileError(common.model.string() + ": the run had no set to validate on; expected --part train or test");
    }

    /// Labels as the model numbers its classes: by their names.
    static Dataset relabelled(const Dataset& set, const std::vector<std::string>& names) {
        std::vector<std::int32_t> numbers;
        for (const std::string& name : set.class_names()) {
            const auto found = std::ranges::find(names, name);
            if (found == names.end()) return set;
            numbers.push_back(static_cast<std::int32_t>(found - names.begin()));
        }
        if (numbers.empty() || set.class_names() == names) return set;
        return set
            .map([numbers](Example& example) {
                for (std::int32_t& label : example.y.data<std::int32_t>())
                    label = numbers.at(static_cast<std::size_t>(label));
            })
            .with_class_names(names);
    }

    Dataset open(const TrainedModel& trained) const {
        const nlohmann::json of_run = run_data();
        const fs::path folder = data_folder(of_run);
        // A folder of classes that was not trained on is measured whole.
        const std::string asked = !part.empty() ? part : of_run.is_null() ? "all" : "test";
        const Part which = asked == "test"    ? Part::test
                           : asked == "train" ? Part::train
                           : asked == "all"   ? Part::all
                                              : Part::validation;
        const ImageInput input = image_options.over(trained.input.input);
        const ImageOptions options = options_of(of_run);
        const Dataset set = of_run.is_null() || asked == "all" ? open_part(folder, which, trained.image, input, options)
                                                               : open_own(folder, asked, trained, input, options);
        for (const std::string& line : set.skipped())
            std::cerr << "markhor evaluate: skipped: " << text::printable(line) << std::endl;
        check_count(of_run, asked, set);
        const std::vector<std::string>& names = set.class_names();
        // A folder of numbers ("0", "1", …) says nothing about classes' names.
        if (!trained.class_names.empty() && names.size() > trained.class_names.size()) {
            throw ValueError(fmt::format("{}: has {} classes; the model tells {}", folder.string(), names.size(),
                                         trained.class_names.size()));
        }
        return relabelled(set, trained.class_names);
    }

    int run() const {
        TrainedModel trained = common.open();
        if (!trained.model.model_base()->trainer().compiled()) {
            trained.model.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
        }
        const Dataset set = open(trained);
        std::cerr << trained.input.line() << std::endl;
        const Logs logs = trained.model.evaluate(set, {.batch_size = common.batch_size, .verbose = 0});
        print(logs, set.size());
        return success;
    }

    void print(const Logs& logs, std::int64_t images) const {
        if (common.form == Form::json) {
            nlohmann::json all = logs;
            all["images"] = images;
            std::cout << text::json(all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)) << "\n";
        } else if (common.form == Form::csv) {
            std::string names = "images";
            std::string values = std::to_string(images);
            for (const auto& [name, value] : logs) {
                names += "," + text::csv(name);
                values += fmt::format(",{}", value);
            }
            std::cout << names << "\n" << values << "\n";
        } else {
            std::size_t width = 6;
            for (const auto& [name, value] : logs) width = std::max(width, text::printable(name).size());
            std::cout << fmt::format("{:<{}}  {}\n", "images", width, images);
            for (const auto& [name, value] : logs)
                std::cout << fmt::format("{:<{}}  {:.6g}\n", text::printable(name), width, value);
        }
        std::cout << std::flush;
    }
};

const RegisterCommand registered_evaluate({
    .name = "evaluate",
    .description = "Measure a model's loss and metrics on images",
    .example = "  markhor evaluate results/train                     on the test images of its own data\n"
               "  markhor evaluate model.keras --data photos         a folder of images a class, or of idx files\n"
               "  markhor evaluate model.keras --data photos --part train --format json",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<EvaluateCommand>();
            add_trained_model_options(app, command->common);
            add_fit_options(app, command->image_options);
            add_flag(app, "--skip-broken", command->image_options.skip_broken);
            app.add_option(
                   "--data", command->data,
                   "Folder of class folders of images, of sets of such, or of idx files (default: the data of the run "
                   "whose folder is given, else Fashion-MNIST)")
                ->type_name("FOLDER");
            app.add_option(
                   "--part", command->part,
                   "Which of its images: train, validation, test, or all of a folder of classes (default: those to "
                   "test on where there are such sets or a run's split, else all)")
                ->type_name("PART")
                ->check(CLI::IsMember({"train", "validation", "test", "all"}));
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
