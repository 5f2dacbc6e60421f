#include "config_file.hpp"

#include <fmt/format.h>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <iterator>
#include <markhor/error.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/input_file.hpp"

namespace markhor::cli {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;  // of a file of options

struct Entry {
    std::string key;
    std::vector<std::string> values;  // as on the command line
    std::size_t line = 0;
};

/// A file's own error: where, and what is wrong.
[[noreturn]] void refuse(const std::filesystem::path& file, std::size_t line, const std::string& what) {
    throw FileError(fmt::format("{}:{}: {}", file.string(), line, what));
}

std::string number_text(double value) { return fmt::format("{}", value); }

class TomlEntries {
public:
    explicit TomlEntries(const std::filesystem::path& file) : file_(file) {}

    std::vector<Entry> read(const std::string& text) {
        try {
            const toml::table table = toml::parse(text, file_.string());
            for (const auto& [key, node] : table) {
                Entry entry{std::string(key.str()), {}, key.source().begin.line};
                if (const toml::array* list = node.as_array()) {
                    for (const toml::node& item : *list) entry.values.push_back(value_of(entry, item));
                } else {
                    entry.values.push_back(value_of(entry, node));
                }
                entries_.push_back(std::move(entry));
            }
        } catch (const toml::parse_error& error) {
            refuse(file_, error.source().begin.line, std::string(error.description()));
        }
        return std::move(entries_);
    }

private:
    std::string value_of(const Entry& entry, const toml::node& node) const {
        if (const auto text = node.value_exact<std::string>()) return *text;
        if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
        if (const auto integer = node.value_exact<std::int64_t>()) return std::to_string(*integer);
        if (const auto number = node.value_exact<double>()) return number_text(*number);
        refuse(file_, entry.line,
               fmt::format("'{}' is neither a text, a number, true or false, nor a list of these", entry.key));
    }

    const std::filesystem::path& file_;
    std::vector<Entry> entries_;
};

/// Counts the lines that the parser has read.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, std::size_t* line) : at_(at), line_(line) {}
    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        if (*at_ == '\n') ++*line_;
        ++at_;
        return *this;
    }
    CountingIterator operator++(int) {
        const CountingIterator before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }

private:
    const char* at_;
    std::size_t* line_;
};

/// One object of plain values and lists of them.
class JsonEntries final : public nlohmann::json_sax<nlohmann::json> {
public:
    JsonEntries(const std::filesystem::path& file, const std::string& text) : file_(file) {
        const char* end = text.data() + text.size();
        nlohmann::json::sax_parse(CountingIterator(text.data(), &line_), CountingIterator(end, &line_), this);
    }
    std::vector<Entry> take() { return std::move(entries_); }

    bool null() override { return wrong("null"); }
    bool boolean(bool value) override { return add(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return add(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value)); }
    bool number_float(number_float_t value, const string_t&) override { return add(number_text(value)); }
    bool string(string_t& value) override { return add(value); }
    bool binary(binary_t&) override { return wrong("binary data"); }
    bool start_object(std::size_t) override { return inside_++ == 0 || wrong("an object"); }
    bool end_object() override { return true; }
    bool key(string_t& name) override {
        entries_.push_back({name, {}, line_});
        return true;
    }
    bool start_array(std::size_t) override {
        if (in_list_ || entries_.empty()) return wrong("a list");
        in_list_ = true;
        return true;
    }
    bool end_array() override {
        in_list_ = false;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) override {
        const std::string_view text = error.what();
        const auto at = text.rfind("syntax error");
        refuse(file_, line_, std::string(at == std::string_view::npos ? text : text.substr(at)));
    }

private:
    bool add(const std::string& value) {
        if (entries_.empty()) return wrong("a value alone");
        entries_.back().values.push_back(value);
        return true;
    }
    [[noreturn]] bool wrong(const std::string& what) const {
        const std::string key = entries_.empty() ? "the file" : "'" + entries_.back().key + "'";
        refuse(file_, line_, fmt::format("{} is {}; one object of texts, numbers, true or false is wanted", key, what));
    }

    const std::filesystem::path& file_;
    std::size_t line_ = 1;
    std::size_t inside_ = 0;
    bool in_list_ = false;
    std::vector<Entry> entries_;
};

std::string known_keys(const CLI::App& app) {
    std::string list;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty() || option->get_lnames().front() == "help" || option->get_group().empty())
            continue;
        list += (list.empty() ? "" : ", ") + option->get_lnames().front();
    }
    return list;
}

}  // namespace

void apply_config_file(CLI::App& app, const std::filesystem::path& file) {
    const std::string text = read_text_file(file, most_bytes);
    const std::string extension = file.extension().string();
    if (extension != ".toml" && extension != ".json") {
        throw FileError(file.string() + ": the name ends with neither .toml nor .json");
    }
    const std::vector<Entry> entries =
        extension == ".json" ? JsonEntries(file, text).take() : TomlEntries(file).read(text);
    for (const Entry& entry : entries) {
        CLI::Option* option = app.get_option_no_throw("--" + entry.key);
        if (option == nullptr || entry.key == "config" || entry.key == "help") {
            refuse(file, entry.line, fmt::format("the key '{}' is unknown; known: {}", entry.key, known_keys(app)));
        }
        if (option->count() > 0) continue;  // what is typed counts more
        // A flag takes one value too, though CLI11 expects none behind its name.
        if (entry.values.size() != 1 && (option->get_expected_max() <= 1 || entry.values.empty())) {
            refuse(file, entry.line,
                   fmt::format("'{}' is a list of {}; {} is wanted", entry.key, entry.values.size(),
                               option->get_expected_max() <= 1 ? "one value" : "at least one value"));
        }
        try {
            for (const std::string& value : entry.values) option->add_result(value);
            option->run_callback();
        } catch (const CLI::Error& error) {
            refuse(file, entry.line, fmt::format("'{}': {}", entry.key, error.what()));
        }
    }
}

}  // namespace markhor::cli
