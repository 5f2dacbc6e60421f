// "MARKHOR2", the CRC-32 of what follows, its size, then: a JSON header's size, the header, the variables' elements one
// after the other, the callbacks' tensors. Doubles are their bits in the header: NaN and infinity are numbers too.
#include "model/backup.hpp"

#include <zlib.h>

#include <bit>
#include <cstring>
#include <limits>
#include <markhor/error.hpp>
#include <markhor/model.hpp>
#include <nlohmann/json.hpp>

#include "core/atomic_file.hpp"
#include "core/input_file.hpp"
#include "formats/json.hpp"
#include "training/optimizer.hpp"

namespace markhor {
namespace {

using nlohmann::json;

constexpr std::string_view magic = "MARKHOR2";
constexpr std::size_t backup_prefix = magic.size() + 2 * sizeof(std::uint64_t);

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

json header_of(const std::vector<VariablePtr>& variables) {
    json list = json::array();
    for (const VariablePtr& variable : variables) {
        list.push_back({variable->path, name_of(variable->value.dtype()), variable->value.shape().dims()});
    }
    return list;
}

json bits(const std::vector<double>& numbers) {
    json list = json::array();
    for (const double number : numbers) list.push_back(std::bit_cast<std::uint64_t>(number));
    return list;
}

std::vector<double> numbers_of(const json& list) {
    std::vector<double> numbers;
    for (const json& each : list) numbers.push_back(std::bit_cast<double>(each.get<std::uint64_t>()));
    return numbers;
}

json history_json(const History& history) {
    json values = json::object();
    for (const auto& [name, of_epochs] : history.history) values[name] = bits(of_epochs);
    return {{"epoch", history.epoch}, {"seconds", bits(history.seconds)}, {"values", values}};
}

History history_of(const json& kept) {
    History history;
    history.epoch = kept.at("epoch").get<std::vector<int>>();
    history.seconds = numbers_of(kept.at("seconds"));
    for (const auto& [name, of_epochs] : kept.at("values").items()) history.history[name] = numbers_of(of_epochs);
    return history;
}

json callback_json(const CallbackState& state) {
    json tensors = json::array();
    for (const Tensor& tensor : state.tensors)
        tensors.push_back({static_cast<int>(tensor.dtype()), tensor.shape().dims()});
    return {{"kind", state.kind}, {"numbers", bits(state.numbers)}, {"texts", state.texts}, {"tensors", tensors}};
}

/// Takes the tensors' elements from the front of `data`; whether they were there.
bool read_tensors(const json& list, std::string_view& data, std::vector<Tensor>& tensors) {
    for (const json& each : list) {
        const int dtype = each.at(0).get<int>();
        if (dtype < 0 || dtype > static_cast<int>(DType::bfloat16)) return false;
        const Shape shape(each.at(1).get<std::vector<std::int64_t>>());
        const auto type = static_cast<DType>(dtype);
        if (!shape.is_known() || shape.elements() < 0 ||
            static_cast<std::uint64_t>(shape.elements()) * size_of(type) > data.size()) {
            return false;
        }
        Tensor tensor(shape, type);
        if (tensor.bytes() > 0) std::memcpy(tensor.raw(), data.data(), tensor.bytes());
        data.remove_prefix(tensor.bytes());
        tensors.push_back(std::move(tensor));
    }
    return true;
}

}  // namespace

void write_backup(const std::filesystem::path& file, const RunState& state, const std::vector<VariablePtr>& variables) {
    json figures = json::array();
    for (const std::vector<double>& of_one : state.figures) figures.push_back(bits(of_one));
    json callbacks = json::array();
    for (const CallbackState& callback : state.callbacks) callbacks.push_back(callback_json(callback));
    const json header = {{"epoch", state.position.epoch},
                         {"batch", state.position.batch},
                         {"seed", state.position.seed},
                         {"seconds", bits({state.seconds})},
                         {"figures", figures},
                         {"history", history_json(state.history)},
                         {"callbacks", callbacks},
                         {"variables", header_of(variables)}};
    const std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
    std::string content;
    append_number(content, text.size());
    content += text;
    for (const VariablePtr& variable : variables) {
        content.append(static_cast<const char*>(variable->value.raw()), variable->value.bytes());
    }
    for (const CallbackState& callback : state.callbacks) {
        for (const Tensor& tensor : callback.tensors)
            content.append(static_cast<const char*>(tensor.raw()), tensor.bytes());
    }
    std::string start(magic);
    append_number(start, checksum(content));
    append_number(start, content.size());
    AtomicFile atomic(file);
    atomic.write(start);
    atomic.write(content);
    atomic.commit();
}

RunState read_backup(const std::filesystem::path& file, const std::vector<VariablePtr>& variables) {
    const auto refuse = [&](const std::string& what) -> FileError {
        return FileError(file.string() + ": " + what + "; remove it to train from the start");
    };
    const std::string whole = read_text_file(file, std::numeric_limits<std::size_t>::max());
    if (whole.starts_with("MARKHOR1")) throw refuse("this is a backup by an earlier version");
    if (whole.size() < backup_prefix + sizeof(std::uint64_t) || !whole.starts_with(magic)) {
        throw refuse("this is no backup of a training run");
    }
    const std::string_view content = std::string_view(whole).substr(backup_prefix);
    if (number_at(whole, magic.size() + sizeof(std::uint64_t)) != content.size() ||
        number_at(whole, magic.size()) != checksum(content)) {
        throw refuse("the backup is damaged");
    }
    const std::uint64_t header_size = number_at(content, 0);
    std::string_view data = content.substr(sizeof(std::uint64_t));
    if (header_size > data.size()) throw refuse("the backup is damaged");
    std::size_t bytes = 0;
    for (const VariablePtr& variable : variables) bytes += variable->value.bytes();
    RunState state;
    std::string_view elements;
    try {
        const json header = formats::parse_json(data.substr(0, header_size), file.string());
        if (header.at("variables") != header_of(variables)) {
            throw refuse("the backup is of a run with another model or optimizer");
        }
        data.remove_prefix(header_size);
        if (bytes > data.size()) throw refuse("the backup is damaged");
        elements = data.substr(0, bytes);
        data.remove_prefix(bytes);
        state.position = {header.at("epoch"), header.at("batch"), header.at("seed")};
        state.seconds = numbers_of(header.at("seconds")).at(0);
        for (const json& of_one : header.at("figures")) state.figures.push_back(numbers_of(of_one));
        state.history = history_of(header.at("history"));
        for (const json& kept : header.at("callbacks")) {
            CallbackState& callback = state.callbacks.emplace_back();
            callback.kind = kept.at("kind").get<std::string>();
            callback.numbers = numbers_of(kept.at("numbers"));
            callback.texts = kept.at("texts").get<std::vector<std::string>>();
            if (!read_tensors(kept.at("tensors"), data, callback.tensors)) throw refuse("the backup is damaged");
        }
    } catch (const json::exception&) {
        throw refuse("the backup is damaged");
    } catch (const std::out_of_range&) {
        throw refuse("the backup is damaged");
    }
    if (!data.empty()) throw refuse("the backup is damaged");
    for (const VariablePtr& variable : variables) {
        std::memcpy(variable->value.raw(), elements.data(), variable->value.bytes());
        elements.remove_prefix(variable->value.bytes());
    }
    return state;
}

std::vector<VariablePtr> backup_variables(const Model& model) {
    std::vector<VariablePtr> all = model.weights();
    const std::vector<VariablePtr>& state = model.optimizer().base()->variables();
    all.insert(all.end(), state.begin(), state.end());
    return all;
}

}  // namespace markhor
