// markhor train and markhor resume: one network, trained so that a run which is killed goes on where its last
// checkpoint is.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "run_settings.hpp"
#include "study_options.hpp"

namespace markhor::cli {

struct TrainingOptions {
    StudyOptions common;
    std::string head = "gap";
    std::string network = {};     ///< of keras.applications, in place of a head
    std::int64_t save_every = 0;  ///< batches between checkpoints; 0: one an epoch
    UnfinishedOptions unfinished = {};
    std::string settings = {};  ///< settings_text() of the command
};

/// Adds the options that train has and a run's settings hold. `options` must outlive the parsing.
void add_training_options(CLI::App& app, TrainingOptions& options);

/// Trains and writes the results, in compare's form and with model.keras; asked to resume, goes on where an unfinished
/// run was, or from the end of a finished one. Returns the exit status.
int run_training(const TrainingOptions& options);

}  // namespace markhor::cli
