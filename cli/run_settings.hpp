// What commands that train have in common so that `markhor resume` goes on with any of them: how the run was started,
// as text, and what is done about one that was not finished.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <markhor/model.hpp>
#include <string>

#include "insight/result_folder.hpp"

namespace markhor::cli {

inline constexpr const char* settings_name = "settings.json";

struct UnfinishedOptions {
    bool restart = false;
    bool resume = false;  ///< what `markhor resume` asks for; not shown

    insight::Unfinished choice() const {
        return resume    ? insight::Unfinished::go_on
               : restart ? insight::Unfinished::forget
                         : insight::Unfinished::refuse;
    }
};
/// Adds --restart.
void add_unfinished_options(CLI::App& app, UnfinishedOptions& options);

/// The command, its options as given (typed, or from a file of options), where it was typed, and its threads: sums
/// depend on these. A JSON object.
std::string settings_text(const CLI::App& app);
/// Sets the options of `app`, made by the command's set_up(), from such a text, of the file `where`. Throws FileError.
void apply_settings(CLI::App& app, const std::string& text, const std::filesystem::path& where);
/// The command that the text is of. Throws FileError.
std::string settings_command(const std::string& text, const std::filesystem::path& where);
/// For a run that goes on: how it was started at first.
void set_command_line(std::string text);
/// Goes to the folder where the command was typed, and makes it the command line.
void enter_settings(const std::string& text);

/// Throws FileError for results that would lie among the images: they would be taken for a class.
void check_beside_data(const std::filesystem::path& out, const std::filesystem::path& data);

/// Of a command whose result is one model's file. Throws ValueError for a name that save() does not take.
insight::RunFiles model_run_files(const std::filesystem::path& out, const UnfinishedOptions& unfinished);
/// Saves the model and ends the run; after Ctrl-C the run's state stays, and says how to go on. The model that it began
/// with, `source`, is not overwritten by one that is not finished.
void save_run(insight::ResultFolder& folder, const Model& model, const std::string& source,
              const std::filesystem::path& out);

}  // namespace markhor::cli
