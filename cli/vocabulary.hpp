// The options that commands share, each defined once: its name, what it takes, what --help says, what is refused. A
// command adds those that it has; the keys of a config file are the same names.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <concepts>
#include <string>
#include <type_traits>
#include <vector>

namespace markhor::cli {

// Checks of an option's text; what is wrong is said as "got X; expected Y".
CLI::Validator whole_number(std::int64_t least, std::int64_t most);
/// Finite, from `least` to `most`; `open`: without these two themselves.
CLI::Validator real_number(double least, double most, bool open = false);
/// Finite and above 0.
CLI::Validator positive_number();
CLI::Validator one_of(const std::vector<std::string>& names);
/// "N" or "HEIGHTxWIDTH", in pixels.
CLI::Validator image_size();

struct Word {
    std::string name;   ///< "--epochs"
    std::string group;  ///< the heading under which --help has it
    std::string type;   ///< of its value: "N"; empty: a flag
    std::string help;
    CLI::Validator check;  ///< of the text; one without a function takes all
};

/// Throws std::logic_error for a name that is not in the vocabulary.
const Word& word(const std::string& name);
/// The names there are, in the vocabulary's order.
std::vector<std::string> words();

/// Gives an option what its word says.
CLI::Option* define(CLI::Option* option, const Word& word);

/// Adds the option of this name, read into `value`, which must outlive the parsing. A value that is not empty and not 0
/// is told as the default. `help`, where given, says more exactly what it is to this command.
template <class T>
CLI::Option* add(CLI::App& app, const std::string& name, T& value, const std::string& help = {}) {
    const Word& word = cli::word(name);
    CLI::Option* option = define(app.add_option(name, value, help.empty() ? word.help : help), word);
    if constexpr (std::is_arithmetic_v<T>) {
        // Numbers in their shortest form that reads back as the same.
        option->default_function([&value] { return value == T{} ? std::string() : fmt::format("{}", value); });
    }
    option->capture_default_str();
    return option;
}
CLI::Option* add_flag(CLI::App& app, const std::string& name, bool& value, const std::string& help = {});

/// The known name that is nearest to one that was typed wrongly; empty where none is near.
std::string nearest(const std::string& typed, const std::vector<std::string>& known);

/// --help in columns that fit 80 characters, options under their headings.
class HelpFormatter final : public CLI::Formatter {
public:
    std::string make_option(const CLI::Option* option, bool is_positional) const override;
    std::string make_description(const CLI::App* command) const override;
    std::string make_subcommand(const CLI::App* command) const override;
};

}  // namespace markhor::cli
