// The record of what a model was trained for, in files: read back as written, and what is hostile in it.
#include "formats/image_input_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <markhor/layers.hpp>
#include <markhor/saving.hpp>

#include "formats/zip_archive.hpp"
#include "formats/zip_writer.hpp"
#include "support/files.hpp"

namespace markhor::formats {
namespace {

using markhor::test::TemporaryFolder;
using testing::HasSubstr;

Model small_model() { return Sequential({Input({4, 4, 3}), layers::GlobalAveragePooling2D(), layers::Dense(2)}); }

ImageInput record() {
    return {.class_names = {"a", "b\"</script>\n"},
            .scaling = PixelScaling::named("caffe"),
            .color_mode = "rgb",
            .height = 4,
            .width = 5,
            .fit = "pad",
            .interpolation = "lanczos3",
            .exif = true};
}

TEST(ImageInputRecord, IsReadBackFromBothFormats) {
    const TemporaryFolder scratch;
    const Model model = small_model();
    EXPECT_FALSE(stored_image_input(model));
    set_image_input(model, record());
    for (const char* name : {"m.keras", "m.h5"}) {
        model.save(scratch.path / name);
        const Model back = load_model(scratch.path / name);
        EXPECT_EQ(stored_image_input(back), record()) << name;
        back.save(scratch.path / ("again_" + std::string(name)));
        EXPECT_EQ(stored_image_input(load_model(scratch.path / ("again_" + std::string(name)))), record());
    }
    small_model().save(scratch.path / "without.keras");
    EXPECT_FALSE(stored_image_input(load_model(scratch.path / "without.keras")));
}

TEST(ImageInputRecord, MayHoldManyNames) {
    const TemporaryFolder scratch;
    ImageInput many = record();
    many.class_names.assign(50'000, "a class of some length");
    for (const char* name : {"m.keras", "m.h5"}) {
        const Model model = small_model();
        set_image_input(model, many);
        model.save(scratch.path / name);
        EXPECT_EQ(stored_image_input(load_model(scratch.path / name))->class_names.size(), 50'000U) << name;
    }
}

TEST(ImageInputRecord, WhatNoFileCouldHoldIsRefused) {
    const Model model = small_model();
    const auto refused = [&](auto change) {
        ImageInput input = record();
        change(input);
        try {
            set_image_input(model, input);
        } catch (const ValueError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THAT(refused([](ImageInput& input) { input.scaling->factor = {nan}; }), HasSubstr("'factor' is not finite"));
    EXPECT_THAT(refused([](ImageInput& input) { input.scaling->offset.clear(); }), HasSubstr("'offset' is 0 numbers"));
    EXPECT_THAT(refused([](ImageInput& input) { input.fit = "squeeze"; }), HasSubstr("expected one of stretch, crop"));
    EXPECT_THAT(refused([](ImageInput& input) { input.height = -1; }), HasSubstr("'height' is -1"));
    EXPECT_THAT(refused([](ImageInput& input) { input.class_names.resize(1'000'000); }), HasSubstr("up to 100000"));
}

TEST(ImageInputRecord, ADamagedOneIsAWarningAndTheModelIsRead) {
    const TemporaryFolder scratch;
    small_model().save(scratch.path / "m.keras");
    const ZipReader good(scratch.path / "m.keras");
    const std::vector<std::string> bad = {
        "",
        "{",
        "[]",
        "7",
        R"({"class_names": 3})",
        R"({"class_names": ["a", 2]})",
        "{\"class_names\": [\"\xff\xfe\"]}",
        R"({"height": 1e99})",
        R"({"height": "24"})",
        R"({"width": -3})",
        R"({"fit": "sideways"})",
        R"({"exif": 1})",
        R"({"pixels": 3})",
        R"({"pixels": {"factor": [null], "offset": [0]}})",
        R"({"pixels": {"factor": [1e999], "offset": [0]}})",
        R"({"pixels": {"factor": [1, 1, 1, 1, 1], "offset": [0]}})",
        R"({"pixels": {"factor": [], "offset": [0]}})",
        R"({"a": )" + std::string(10'000, '[') + std::string(10'000, ']') + "}",
        R"({"class_names": [)" + std::string(100'001 * 3, ' ') +
            [] {
                std::string names;
                for (int i = 0; i < 1'000'000; ++i) names += i == 0 ? "\"\"" : ",\"\"";
                return names;
            }() +
            "]}",
        std::string(most_record_bytes + 1, ' '),
    };
    for (const std::string& text : bad) {
        SCOPED_TRACE(text.substr(0, 60));
        ZipWriter writer;
        for (const char* member : {"metadata.json", "config.json"}) writer.add_text(member, good.text(member, 1 << 20));
        writer.add_text(record_member, text);
        writer.add_text("model.weights.h5", good.text("model.weights.h5", 1 << 20));
        AtomicFile made(scratch.path / "bad.keras");
        writer.write(made);
        made.commit();
        std::vector<std::string> warnings;
        const Model model = load_model(scratch.path / "bad.keras",
                                       {.on_warning = [&](const std::string& line) { warnings.push_back(line); }});
        EXPECT_FALSE(stored_image_input(model));
        ASSERT_EQ(warnings.size(), 1U);
        EXPECT_THAT(warnings[0], HasSubstr("markhor.json"));
        EXPECT_THAT(warnings[0], HasSubstr("what the model was trained for"));
        EXPECT_LT(warnings[0].size(), 600U);
    }
}

}  // namespace
}  // namespace markhor::formats
