// The markhor command: finds the subcommand, runs it, and turns whatever goes wrong into one line and an exit status.
#include <algorithm>
#include <exception>
#include <iostream>
#include <markhor/version.hpp>
#include <memory>
#include <new>
#include <sstream>
#include <utility>

#include "command.hpp"
#include "core/text.hpp"
#include "output.hpp"
#include "run_settings.hpp"
#include "vocabulary.hpp"

namespace markhor::cli {
namespace {

std::vector<Command>& registered_commands() {
    static std::vector<Command> all;
    return all;
}

std::string& typed() {
    static std::string text;
    return text;
}

constexpr std::size_t longest_message = 4000;

/// How messages begin: "markhor predict".
std::string& chosen_command() {
    static std::string text = "markhor";
    return text;
}

std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$&|;<>()*?[]{}#~`!") == std::string::npos;
    if (plain) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

/// An error is one line, whatever the names in it hold.
int fail(const std::string& message) {
    std::cout << std::flush;
    std::string line = message;
    std::ranges::replace(line, '\n', ' ');
    std::cerr << chosen_command() << ": " << text::printable(line, longest_message) << std::endl;
    return failure;
}

/// What CLI11 says of what was typed: help and the version to standard output, errors to the other.
int told(CLI::App& app, const CLI::ParseError& error) {
    std::ostringstream errors;
    const int status = app.exit(error, std::cout, errors);
    std::istringstream lines(errors.str());
    for (std::string line; std::getline(lines, line);) std::cerr << text::printable(line, longest_message) << "\n";
    return status == 0 ? success : usage;
}

/// Of what was typed and is no option: the first, and the option or command that it may have been meant for.
int not_expected(CLI::App& app, const std::vector<CLI::App*>& commands, const CLI::ParseError& error) {
    const auto chosen = std::ranges::find_if(commands, [](const CLI::App* sub) { return sub->parsed(); });
    const std::vector<std::string> extras = (chosen == commands.end() ? app : **chosen).remaining(true);
    if (extras.empty()) return told(app, error);
    std::vector<std::string> known;
    if (chosen == commands.end()) {
        for (const CLI::App* sub : commands) known.push_back(sub->get_name());
    } else {
        for (const CLI::Option* option : (*chosen)->get_options())
            for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    const std::string typed = extras.front().substr(0, extras.front().find('='));
    const bool is_option = typed.starts_with('-');
    const std::string near = is_option || chosen == commands.end() ? nearest(typed, known) : std::string();
    const std::string name = chosen == commands.end() ? "" : " " + (*chosen)->get_name();
    std::cerr << "markhor" << name << ": " << (is_option ? "there is no option " : "this was not expected: ")
              << text::printable(typed, longest_message) << (near.empty() ? "" : "; " + near + "?") << "\nmarkhor"
              << name << " --help lists what there is" << std::endl;
    return usage;
}

int run(int argc, char** argv) {
    typed() = "markhor";
    for (int i = 1; i < argc; ++i) typed() += " " + quoted(argv[i]);

    CLI::App app("Keras for C++: networks of layers, trained, measured and compared.", "markhor");
    app.set_version_flag("--version", std::string("markhor ") + version());
    app.require_subcommand(1);
    app.footer(
        "Examples:\n"
        "  markhor compare                            both heads on Fashion-MNIST; results/compare/report.html\n"
        "  markhor compare --epochs 3 --seed 1        shorter, and from other random numbers\n"
        "  markhor train --head gap --data photos     a folder with a folder of images a class\n"
        "  markhor summary flatten --image-size 224   the layers of a network\n"
        "markhor COMMAND --help tells a command's options.");

    std::vector<std::function<int()>> bodies;
    std::vector<CLI::App*> apps;
    for (const Command& command : commands()) {
        CLI::App* sub = app.add_subcommand(command.name, command.description);
        sub->footer("Examples:\n" + command.example);
        bodies.push_back(command.set_up(*sub));
        apps.push_back(sub);
    }
    const auto formatter = std::make_shared<HelpFormatter>();
    app.formatter(formatter);
    for (CLI::App* sub : apps) sub->formatter(formatter);
    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError& error) {
        return argc > 1 && argv[1][0] != '-' && !app.remaining().empty() ? not_expected(app, apps, error)
                                                                         : told(app, error);
    } catch (const CLI::ExtrasError& error) {
        return not_expected(app, apps, error);
    } catch (const CLI::ParseError& error) {
        return told(app, error);
    }
    const auto chosen = static_cast<std::size_t>(
        std::ranges::find_if(apps, [](const CLI::App* sub) { return sub->parsed(); }) - apps.begin());
    chosen_command() += " " + apps[chosen]->get_name();
    return bodies[chosen]();
}

/// run(), with whatever goes wrong told in one line. Output that was not written is such a thing.
int guarded(int argc, char** argv) {
    try {
        const int status = run(argc, argv);
        check_output();
        return status;
    } catch (const OutputError& error) {
        return error.is_closed_pipe() ? failure : fail(error.what());
    } catch (const std::bad_alloc&) {
        return fail("there is not enough memory");
    } catch (const std::exception& error) {
        return fail(error.what());
    }
}

}  // namespace

std::vector<Command> commands() {
    std::vector<Command> all = registered_commands();
    std::ranges::sort(all, {}, &Command::name);
    return all;
}

RegisterCommand::RegisterCommand(Command command) { registered_commands().push_back(std::move(command)); }

const std::string& command_line() { return typed(); }

void set_command_line(std::string text) { typed() = std::move(text); }

}  // namespace markhor::cli

int main(int argc, char** argv) {
    markhor::cli::watch_output();
    return markhor::cli::guarded(argc, argv);
}
