// "MARKHOR1", the CRC-32 of what follows, its size, then: a JSON header's size, the header, the variables' elements one
// after the other.
#include "model/backup.hpp"

#include <zlib.h>

#include <cstring>
#include <limits>
#include <markhor/error.hpp>
#include <nlohmann/json.hpp>

#include "core/atomic_file.hpp"
#include "core/input_file.hpp"
#include "formats/json.hpp"

namespace markhor {
namespace {

constexpr std::string_view magic = "MARKHOR1";
constexpr std::size_t prefix = magic.size() + 2 * sizeof(std::uint64_t);

void append_number(std::string& text, std::uint64_t number) {
    text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint64_t number_at(std::string_view text, std::size_t at) {
    std::uint64_t number = 0;
    std::memcpy(&number, text.data() + at, sizeof number);
    return number;
}

std::uint64_t checksum(std::string_view text) {
    return crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
}

nlohmann::json header_of(const std::vector<VariablePtr>& variables) {
    nlohmann::json list = nlohmann::json::array();
    for (const VariablePtr& variable : variables) {
        list.push_back({variable->path, name_of(variable->value.dtype()), variable->value.shape().dims()});
    }
    return list;
}

}  // namespace

void write_backup(const std::filesystem::path& file, const RunPosition& position,
                  const std::vector<VariablePtr>& variables) {
    const nlohmann::json header = {{"epoch", position.epoch},
                                   {"batch", position.batch},
                                   {"seed", position.seed},
                                   {"variables", header_of(variables)}};
    const std::string text = header.dump();
    std::string content;
    append_number(content, text.size());
    content += text;
    for (const VariablePtr& variable : variables) {
        content.append(static_cast<const char*>(variable->value.raw()), variable->value.bytes());
    }
    std::string whole(magic);
    append_number(whole, checksum(content));
    append_number(whole, content.size());
    write_file(file, whole + content);
}

RunPosition read_backup(const std::filesystem::path& file, const std::vector<VariablePtr>& variables) {
    const auto refuse = [&](const std::string& what) -> FileError {
        return FileError(file.string() + ": " + what + "; remove it to train from the start");
    };
    const std::string whole = read_text_file(file, std::numeric_limits<std::size_t>::max());
    if (whole.size() < prefix + sizeof(std::uint64_t) || !whole.starts_with(magic)) {
        throw refuse("this is no backup of a training run");
    }
    const std::string_view content = std::string_view(whole).substr(prefix);
    if (number_at(whole, magic.size() + sizeof(std::uint64_t)) != content.size() ||
        number_at(whole, magic.size()) != checksum(content)) {
        throw refuse("the backup is damaged");
    }
    const std::uint64_t header_size = number_at(content, 0);
    std::string_view data = content.substr(sizeof(std::uint64_t));
    if (header_size > data.size()) throw refuse("the backup is damaged");
    RunPosition position;
    try {
        const nlohmann::json header = formats::parse_json(data.substr(0, header_size), file.string());
        if (header.at("variables") != header_of(variables)) {
            throw refuse("the backup is of a run with another model or optimizer");
        }
        position = {header.at("epoch"), header.at("batch"), header.at("seed")};
    } catch (const nlohmann::json::exception&) {
        throw refuse("the backup is damaged");
    }
    data.remove_prefix(header_size);
    std::size_t bytes = 0;
    for (const VariablePtr& variable : variables) bytes += variable->value.bytes();
    if (bytes != data.size()) throw refuse("the backup is damaged");
    for (const VariablePtr& variable : variables) {
        std::memcpy(variable->value.raw(), data.data(), variable->value.bytes());
        data.remove_prefix(variable->value.bytes());
    }
    return position;
}

}  // namespace markhor
