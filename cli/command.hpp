// A subcommand of markhor: one file each, which registers itself here. Nothing else lists them.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace markhor::cli {

/// Exit statuses; `found` is what --fail-on asks for.
enum Exit : int { success = 0, failure = 1, usage = 2, found = 3, interrupted = 130 };

struct Command {
    std::string name;
    std::string description;  ///< one line, for the list of commands
    std::string example;      ///< for the end of its --help; lines that can be typed
    /// Adds the command's options and returns what runs it once they are parsed: the exit status, or an exception whose
    /// text is shown as one line.
    std::function<std::function<int()>(CLI::App&)> set_up;
};

/// All commands, by name.
std::vector<Command> commands();

/// static const RegisterCommand registered({.name = "compare", …});
struct RegisterCommand {
    explicit RegisterCommand(Command command);
};

/// How the program was started, as one would type it.
const std::string& command_line();

}  // namespace markhor::cli
