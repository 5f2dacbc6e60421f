// Runs the built markhor command, as a shell would, and makes small data for it.
#pragma once

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "support/files.hpp"

namespace markhor::cli::test {

struct Outcome {
    int status = -1;  ///< exit status; 1000 + signal where one ended it
    std::string output;
    std::string errors;
};

/// Waits for its end. With `interrupt_at`, the signal is sent once the output holds that text.
Outcome run(const std::vector<std::string>& arguments, const std::string& interrupt_at = {}, int signal = SIGINT);

using markhor::test::read_text;
using markhor::test::TemporaryFolder;
using markhor::test::write_text;

/// The four idx files of a set of 16x16 images: `count` to train on, half as many to test; two classes, bright left or
/// right.
void write_idx_set(const std::filesystem::path& folder, int count);

}  // namespace markhor::cli::test
