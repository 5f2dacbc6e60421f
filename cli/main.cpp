// The markhor command: finds the subcommand, runs it, and turns whatever goes wrong into one line and an exit status.
#include <algorithm>
#include <exception>
#include <iostream>
#include <markhor/version.hpp>
#include <memory>
#include <new>
#include <utility>

#include "command.hpp"
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

std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$&|;<>()*?[]{}#~`!") == std::string::npos;
    if (plain) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

/// The message without line breaks: an error is one line.
std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
}

int fail(const std::string& command, const std::string& message) {
    std::cout << std::flush;
    std::cerr << "markhor " << command << ": " << one_line(message) << std::endl;
    return failure;
}

/// Of what was typed and is no option: the first, and the option or command that it may have been meant for.
int not_expected(CLI::App& app, const std::vector<CLI::App*>& commands, const CLI::ParseError& error) {
    const auto chosen = std::ranges::find_if(commands, [](const CLI::App* sub) { return sub->parsed(); });
    const std::vector<std::string> extras = (chosen == commands.end() ? app : **chosen).remaining(true);
    if (extras.empty()) return app.exit(error) == 0 ? success : usage;
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
    std::cerr << "markhor" << name << ": " << (is_option ? "there is no option " : "this was not expected: ") << typed
              << (near.empty() ? "" : "; " + near + "?") << "\nmarkhor" << name << " --help lists what there is"
              << std::endl;
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
               : app.exit(error) == 0                                    ? success
                                                                         : usage;
    } catch (const CLI::ExtrasError& error) {
        return not_expected(app, apps, error);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? success : usage;
    }
    const auto chosen = static_cast<std::size_t>(
        std::ranges::find_if(apps, [](const CLI::App* sub) { return sub->parsed(); }) - apps.begin());
    const std::string name = apps[chosen]->get_name();
    try {
        return bodies[chosen]();
    } catch (const std::bad_alloc&) {
        return fail(name, "there is not enough memory");
    } catch (const std::exception& error) {
        return fail(name, error.what());
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

int main(int argc, char** argv) { return markhor::cli::run(argc, argv); }
