#include "data/csv.hpp"

#include <algorithm>
#include <charconv>
#include <markhor/data_files.hpp>
#include <optional>
#include <set>

#include "data/file_bytes.hpp"
#include "data/image_files.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t csv_limit = std::size_t{256} << 20U;

class Parser {
public:
    Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);  // the mark some editors put before UTF-8
    }

    std::optional<CsvRow> next() {
        while (!text_.empty() && (text_[0] == '\n' || text_[0] == '\r')) take();
        if (text_.empty()) return std::nullopt;
        CsvRow row{line_, {}};
        do {
            row.fields.push_back(field());
        } while (accept(','));
        if (!text_.empty() && text_[0] != '\n' && text_[0] != '\r') fail("has characters behind a quoted field");
        return row;
    }

private:
    [[noreturn]] void fail(const std::string& why) const {
        throw FileError(name_ + ": line " + std::to_string(line_) + " " + why);
    }

    char take() {
        const char c = text_[0];
        text_.remove_prefix(1);
        if (c == '\n') ++line_;
        return c;
    }

    bool accept(char c) {
        if (!text_.starts_with(c)) return false;
        take();
        return true;
    }

    std::string field() {
        if (!accept('"')) {
            const std::size_t end = std::min(text_.find_first_of(",\r\n"), text_.size());
            std::string plain(text_.substr(0, end));
            text_.remove_prefix(end);
            return plain;
        }
        std::string quoted;
        for (;;) {
            if (text_.empty()) fail("ends within a quoted field");
            const char c = take();
            if (c == '"' && !accept('"')) return quoted;
            quoted += c;
        }
    }

    std::string_view text_;
    const std::string& name_;
    std::size_t line_ = 1;
};

std::size_t column_of(const CsvRow& header, const std::string& column, const std::string& name) {
    const auto found = std::ranges::find(header.fields, column);
    if (found != header.fields.end()) return static_cast<std::size_t>(found - header.fields.begin());
    std::string all;
    for (const std::string& field : header.fields) all += (all.empty() ? "'" : ", '") + field.substr(0, 40) + "'";
    throw FileError(name + ": has no column '" + column + "'; it has " + all);
}

std::optional<std::int32_t> number_of(const std::string& text) {
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr std::int32_t most = 65535;
    if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > most) return std::nullopt;
    return number;
}

/// The classes, and each row's number in them.
std::vector<std::string> number_classes(const std::vector<std::string>& values, std::vector<LabelledFile>& files) {
    const std::set<std::string> different(values.begin(), values.end());
    std::vector<std::string> names(different.begin(), different.end());
    if (std::ranges::all_of(names, [](const std::string& value) { return number_of(value).has_value(); })) {
        std::int32_t most = 0;
        for (std::size_t i = 0; i < values.size(); ++i) most = std::max(most, files[i].label = *number_of(values[i]));
        names.clear();
        for (std::int32_t i = 0; i <= most; ++i) names.push_back(std::to_string(i));
        return names;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        files[i].label = static_cast<std::int32_t>(std::ranges::lower_bound(names, values[i]) - names.begin());
    }
    return names;
}

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name) {
    Parser parser(text, name);
    std::vector<CsvRow> rows;
    while (auto row = parser.next()) {
        if (!rows.empty() && row->fields.size() != rows[0].fields.size()) {
            throw FileError(name + ": line " + std::to_string(row->line) + " has " +
                            std::to_string(row->fields.size()) + " fields; the header has " +
                            std::to_string(rows[0].fields.size()));
        }
        rows.push_back(std::move(*row));
    }
    if (rows.empty()) throw FileError(name + ": is empty; a header line is wanted");
    return rows;
}

Dataset csv_file(const fs::path& file, const CsvOptions& options) {
    const ImageFormat format{.height = options.image_size[0],
                             .width = options.image_size[1],
                             .channels = channels_of(options.color_mode),
                             .interpolation = interpolation_of(options.interpolation),
                             .aspect = aspect_of(options.crop_to_aspect_ratio, options.pad_to_aspect_ratio),
                             .scaled_decode = options.scaled_decode,
                             .exif = options.exif};
    check_image_size(format.height, format.width);
    const LabelMode mode = options.y_col.empty() ? LabelMode::none : label_mode_of(options.label_mode);
    const bool skip = skips_broken(options.on_error);

    const std::vector<std::byte> bytes = read_bytes(file, csv_limit);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::vector<CsvRow> rows = parse_csv(text, file.string());
    if (rows.size() == 1) throw FileError(file.string() + ": has a header line and nothing else");
    const std::size_t path_column = column_of(rows[0], options.x_col, file.string());
    const fs::path folder = options.folder.empty() ? file.parent_path() : options.folder;
    std::vector<LabelledFile> files;
    for (const CsvRow& row : std::span(rows).subspan(1)) {
        if (row.fields[path_column].empty()) {
            throw FileError(file.string() + ": line " + std::to_string(row.line) + " names no file");
        }
        files.push_back({folder / row.fields[path_column], -1});
    }
    std::vector<std::string> names;
    if (mode != LabelMode::none) {
        const std::size_t label_column = column_of(rows[0], options.y_col, file.string());
        std::vector<std::string> values;
        for (const CsvRow& row : std::span(rows).subspan(1)) values.push_back(row.fields[label_column]);
        names = number_classes(values, files);
        if (mode == LabelMode::binary && names.size() != 2) {
            throw FileError(file.string() + ": has " + std::to_string(names.size()) +
                            " classes; label_mode = binary wants 2");
        }
    }
    std::vector<std::string> skipped;
    if (skip) files = without_broken(files, format.channels, true, skipped);
    if (files.empty()) throw FileError(file.string() + ": names no image that can be decoded: " + skipped.front());
    const LabelFormat labels{mode, static_cast<std::int64_t>(names.size())};
    return Dataset(image_files(std::move(files), format, labels, std::move(skipped)), names);
}

}  // namespace markhor::data
