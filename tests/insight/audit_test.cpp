// Audits: multiply-adds against an independent count from Keras's configs (conformance/record_flops.py), receptive
// fields, growth, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <markhor/applications.hpp>
#include <markhor/audit.hpp>
#include <markhor/case_study.hpp>
#include <markhor/layers.hpp>
#include <nlohmann/json.hpp>

#include "model/model_base.hpp"
#include "model/trainer.hpp"
#include "support/paths.hpp"

namespace markhor::insight {
namespace {

using namespace layers;

class AuditTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }
};

const LayerAudit& layer_of(const Audit& audit, const std::string& name) {
    const auto found =
        std::ranges::find_if(audit.layers, [&](const LayerAudit& layer) { return layer.cost.name == name; });
    EXPECT_NE(found, audit.layers.end()) << name;
    return *found;
}

TEST_F(AuditTest, CountsTheMultiplyAddsThatKerasConfigsSay) {
    std::ifstream file(markhor::test::golden("insight/flops.json"));
    const nlohmann::json recorded = nlohmann::json::parse(file);
    ASSERT_EQ(recorded.size(), 5);
    for (const auto& [name, multiply_adds] : recorded.items()) {
        const Audit audit = insight::audit(applications::make_network(name),
                                           {.training_batch = 1, .machine = Machine{1e11, 1e10}, .growth = {}});
        EXPECT_EQ(audit.multiply_adds, multiply_adds.get<double>()) << name;
        EXPECT_GT(audit.cost.flops, 2 * audit.multiply_adds) << name;
        EXPECT_LT(audit.cost.flops, 2.2 * audit.multiply_adds) << name;
    }
}

TEST_F(AuditTest, LayersAddUpAndSeeWhatTheirWindowsReach) {
    const Audit audit = insight::audit(head_network("gap", {28, 28, 1}, 10));
    double flops = 0;
    double predicted = 0;
    for (const LayerAudit& layer : audit.layers) {
        flops += layer.cost.flops;
        predicted += layer.predicted_seconds;
        EXPECT_DOUBLE_EQ(layer.intensity * layer.moved_bytes, layer.cost.flops);
    }
    EXPECT_DOUBLE_EQ(flops, audit.cost.flops);
    EXPECT_NEAR(predicted, audit.predicted_seconds, 1e-9 * predicted);
    EXPECT_GT(audit.machine.flops_per_second, 1e8);
    EXPECT_GT(audit.machine.bytes_per_second, 1e8);
    EXPECT_FALSE(audit.measured_seconds);
    // 3x3, 3x3, pool 2/2, 3x3, 3x3, pool 2/2: 3, 5, 6, 10, 14, 16.
    using testing::ElementsAre;
    EXPECT_THAT(layer_of(audit, "conv2d_1").receptive_field, ElementsAre(5, 5));
    EXPECT_THAT(layer_of(audit, "max_pooling2d").receptive_field, ElementsAre(6, 6));
    EXPECT_THAT(layer_of(audit, "conv2d_3").receptive_field, ElementsAre(14, 14));
    EXPECT_THAT(layer_of(audit, "batch_normalization_1").receptive_field, ElementsAre(16, 16));
    EXPECT_THAT(layer_of(audit, "global_average_pooling2d").receptive_field, testing::IsEmpty());
}

TEST_F(AuditTest, GrowthIsThatOfTheHead) {
    const Audit flatten = audit(head_network("flatten", {28, 28, 1}, 10));
    const Audit gap = audit(head_network("gap", {28, 28, 1}, 10));
    const auto at = [](const Audit& audit, std::int64_t side) {
        return *std::ranges::find_if(audit.growth, [&](const Growth& growth) { return growth.input[0] == side; });
    };
    EXPECT_EQ(at(flatten, 28).params, 133'386);
    EXPECT_GT(at(flatten, 112).params, 10 * at(flatten, 28).params);
    EXPECT_EQ(at(gap, 112).params, at(gap, 28).params);
    EXPECT_GT(at(gap, 56).flops, 4 * at(gap, 28).flops);
    EXPECT_EQ(at(gap, 28).flops, gap.cost.flops);
    const std::string svg = growth_svg(gap);
    EXPECT_THAT(svg, testing::StartsWith("<svg xmlns="));
    EXPECT_THAT(svg, testing::HasSubstr("</svg>"));
}

TEST_F(AuditTest, OfAnotherSizeLeavesTheModelAsItIs) {
    const Sequential model = head_network("flatten", {28, 28, 1}, 10);
    const Audit larger = audit(model, {.input_shape = Shape{56, 40, 1}});
    EXPECT_EQ(larger.input, (Shape{56, 40, 1}));
    EXPECT_EQ(larger.cost.params, 133'386 + (11 * 7 - 4 * 4) * 64 * 64);
    EXPECT_EQ(model.count_params(), 133'386);
}

TEST_F(AuditTest, MeasuresLayersOnRequest) {
    const Audit audit = insight::audit(head_network("gap", {28, 28, 1}, 10), {.batch = 2, .measure = true});
    ASSERT_TRUE(audit.measured_seconds);
    EXPECT_GT(*audit.measured_seconds, 0);
    EXPECT_GT(layer_of(audit, "conv2d_1").measured_seconds.value_or(0), 0);
}

TEST_F(AuditTest, TellsTrainingWithoutTouchingTheUsersOptimizer) {
    Sequential model = head_network("gap", {28, 28, 1}, 10);
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
    const Audit audit = insight::audit(model, {.training_batch = 4});
    ASSERT_TRUE(audit.cost.training);
    EXPECT_EQ(audit.cost.training->batch, 4);
    EXPECT_EQ(audit.cost.training->gradient_bytes, 4.0 * 65'834);
    EXPECT_EQ(model.model_base()->trainer().optimizer_params(), 0);
}

TEST_F(AuditTest, IsWrittenAsTextAndAsJson) {
    const Audit audit = insight::audit(head_network("flatten", {28, 28, 1}, 10));
    const std::string text = audit_text(audit);
    for (const char* part : {"65,600", "warning [flatten-before-dense]", "A multiply-add counts as two operations"}) {
        EXPECT_THAT(text, testing::HasSubstr(part));
    }
    const nlohmann::json json = nlohmann::json::parse(audit_json(audit));
    EXPECT_EQ(json["params"], 133'386);
    EXPECT_EQ(json["layers"].size(), audit.layers.size());
    EXPECT_EQ(json["findings"][0]["name"], "flatten-before-dense");
    EXPECT_EQ(json["findings"][0]["params"], 65'600);
}

TEST_F(AuditTest, RefusesWhatHasNoOneKnownInput) {
    EXPECT_THROW((void)audit(Sequential({Dense(3)})), ValueError);
    const Sequential open({Input({None, None, 3}), Conv2D(4, {3, 3}), GlobalAveragePooling2D()});
    EXPECT_THROW((void)audit(open), ShapeError);
    EXPECT_EQ(audit(open, {.input_shape = Shape{32, 32, 3}}).input, (Shape{32, 32, 3}));
    EXPECT_THROW((void)audit(open, {.input_shape = Shape{2, 2, 3}}), ShapeError);
    const auto a = Input({4});
    const auto b = Input({4});
    EXPECT_THROW((void)audit(Model({.inputs = {a, b}, .outputs = {Add()({a, b})}})), ValueError);
    EXPECT_THROW((void)audit(head_network("gap", {28, 28, 1}, 10), {.batch = 0}), ValueError);
}

}  // namespace
}  // namespace markhor::insight
