// What evaluate and predict have in common: a model from a file or a result folder, with the names of its classes, and
// how results are printed.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <markhor/model.hpp>
#include <string>
#include <vector>

namespace markhor::cli {

struct TrainedModel {
    Model model;
    std::vector<std::string> class_names;  ///< of the run that made it; empty where unknown
    Shape image;                           ///< (height, width, channels) of its input

    /// A .keras or .h5 file (names from the results.json beside it, where there is one), or a folder that `markhor
    /// train` wrote. `image_size`, where not 0, stands for sizes that the input leaves open. Throws FileError, and
    /// ShapeError where its input is no image.
    static TrainedModel open(const std::filesystem::path& path, std::int64_t image_size);
};

enum class Form { table, csv, json };
/// --format; the default is a table.
void add_form_option(CLI::App& app, Form& form);
/// A field of a CSV line, in quotes where it must be.
std::string csv_field(const std::string& text);

}  // namespace markhor::cli
