// Small files that HDF5's own library wrote, each with one of the ways to store a thing: read as it reads them
// (conformance/record_hdf5.py), and damaged ones refused.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <span>

#include "formats/files.hpp"
#include "formats/hdf5/group.hpp"

namespace markhor::formats::h5 {
namespace {

using nlohmann::json;

std::vector<std::string> recorded() {
    std::vector<std::string> names;
    const json index = golden_json("hdf5/index.json");
    for (const auto& [name, entry] : index.items()) names.push_back(name);
    return names;
}

class RecordedFileTest : public testing::TestWithParam<std::string> {
protected:
    RecordedFileTest()
        : entry_(golden_json("hdf5/index.json")[GetParam()]),
          bytes_(bytes_of(golden_folder() / ("hdf5/" + GetParam() + ".h5"))) {}

    json entry_;
    std::string bytes_;
};

double number(const json& value) {
    if (value.is_number()) return value.get<double>();
    if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
    return value == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

std::vector<double> wanted_values(const json& dataset, std::size_t count) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i * 7919 % 251);
    if (dataset.contains("values")) {
        for (std::size_t i = 0; i < count; ++i) values[i] = number(dataset["values"][i]);
    } else if (dataset.contains("fill")) {
        values.assign(count, dataset["fill"].get<double>());
        for (const auto& [at, value] : dataset["only"].items()) values[std::stoul(at)] = value.get<double>();
    }
    return values;
}

std::vector<std::string> wanted_texts(const json& texts) {
    std::vector<std::string> wanted;
    for (const json& text : texts) {
        wanted.push_back(text.is_string()
                             ? text.get<std::string>()
                             : std::string(text["times"].get<std::size_t>(), text["repeat"].get<std::string>()[0]));
    }
    return wanted;
}

void expect_data(const Group& root, const std::string& path, const json& wanted) {
    SCOPED_TRACE(path);
    const Dataset data = root.data_at(path);
    ASSERT_EQ(data.shape().dims(), wanted["shape"].get<std::vector<std::int64_t>>());
    Tensor tensor(data.shape(), DType::float64);
    data.read(tensor);
    const std::span<const double> came = std::as_const(tensor).data<double>();
    const std::vector<double> values = wanted_values(wanted, came.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i]) ? !std::isnan(came[i]) : came[i] != values[i]) {
            FAIL() << "element " << i << ": " << came[i] << "; " << values[i] << " is wanted";
        }
    }
}

TEST_P(RecordedFileTest, IsReadAsHdf5ReadsIt) {
    MemorySource source(std::as_bytes(std::span(bytes_)));
    File file(source, "recorded.h5");
    const Group root = Group::root(file);
    const json datasets = entry_.value("datasets", json::object());
    for (const auto& [path, wanted] : datasets.items()) {
        if (wanted.contains("error")) {
            const std::string error = error_text([&, &place = path] { root.data_at(place); });
            EXPECT_TRUE(error.starts_with("recorded.h5: /" + path + ": ")) << error;
            EXPECT_NE(error.find(wanted["error"].get<std::string>()), std::string::npos) << error;
        } else {
            expect_data(root, path, wanted);
        }
    }
    const json attributes = entry_.value("texts", json::object());
    for (const auto& [name, texts] : attributes.items()) {
        const std::vector<std::string> wanted = wanted_texts(texts);
        if (wanted.size() == 1) {
            EXPECT_EQ(root.text(name, 1 << 20), wanted[0]) << name;
        } else {
            EXPECT_EQ(root.texts(name), wanted) << name;
        }
    }
    if (entry_.contains("members")) {
        EXPECT_EQ(root.names().size(), entry_["members"].get<std::size_t>());
    }
}

/// Everything the index names, or FileErrors: nothing else may happen.
void read_all(const std::string& bytes, const json& entry) {
    const json datasets = entry.value("datasets", json::object());
    const json attributes = entry.value("texts", json::object());
    try {
        MemorySource source(std::as_bytes(std::span(bytes)));
        File file(source, "damaged.h5");
        const Group root = Group::root(file);
        for (const auto& [path, wanted] : datasets.items()) {
            try {
                const Dataset data = root.data_at(path);
                if (!wanted.contains("shape") || data.shape().dims() != wanted["shape"]) continue;
                Tensor tensor(data.shape(), DType::float32);
                data.read(tensor);
            } catch (const FileError& error) {
                EXPECT_TRUE(std::string(error.what()).starts_with("damaged.h5: ")) << error.what();
            }
        }
        for (const auto& [name, texts] : attributes.items()) root.texts(name);
    } catch (const FileError& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("damaged.h5: ")) << error.what();
    }
}

TEST_P(RecordedFileTest, DamagedAnywhereIsReadOrRefused) {
    std::mt19937 random(1);
    for (int i = 0; i < 40; ++i) {
        std::string damaged = bytes_;
        const std::size_t at = random() % damaged.size();
        constexpr std::array<char, 6> telling = {0, 1, -1, 127, -128, 'T'};
        damaged[at] = telling[random() % telling.size()];
        read_all(damaged, entry_);
    }
}

TEST_P(RecordedFileTest, CutAnywhereIsRefused) {
    for (std::size_t size = 0; size < bytes_.size(); size += 1 + bytes_.size() / 23) {
        const std::string cut = bytes_.substr(0, size);
        MemorySource source(std::as_bytes(std::span(cut)));
        EXPECT_THROW(File(source, "cut.h5"), FileError) << size;
    }
}

INSTANTIATE_TEST_SUITE_P(Hdf5, RecordedFileTest, testing::ValuesIn(recorded()),
                         [](const auto& name) { return test_name(name.param); });

}  // namespace
}  // namespace markhor::formats::h5
