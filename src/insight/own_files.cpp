#include "insight/own_files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/input_file.hpp"

namespace markhor::insight {
namespace {

using nlohmann::json;

/// Before results.json had "files": the names that its figures tell of.
std::vector<std::string> files_told(const json& results) {
    std::vector<std::string> names = {"report.html", "report.md", "table.txt"};
    for (const json& head : results.at("heads")) {
        if (head.at("weights_file_bytes").get<std::int64_t>() == 0) continue;
        names.push_back(head.at("weights_file").get<std::string>());
        names.push_back(head.at("head").get<std::string>() + ".keras");
    }
    const auto command = results.at("command").get<std::string>();
    if (command.starts_with("markhor compare")) return names;
    std::erase_if(names, [](const std::string& name) { return name.ends_with(".keras"); });
    names.emplace_back("model.keras");
    return names;
}

}  // namespace

bool is_plain_name(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

std::optional<std::vector<std::string>> own_results(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder / results_file)) return std::nullopt;
    const json results = json::parse(read_text_file(folder / results_file), nullptr, false);
    try {
        std::vector<std::string> names =
            results.contains("files") ? results.at("files").get<std::vector<std::string>>() : files_told(results);
        std::erase_if(names, [](const std::string& name) { return !is_plain_name(name); });
        names.emplace_back(results_file);
        return names;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace markhor::insight
