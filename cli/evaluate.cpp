// markhor evaluate: a model's loss and metrics on a set of images.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <markhor/dataset.hpp>
#include <markhor/error.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/text.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"
#include "trained_model.hpp"

namespace markhor::cli {
namespace {

struct EvaluateCommand {
    TrainedModelOptions common = {.batch_size = 128};
    std::filesystem::path data;
    std::string part = "test";

    Dataset open(const TrainedModel& trained) const {
        const Shape& image = trained.image;
        const data::TrainTest sets =
            data.empty() ? data::fashion_mnist()
                         : data::open_folder(data, {.height = image[0], .width = image[1], .channels = image[2]});
        const Dataset& set = part == "test" ? sets.test : sets.train;
        const std::vector<std::string>& names = set.class_names();
        // A folder of numbers ("0", "1", …) says nothing about classes' names.
        if (!trained.class_names.empty() && names.size() > trained.class_names.size()) {
            throw ValueError(fmt::format("{}: has {} classes; the model tells {}", data.string(), names.size(),
                                         trained.class_names.size()));
        }
        return set.resized(image[0], image[1]);
    }

    int run() const {
        TrainedModel trained = common.open();
        if (!trained.model.model_base()->trainer().compiled()) {
            trained.model.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
        }
        const Dataset set = open(trained);
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

const RegisterCommand registered({
    .name = "evaluate",
    .description = "Measure a model's loss and metrics on images",
    .example = "  markhor evaluate results/train                     on Fashion-MNIST's test images\n"
               "  markhor evaluate model.keras --data photos         a folder of images a class, or of idx files\n"
               "  markhor evaluate model.keras --data photos --part train --format json",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<EvaluateCommand>();
            add_trained_model_options(app, command->common);
            app.add_option("--data", command->data,
                           "Folder of class folders of images, or of idx files (default: Fashion-MNIST)")
                ->type_name("FOLDER");
            app.add_option("--part", command->part, "Which of its images: test or train")
                ->type_name("PART")
                ->check(CLI::IsMember({"test", "train"}))
                ->capture_default_str();
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
