#include "data/cifar.hpp"

#include <algorithm>
#include <markhor/data_files.hpp>
#include <sstream>
#include <vector>

#include "core/input_file.hpp"
#include "data/file_bytes.hpp"
#include "data/folders.hpp"

namespace markhor::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t side = 32;
constexpr std::size_t plane = side * side;
constexpr std::size_t cifar_limit = std::size_t{1} << 30U;

struct Layout {
    std::size_t label_bytes;
    std::size_t label;
    int classes;
};

CifarRecords read_files(const fs::path& folder, const std::vector<std::string>& names, const Layout& layout) {
    std::vector<std::byte> bytes;
    for (const std::string& name : names) {
        const std::vector<std::byte> more = read_bytes(folder / name, cifar_limit);
        // Each by itself first, so that an error names its file.
        parse_cifar(more, layout.label_bytes, layout.label, layout.classes, (folder / name).string());
        bytes.insert(bytes.end(), more.begin(), more.end());
    }
    return parse_cifar(bytes, layout.label_bytes, layout.label, layout.classes, folder.string());
}

/// The lines of a text file beside the data; without one `otherwise`.
std::vector<std::string> class_names(const fs::path& file, int classes, std::vector<std::string> otherwise) {
    if (!fs::exists(file)) return otherwise;
    std::istringstream stream(read_text_file(file));
    std::vector<std::string> names;
    for (std::string line; std::getline(stream, line) && names.size() < static_cast<std::size_t>(classes);) {
        if (line.ends_with('\r')) line.pop_back();
        names.push_back(line);
    }
    return names.size() == static_cast<std::size_t>(classes) ? names : std::move(otherwise);
}

TrainTest sets(const fs::path& folder, const std::vector<std::string>& train, const std::vector<std::string>& test,
               const Layout& layout, const std::vector<std::string>& names) {
    const auto dataset = [&](const std::vector<std::string>& files) {
        const CifarRecords records = read_files(folder, files, layout);
        return Dataset(records.images, records.labels).rescaled(1.0 / 255.0).with_class_names(names);
    };
    list_folder(folder);  // a missing folder is named as such
    return {dataset(train), dataset(test)};
}

}  // namespace

CifarRecords parse_cifar(std::span<const std::byte> bytes, std::size_t label_bytes, std::size_t label, int classes,
                         const std::string& name) {
    const std::size_t record = label_bytes + 3 * plane;
    if (bytes.empty() || bytes.size() % record != 0) {
        throw FileError(name + ": has " + std::to_string(bytes.size()) + " bytes; records of " +
                        std::to_string(record) + " bytes are wanted: it is truncated, or no such file");
    }
    const std::size_t count = bytes.size() / record;
    CifarRecords records{Tensor({static_cast<std::int64_t>(count), side, side, 3}, DType::uint8),
                         Tensor({static_cast<std::int64_t>(count)}, DType::int32)};
    std::uint8_t* pixel = records.images.data<std::uint8_t>().data();
    for (std::size_t i = 0; i < count; ++i) {
        const auto one = bytes.subspan(i * record, record);
        const int number = std::to_integer<int>(one[label]);
        if (number >= classes) {
            throw FileError(name + ": record " + std::to_string(i) + " has the label " + std::to_string(number) +
                            "; 0 to " + std::to_string(classes - 1) + " are wanted");
        }
        records.labels.data<std::int32_t>()[i] = number;
        const auto image = one.subspan(label_bytes);
        for (std::size_t at = 0; at < plane; ++at) {
            for (std::size_t c = 0; c < 3; ++c) *pixel++ = std::to_integer<std::uint8_t>(image[c * plane + at]);
        }
    }
    return records;
}

TrainTest cifar10(const fs::path& folder) {
    const std::vector<std::string> names = {"airplane", "automobile", "bird",  "cat",  "deer",
                                            "dog",      "frog",       "horse", "ship", "truck"};
    return sets(folder,
                {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
                {"test_batch.bin"}, {1, 0, 10}, names);
}

TrainTest cifar100(const fs::path& folder, const std::string& label_mode) {
    if (label_mode != "fine" && label_mode != "coarse") {
        throw ValueError("cifar100: label_mode is '" + label_mode + "'; fine or coarse is wanted");
    }
    const bool fine = label_mode == "fine";
    const int classes = fine ? 100 : 20;
    std::vector<std::string> numbers;
    numbers.reserve(static_cast<std::size_t>(classes));
    for (int i = 0; i < classes; ++i) numbers.push_back(std::to_string(i));
    return sets(folder, {"train.bin"}, {"test.bin"}, {2, fine ? std::size_t{1} : std::size_t{0}, classes},
                class_names(folder / (label_mode + "_label_names.txt"), classes, std::move(numbers)));
}

}  // namespace markhor::data
