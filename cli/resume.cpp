// markhor resume: goes on with a run that was killed or stopped, whichever command made it, to the same end; or trains
// a finished run of markhor train longer.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <markhor/error.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/input_file.hpp"
#include "core/text.hpp"
#include "run_settings.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;

struct ResumeCommand {
    fs::path out;
    int epochs = 0;

    int run() {
        const bool was_finished = insight::finish_killed(out);
        fs::path where = insight::run_folder(out) / settings_name;
        std::string settings = text_of(where);
        if (settings.empty() && epochs > 0) {
            where = out / "results.json";
            settings = settings_of_finished(where);
        }
        if (settings.empty() && was_finished) {
            std::cout << "The run was finished when it was killed: its results are in " << text::printable(out.string())
                      << ".\n";
            return success;
        }
        if (settings.empty()) {
            throw FileError(out.string() + ": there is no unfinished run to it (" + where.string() +
                            " is not there); --epochs N trains a finished run of `markhor train` longer");
        }
        const std::string name = settings_command(settings, where);
        const std::vector<Command> all = commands();
        const auto command = std::ranges::find(all, name, &Command::name);
        if (command == all.end()) throw FileError(where.string() + ": there is no command '" + name + "'");
        CLI::App app(command->description, name);
        const auto body = command->set_up(app);
        apply_settings(app, settings, where);
        if (epochs > 0) set(app, "--epochs", std::to_string(epochs));
        set(app, "--resume", "true");
        const fs::path here = fs::current_path();
        const fs::path whole = fs::absolute(out);
        enter_settings(settings);
        set(app, "--out", (fs::current_path() == here ? out : whole).string());  // the run may have been moved
        return body();
    }

private:
    static std::string text_of(const fs::path& file) {
        return std::filesystem::exists(file) ? read_text_file(file) : std::string();
    }
    static std::string settings_of_finished(const fs::path& file) {
        const nlohmann::json results = nlohmann::json::parse(text_of(file), nullptr, false);
        if (!results.is_object() || !results.contains("settings")) return {};
        return results["settings"].dump();
    }
    static void set(CLI::App& app, const char* name, const std::string& value) {
        CLI::Option* option = app.get_option_no_throw(name);
        if (option == nullptr) throw ValueError("resume: the run's command has no " + std::string(name));
        option->clear();
        option->add_result(value);
        option->run_callback();
    }
};

const RegisterCommand registered_resume({
    .name = "resume",
    .description = "Go on with a run of train, compare, finetune or slim that was killed or stopped",
    .example = "  markhor train --epochs 50 --out results/long      until the power fails\n"
               "  markhor resume results/long                       ends with the same weights as if it had not\n"
               "  markhor resume results/long --epochs 80           trains 30 epochs more",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<ResumeCommand>();
            app.add_option("out", command->out, "The --out of the run (default of train: results/train)")
                ->type_name("OUT")
                ->required();
            app.add_option("--epochs", command->epochs,
                           "Train to so many epochs, also a run of train that is finished: its model.keras holds what "
                           "the optimizer knows")
                ->type_name("N")
                ->check(CLI::Range(1, 100000));
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
