// Model files that were made to harm or are merely damaged: each is refused with one error that names it, or read
// rightly.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <random>

#include "formats/files.hpp"
#include "formats/verify.hpp"
#include "formats/zip_archive.hpp"
#include "formats/zip_writer.hpp"

namespace markhor::formats {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Odd {
    std::string file;
    std::string expected;
    bool exact = true;  // predicts as the undamaged file does
};

void PrintTo(const Odd& odd, std::ostream* stream) { *stream << odd.file; }

std::vector<Odd> odd_files() {
    std::vector<Odd> files;
    for (const json& entry : golden_json("hostile/index.json")) {
        files.push_back(
            {"hostile/" + entry["file"].get<std::string>(), entry["expect"], entry.value("same_output", true)});
    }
    for (const json& entry : golden_json("unsafe/models_manifest.json")) {
        files.push_back({"unsafe/" + entry["file"].get<std::string>(), entry["expected"]});
    }
    return files;
}

fs::path arrays_of(const std::string& file) {
    return golden_folder() / (file.starts_with("hostile/") ? "hostile/_base.npz" : "unsafe/ok.io.npz");
}

class OddModelTest : public testing::TestWithParam<Odd> {};

TEST_P(OddModelTest, IsReadRightlyOrRefusedByName) {
    const fs::path file = golden_folder() / GetParam().file;
    const std::string& expected = GetParam().expected;
    std::string error;
    try {
        load_model(file);
    } catch (const Error& caught) {
        error = caught.what();
        EXPECT_TRUE(error.starts_with(file.string() + ": ")) << error;
        EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    }
    RecordProperty("refused", error.empty() ? 0 : 1);
    const bool must_refuse = expected == "reject" || expected == "reject (ambiguous)";
    const bool must_read = expected.starts_with("accept") || expected == "load";
    if (must_refuse) {
        EXPECT_NE(error, "");
    }
    if (must_read) {
        EXPECT_EQ(error, "");
        const Verified verified = verify_model(file, arrays_of(GetParam().file), GetParam().exact ? 1e-5 : 1e-2);
        EXPECT_TRUE(verified.passed) << verified.failure << verified.error;
    }
}

INSTANTIATE_TEST_SUITE_P(Recorded, OddModelTest, testing::ValuesIn(odd_files()),
                         [](const auto& odd) { return test_name(odd.param.file); });

std::string refusal(const std::string& file) {
    return error_text([&] { load_model(golden_folder() / file); }).substr((golden_folder() / file).string().size() + 2);
}

TEST(HostileModel, WithMarshalledCodeIsRefusedAsInCve20243660) {
    EXPECT_EQ(refusal("hostile/lambda_layer.keras"),
              "config.json: model 'tiny': layer 'lambda' (Lambda): a Lambda layer holds Python code, which is never "
              "run or read");
}

TEST(HostileModel, WithAForeignFunctionIsRefusedAsInCve20251550) {
    EXPECT_EQ(refusal("unsafe/function_from_os_module.keras"),
              "config.json: model 'victim': layer 'c' (Conv2D): 'activation' names the function \"getcwd\" of module "
              "\"os\"; no "
              "function that a file names is looked up");
    EXPECT_EQ(refusal("unsafe/class_from_foreign_module.keras"),
              "config.json: model 'victim': a layer of class 'OrderedDict': class 'OrderedDict' of module "
              "'collections' is not one "
              "of keras.layers");
}

TEST(HostileModel, WithAToolOfKerasItselfIsRefusedAsInCve20258747) {
    const std::string error = refusal("unsafe/utils_get_file.keras");
    EXPECT_NE(
        error.find(
            "names the function \"get_file\" of module \"keras.utils\"; no function that a file names is looked up"),
        std::string::npos)
        << error;
}

TEST(HostileModel, InTheOlderFormatWithCodeIsRefusedAsInCve20259905) {
    EXPECT_EQ(refusal("hostile/legacy_lambda.h5"),
              "model_config: model 'tiny': layer 'lambda' (Lambda): a Lambda layer holds Python code, which is never "
              "run or read");
}

TEST(HostileModel, ThatWouldSwitchSafetyOffIsRefusedAsInCve20259906) {
    const std::string error = refusal("unsafe/calls_enable_unsafe.keras");
    EXPECT_NE(
        error.find(
            "\"enable_unsafe_deserialization\" of module \"keras.config\" where a layer is wanted; nothing that a file "
            "names is called"),
        std::string::npos)
        << error;
}

TEST(HostileModel, ThatReachesOutsideItsFileIsRefusedAsInCve20261669) {
    for (const char* name : {"h5_external_link", "h5_external_storage", "h5_virtual"}) {
        const std::string error = refusal("hostile/" + std::string(name) + ".keras");
        EXPECT_NE(error.find("which is not followed"), std::string::npos) << error;
    }
}

TEST(HostileModel, ThatDeclaresMoreThanItStoresIsRefusedAsInCve20260897) {
    EXPECT_EQ(refusal("hostile/h5_huge_dataset.keras"),
              "model.weights.h5: /layers/conv2d/vars/0: the shape (1048576, 1048576) needs 4398046511104 bytes; 0 are "
              "stored");
    EXPECT_EQ(refusal("hostile/zip_bomb.keras"),
              "member 'config.json': would unpack 48925 bytes to 50331648, which no model's do");
}

/// Files made from a good one, each wrong in one place.
class MutatedModelTest : public testing::Test {
protected:
    static constexpr const char* base = "hostile/_base.keras";

