// markhor train and markhor resume: one network, trained so that a run which is killed goes on where its last
// checkpoint is.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "study_options.hpp"

namespace markhor::cli {

struct TrainingOptions {
    StudyOptions common;
    std::string head = "gap";
    std::string network = {};     ///< of keras.applications, in place of a head
    std::int64_t save_every = 0;  ///< batches between checkpoints; 0: one an epoch
};

/// Adds the options that train has and a run's settings hold. `options` must outlive the parsing.
void add_training_options(CLI::App& app, TrainingOptions& options);

/// Where a run to `out` keeps its settings and its checkpoint until it is finished: OUT.run.
std::filesystem::path run_folder(const std::filesystem::path& out);
/// Its settings, a file that apply_config_file() reads.
std::filesystem::path settings_file(const std::filesystem::path& out);
/// There is a checkpoint in it.
bool is_unfinished(const std::filesystem::path& out);

/// Trains and writes the results, in compare's form and with model.keras; with an unfinished run's folder, goes on
/// where that was. Returns the exit status.
int run_training(const TrainingOptions& options);

}  // namespace markhor::cli
