// What commands on a set of images have in common: where the data is, how to train, where the results go.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <markhor/case_study.hpp>
#include <markhor/dataset.hpp>
#include <string>

#include "image_options.hpp"

namespace markhor::cli {

struct StudyOptions {
    std::filesystem::path data = {};  ///< empty: Fashion-MNIST
    std::string image_size = {};      ///< "N" or "HEIGHTxWIDTH"; empty: as the images are, at most 224
    std::int64_t height = 0;          ///< 0: as image_size says
    std::int64_t width = 0;
    std::string color_mode = "rgb";
    ImageOptions images = {};
    int threads = 0;  ///< 0: the library's default
    std::filesystem::path out = {};
    insight::CaseStudyOptions study = {};
};

/// Adds the options. They are read into `options`, which must outlive the parsing.
void add_study_options(CLI::App& app, StudyOptions& options);
/// Those of the recipe, for commands that train.
void add_recipe_options(CLI::App& app, insight::Recipe& recipe);

/// The data that the options name, at their size; told on `output` is what it is.
data::TrainTest open_data(const StudyOptions& options, std::ostream& output);
/// How a model that is trained on it is given images.
ImageInput image_record(const StudyOptions& options);
/// As reports call it.
std::string data_name(const StudyOptions& options);
/// Tells the study what it is called and to stop after Ctrl-C, which is caught from now on.
void prepare_study(StudyOptions& options);
/// Prints the table, what follows from it, and what was written where: the report and `others`.
void print_study(const insight::CaseStudy& study, const std::filesystem::path& out, const std::string& others);

/// Opens the data, runs the study under Ctrl-C's watch, prints the table and what was written where; the exit status.
int run_study(StudyOptions options);

}  // namespace markhor::cli