    void TearDown() override { RecordProperty("refused", refused_); }

    /// Reads the bytes as a model: whatever they are, it is there or an Error says why not.
    void try_to_load(const std::string& bytes, const std::string& name, const std::string& what) {
        const fs::path file = folder_ / name;
        write_bytes(file, bytes);
        try {
            load_model(file);
            ++loaded_;
        } catch (const Error& error) {
            EXPECT_TRUE(std::string(error.what()).starts_with(file.string())) << what << ": " << error.what();
            ++refused_;
        }
    }

    static void write_bytes(const fs::path& file, const std::string& bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
    }
    static std::string member(const char* name) { return ZipReader(golden_folder() / base).text(name, 1 << 20); }

    std::string archive(const std::string& config, const std::string& weights) const {
        ZipWriter writer;
        writer.add_text("config.json", config);
        writer.add_text("model.weights.h5", weights);
        AtomicFile made(folder_ / "made.keras");
        writer.write(made);
        made.commit();
        return bytes_of(folder_ / "made.keras");
    }

    TemporaryFolder folder_;
    int loaded_ = 0;
    int refused_ = 0;
};

/// Calls visit(changed) for the document with each of its values replaced by `value`, one at a time.
void each_replaced(json& document, json& place, const json& value,
                   const std::function<void(const std::string&)>& visit) {
    const json kept = place;
    if (place.is_structured()) {
        for (json& inner : place) each_replaced(document, inner, value, visit);
    }
    place = value;
    visit(document.dump());
    place = kept;
}

TEST_F(MutatedModelTest, WithAnyValueOfItsConfigReplacedIsReadOrRefused) {
    const std::string weights = member("model.weights.h5");
    json config = json::parse(member("config.json"));
    for (const json& value :
         {json(), json(-1), json(0), json(1e18), json("x"), json::array(), json::object(), json(true),
          json(std::uint64_t{1} << 63), json{{"class_name", "__lambda__"}, {"config", {{"value", "00"}}}}}) {
        each_replaced(config, config, value, [&](const std::string& changed) {
            try_to_load(archive(changed, weights), "config.keras", changed.substr(0, 200));
        });
    }
    EXPECT_GT(refused_, 400);
    EXPECT_GT(loaded_, 100);  // names, null for defaults, what does not matter
}

TEST_F(MutatedModelTest, CutAnywhereIsRefused) {
    for (const char* name : {"hostile/_base.keras", "hostile/_base.h5"}) {
        const std::string whole = bytes_of(golden_folder() / name);
        for (std::size_t size = 0; size < whole.size(); size += 499) {
            try_to_load(whole.substr(0, size), fs::path(name).filename().string(), std::to_string(size));
        }
    }
    EXPECT_GT(refused_, 70);
    EXPECT_EQ(loaded_, 0);
}

TEST_F(MutatedModelTest, WithBytesOfTheArchiveChangedIsReadOrRefused) {
    const std::string whole = bytes_of(golden_folder() / base);
    std::mt19937 random(1);
    for (int i = 0; i < 150; ++i) {
        std::string bytes = whole;
        for (int j = 0; j < 3; ++j) bytes[random() % bytes.size()] = static_cast<char>(random());
        try_to_load(bytes, "bytes.keras", std::to_string(i));
    }
    EXPECT_GT(refused_, 140);  // a checksum is over almost all of it
}

}  // namespace
}  // namespace markhor::formats
