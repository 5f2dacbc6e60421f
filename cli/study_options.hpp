// What `compare` and `train` have in common: where the data is, how to train, where the results go.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <markhor/case_study.hpp>

namespace markhor::cli {

struct StudyOptions {
    std::filesystem::path data = {};  ///< empty: Fashion-MNIST
    std::int64_t image_size = 0;      ///< 0: as the images are
    int threads = 0;                  ///< 0: the library's default
    std::filesystem::path out = {};
    insight::CaseStudyOptions study = {};
};

/// Adds the options. They are read into `options`, which must outlive the parsing.
void add_study_options(CLI::App& app, StudyOptions& options);

/// Opens the data, runs the study under Ctrl-C's watch, prints the table and what was written where; the exit status.
int run_study(StudyOptions options);

}  // namespace markhor::cli
