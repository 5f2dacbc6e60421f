// Each exported file is held against ONNX's own checker and shape inference; conformance/check_onnx.py runs such files
// in ONNX Runtime and compares the numbers.
#define ONNX_NAMESPACE onnx
#define ONNX_ML 1
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <markhor/error.hpp>
#include <markhor/exporting.hpp>
#include <markhor/layers.hpp>
#include <markhor/saving.hpp>

#include "export/networks.hpp"
#include "support/files.hpp"
#include "support/paths.hpp"

namespace markhor {
namespace {

using testing::HasSubstr;

onnx::ModelProto exported(const Model& model) {
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder / "model.onnx";
    export_onnx(model, file);
    onnx::ModelProto proto;
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(proto.ParseFromIstream(&in));
    return proto;
}

// With what can be inferred of each value filled in. Throws where ONNX finds fault.
onnx::ModelProto checked(const Model& model) {
    onnx::ModelProto proto = exported(model);
    onnx::checker::check_model(proto);
    onnx::shape_inference::InferShapes(proto, onnx::OpSchemaRegistry::Instance(), {true, 1, true});
    return proto;
}

std::int64_t count(const onnx::ModelProto& proto, const std::string& type) {
    return std::ranges::count_if(proto.graph().node(), [&](const auto& node) { return node.op_type() == type; });
}

TEST(ExportOnnx, PassesTheCheckerForEveryKindOfNetwork) {
    for (const Model& model : test::networks_to_export()) {
        EXPECT_NO_THROW(checked(model)) << model.name();
    }
}

TEST(ExportOnnx, PassesTheCheckerForKerassOwnFiles) {
    int files = 0;
    for (const char* const folder : {"keras2", "keras3", "keras3b", "keras3c"}) {
        const std::filesystem::path saved = std::filesystem::path(markhor::test::golden()) / "saved" / folder;
        for (const auto& entry : std::filesystem::directory_iterator(saved)) {
            if (entry.path().extension() != ".keras") continue;
            const Model model = load_model(entry.path(), {.compile = false});
            EXPECT_NO_THROW(checked(model)) << entry.path();
            ++files;
        }
    }
    EXPECT_GE(files, 20);
}

TEST(ExportOnnx, NamesInputsAndOutputsAsTheLayersAreAndLeavesTheBatchOpen) {
    const onnx::ModelProto proto = exported(test::networks_to_export()[0]);
    ASSERT_EQ(proto.graph().input_size(), 1);
    const auto& input = proto.graph().input(0);
    EXPECT_EQ(input.name(), "photo");
    const auto& shape = input.type().tensor_type().shape();
    ASSERT_EQ(shape.dim_size(), 4);
    EXPECT_EQ(shape.dim(0).dim_param(), "batch");
    EXPECT_EQ(shape.dim(1).dim_value(), 15);
    EXPECT_EQ(shape.dim(3).dim_value(), 3);
    ASSERT_EQ(proto.graph().output_size(), 2);
    EXPECT_EQ(proto.graph().output(0).name(), "softmax");
    EXPECT_EQ(proto.graph().output(1).name(), "global_max_pooling2d");
    EXPECT_EQ(proto.opset_import(0).version(), 17);
}

TEST(ExportOnnx, KeepsAModelsFixedBatch) {
    const Sequential model({Input({4}, {.batch_size = 7}), layers::Dense(2)});
    EXPECT_EQ(exported(model).graph().input(0).type().tensor_type().shape().dim(0).dim_value(), 7);
}

TEST(ExportOnnx, TransposesOnlyAtTheEdgesOfAConvolutionalNetwork) {
    using namespace layers;
    const Sequential pooled({Input({16, 16, 3}), Conv2D(4, {3, 3}, {.activation = "relu"}), MaxPooling2D({2, 2}),
                             BatchNormalization(), Conv2D(4, {3, 3}), GlobalAveragePooling2D(), Dense(2)});
    EXPECT_EQ(count(checked(pooled), "Transpose"), 1);  // of the input
    const Sequential channels_first({Input({3, 16, 16}), Conv2D(4, {3, 3}, {.data_format = "channels_first"}),
                                     MaxPooling2D({2, 2}, {.data_format = "channels_first"})});
    EXPECT_EQ(count(checked(channels_first), "Transpose"), 0);
}

TEST(ExportOnnx, RefusesByLayerWhatOnnxHasNoOperatorFor) {
    const Sequential model({Input({4}), layers::Dense(3, {.activation = "sparsemax", .name = "odd"})});
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder / "never.onnx";
    try {
        export_onnx(model, file);
        FAIL() << "exported";
    } catch (const ValueError& error) {
        EXPECT_THAT(error.what(), HasSubstr("odd"));
        EXPECT_THAT(error.what(), HasSubstr("sparsemax"));
    }
    EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace markhor
