#include "run_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <markhor/error.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <vector>

#include "command.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "interrupt.hpp"
#include "model/model_name.hpp"

namespace markhor::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::set<std::string> not_kept = {"help", "config", "restart", "resume", "out"};

json parsed(const std::string& text, const fs::path& where) {
    json settings = json::parse(text, nullptr, false);
    const bool good = settings.is_object() && settings.contains("command") && settings["command"].is_string() &&
                      settings.contains("options") && settings["options"].is_object();
    if (!good) throw FileError(where.string() + ": holds no settings of a run that can be gone on with");
    return settings;
}

}  // namespace

void add_unfinished_options(CLI::App& app, UnfinishedOptions& options) {
    app.add_flag("--restart", options.restart, "Begin anew where an unfinished run lies");
    app.add_flag("--resume", options.resume)->group("");
}

std::string settings_text(const CLI::App& app) {
    json options = json::object();
    for (const CLI::Option* option : app.get_options()) {
        const std::string name = option->get_single_name();
        if (option->count() > 0 && !not_kept.contains(name)) options[name] = option->results();
    }
    if (app.get_option_no_throw("--threads") != nullptr) options["threads"] = {std::to_string(num_threads())};
    std::error_code ignored;
    const json settings = {{"command", app.get_name()},
                           {"typed", command_line()},
                           {"folder", fs::current_path(ignored).string()},
                           {"options", options}};
    return settings.dump(1, ' ', false, json::error_handler_t::replace);
}

std::string settings_command(const std::string& text, const fs::path& where) {
    return parsed(text, where)["command"].get<std::string>();
}

void apply_settings(CLI::App& app, const std::string& text, const fs::path& where) {
    const json settings = parsed(text, where);
    try {
        for (const auto& [name, values] : settings["options"].items()) {
            CLI::Option* option = app.get_option_no_throw("--" + name);
            if (option == nullptr) option = app.get_option_no_throw(name);  // an argument
            if (option == nullptr || not_kept.contains(name))
                throw FileError(where.string() + ": there is no option '" + name + "' that a run keeps");
            const auto texts = values.get<std::vector<std::string>>();
            if (texts.empty()) throw FileError(where.string() + ": '" + name + "' is a list of 0; a value is wanted");
            for (const std::string& value : texts) option->add_result(value);
            option->run_callback();
        }
    } catch (const json::exception&) {
        throw FileError(where.string() + ": holds no settings of a run that can be gone on with");
    } catch (const CLI::Error& error) {
        throw FileError(where.string() + ": " + error.what());
    }
}

void enter_settings(const std::string& text) {
    const json settings = json::parse(text, nullptr, false);
    if (settings.contains("typed") && settings["typed"].is_string())
        set_command_line(settings["typed"].get<std::string>());
    std::error_code ignored;
    if (settings.contains("folder") && settings["folder"].is_string())
        fs::current_path(settings["folder"].get<std::string>(), ignored);
}

void check_beside_data(const fs::path& out, const fs::path& data) {
    std::error_code error;
    if (data.empty() || !fs::is_directory(data, error)) return;
    const fs::path images = fs::canonical(data, error);
    const fs::path results = fs::weakly_canonical(out, error);
    const auto [inside, rest] = std::mismatch(images.begin(), images.end(), results.begin(), results.end());
    if (error || inside != images.end() || rest == results.end()) return;
    throw FileError(out.string() + ": lies in the folder of the data, " + data.string() +
                    ", where it would be taken for images; another --out is wanted");
}

insight::RunFiles model_run_files(const fs::path& out, const UnfinishedOptions& unfinished) {
    check_model_name(out);
    return {.command = command_line(),
            .state = {settings_name, "head.backup", "tune.backup"},
            .is_file = true,
            .unfinished = unfinished.choice()};
}

void save_run(insight::ResultFolder& folder, const Model& model, const std::string& source, const fs::path& out) {
    std::error_code ignored;
    const bool interrupted = interrupt_requested();
    if (!interrupted || !fs::equivalent(source, out, ignored)) {
        model.save(folder.path() / out.filename());
        folder.publish(!interrupted);
    }
    if (!interrupted) return;
    std::cout << "\nStopped before the end. markhor resume " << text::printable(out.string()) << " goes on with it."
              << std::endl;
}

}  // namespace markhor::cli
