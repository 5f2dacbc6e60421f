#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <markhor/layers.hpp>
#include <markhor/model.hpp>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

using testing::HasSubstr;

TEST(ExportCommand, WritesOnnxAndHeadersByTheNamesEnding) {
    const TemporaryFolder folder;
    Sequential({Input({4}), layers::Dense(2)}).save(folder / "model.keras");
    for (const char* const name : {"model.onnx", "model.hpp"}) {
        const Outcome outcome = run({"export", folder / "model.keras", "-o", folder / name});
        EXPECT_EQ(outcome.status, 0) << outcome.errors;
        EXPECT_TRUE(std::filesystem::exists(folder / name));
    }
    EXPECT_EQ(std::filesystem::file_size(folder / "model.bin"), 10 * sizeof(float));

    const Outcome other = run({"export", folder / "model.keras", "-o", folder / "model.tflite"});
    EXPECT_EQ(other.status, 1);
    EXPECT_THAT(other.errors, HasSubstr(".onnx or .hpp is wanted"));
}

}  // namespace
}  // namespace markhor::cli::test
