#include "insight/study_state.hpp"

#include <markhor/error.hpp>
#include <nlohmann/json.hpp>

#include "core/atomic_file.hpp"
#include "core/input_file.hpp"

namespace markhor::insight {

using nlohmann::json;

std::string backup_file(const std::string& head) { return head + ".backup"; }

std::string backup_file(const std::string& head, std::int64_t size, std::uint64_t seed) {
    return head + "-" + std::to_string(size) + "-" + std::to_string(seed) + ".backup";
}

RunFiles study_files(const CaseStudyOptions& options, bool trained, std::int64_t height) {
    RunFiles files{.command = options.command, .state = {settings_file}};
    files.results = {"table.txt", "report.html", "report.md", "results.json"};
    files.unfinished = options.resume ? Unfinished::go_on : options.restart ? Unfinished::forget : Unfinished::refuse;
    if (!trained) return files;
    files.state.emplace_back(repeats_file);
    std::vector<std::int64_t> sizes = options.image_sizes;
    sizes.push_back(height);
    for (const std::string& head : options.heads) {
        files.results.push_back(head + ".weights.h5");
        files.results.push_back(head + ".keras");
        files.state.push_back(backup_file(head));
        if (options.seeds == 1 && options.image_sizes.empty()) continue;
        for (const std::int64_t size : sizes) {
            for (int i = 0; i < options.seeds; ++i)
                files.state.push_back(backup_file(head, size, options.seed + static_cast<std::uint64_t>(i)));
        }
    }
    return files;
}

std::vector<Repeat> read_repeats(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) return {};
    try {
        std::vector<Repeat> repeats;
        for (const json& each : json::parse(read_text_file(file))) {
            repeats.push_back({.head = each.at("head"),
                               .size = each.at("size"),
                               .seed = each.at("seed"),
                               .test_accuracy = each.at("test_accuracy"),
                               .params = each.at("params"),
                               .epoch_seconds = each.at("epoch_seconds"),
                               .val_accuracy = each.at("val_accuracy")});
        }
        return repeats;
    } catch (const json::exception&) {
        throw FileError(file.string() + ": is no list of trainings; remove it to do them once more");
    }
}

void write_repeats(const std::filesystem::path& file, const std::vector<Repeat>& repeats) {
    json list = json::array();
    for (const Repeat& each : repeats) {
        list.push_back({{"head", each.head},
                        {"size", each.size},
                        {"seed", each.seed},
                        {"test_accuracy", each.test_accuracy},
                        {"params", each.params},
                        {"epoch_seconds", each.epoch_seconds},
                        {"val_accuracy", each.val_accuracy}});
    }
    write_file(file, list.dump() + "\n");
}

}  // namespace markhor::insight
