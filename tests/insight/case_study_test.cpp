// The case study on a few small images: what it measures, and what it leaves when it is stopped or cannot start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>

#include "insight/support.hpp"

namespace markhor::insight {
namespace {

namespace fs = std::filesystem;
using test::halves;
using test::TemporaryFolder;

CaseStudyOptions small_options(std::ostream& output) {
    CaseStudyOptions options;
    options.epochs = 2;
    options.batch_size = 8;
    options.sizes = {16, 20};
    options.timed_sizes = {20};
    options.timed_batch = 2;
    options.timed_steps = 1;
    options.samples = 4;
    options.output = &output;
    return options;
}

TEST(CaseStudyTest, MeasuresBothHeads) {
    const TemporaryFolder scratch;
    std::ostringstream output;
    const CaseStudy study = run_case_study(halves(24, 16, 1), scratch / "out", small_options(output));
    ASSERT_EQ(study.heads.size(), 2U);
    for (const HeadResult& head : study.heads) {
        EXPECT_EQ(head.history.epoch.size(), 2U);
        EXPECT_GT(head.images_per_second, 0);
        EXPECT_GT(head.predicted_images_per_second, 0);
        EXPECT_EQ(head.predicted.size(), 12U);
        ASSERT_TRUE(head.test_accuracy);
        const auto right = static_cast<double>(
            std::ranges::count_if(std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                                  [&](std::size_t i) { return head.predicted[i] == study.test_labels[i]; }));
        EXPECT_NEAR(*head.test_accuracy, right / 12, 1e-6);
        EXPECT_NEAR(*head.test_accuracy, head.history.history.at("val_accuracy").back(), 1e-6);
        EXPECT_EQ(head.weights_file_bytes, fs::file_size(scratch / ("out/" + head.head + ".weights.h5")));
        ASSERT_TRUE(head.cost.training);
        EXPECT_EQ(head.cost.training->batch, 8);
        EXPECT_EQ(head.cost.training->gradient_bytes, 4.0 * static_cast<double>(head.cost.trainable_params));
        EXPECT_GT(head.cost.training->flops, 2 * 8 * head.cost.flops);
    }
    EXPECT_EQ(study.samples.size(), 4U);
    ASSERT_EQ(study.sizes.size(), 4U);
    EXPECT_FALSE(study.sizes[0].step_seconds);
    ASSERT_TRUE(study.sizes[2].step_seconds);
    EXPECT_GT(*study.sizes[2].step_seconds, 0);
    EXPECT_FALSE(study.interrupted);
    EXPECT_EQ(test::read_text(scratch / "out/results.json"), results_json(study));
    EXPECT_EQ(test::read_text(scratch / "out/report.html"), report_html(study));
    EXPECT_EQ(test::read_text(scratch / "out/report.md"), report_markdown(study));
    EXPECT_TRUE(study.repeats.empty());
    for (const HeadResult& head : study.heads) {
        ASSERT_TRUE(head.behaviour);
        EXPECT_EQ(head.behaviour->shift_accuracy.size(), 5U);
        EXPECT_NEAR(head.behaviour->shift_accuracy[0], *head.test_accuracy, 1e-6);
    }
    for (const Sample& sample : study.samples) {
        for (const Sample::Prediction& said : sample.predictions) EXPECT_EQ(said.heat.size(), 16U * 16 * 3);
    }
}

TEST(CaseStudyTest, RepeatsFromOtherSeedsAndAtOtherSizes) {
    const TemporaryFolder scratch;
    std::ostringstream output;
    CaseStudyOptions options = small_options(output);
    options.sizes.clear();
    options.epochs = 1;
    options.heads = {"flatten", "both"};
    options.seeds = 2;
    options.image_sizes = {20};
    const CaseStudy study = run_case_study(halves(24, 16, 1), scratch / "out", options);
    ASSERT_EQ(study.repeats.size(), 8U);  // 2 heads, 2 seeds, 2 sizes
    EXPECT_EQ(study.repeats[0].test_accuracy, *study.heads[0].test_accuracy);
    const auto params_at = [&](std::int64_t size) {
        return std::ranges::find_if(study.repeats,
                                    [&](const Repeat& run) { return run.head == "flatten" && run.size == size; })
            ->params;
    };
    EXPECT_GT(params_at(20), params_at(16));
    const std::string page = report_html(study);
    EXPECT_THAT(page, testing::HasSubstr("Several seeds, several sizes"));
    EXPECT_THAT(report_markdown(study), testing::HasSubstr("| both | 20 | 2 |"));
    options.seeds = 0;
    EXPECT_THROW((void)run_case_study(halves(24, 16, 1), scratch / "none", options), ValueError);
}

TEST(CaseStudyTest, ComparesModelsAsTheyAre) {
    const TemporaryFolder scratch;
    std::ostringstream output;
    CaseStudyOptions options = small_options(output);
    options.heads = {"a.keras", "b.keras"};
    const data::TrainTest data = halves(24, 16, 1);
    std::vector<Model> models = {head_network("gap", {16, 16, 1}, 2), head_network("flatten", {16, 16, 1}, 2)};
    const Tensor before = models[0].weights()[0]->value.clone();
    const CaseStudy study = compare_models(models, data, scratch / "out", options);
    ASSERT_EQ(study.heads.size(), 2U);
    EXPECT_EQ(study.heads[1].title, "b.keras");
    EXPECT_TRUE(study.heads[0].test_accuracy);
    EXPECT_TRUE(study.heads[0].behaviour);
    EXPECT_THAT(advice(study), testing::IsEmpty());
    const std::string page = report_html(study);
    EXPECT_THAT(page, testing::HasSubstr("Models side by side"));
    EXPECT_THAT(page, testing::Not(testing::HasSubstr("learning rate")));
    EXPECT_FALSE(fs::exists(scratch / "out/a.keras.weights.h5"));
    EXPECT_EQ(before.data<float>()[0], models[0].weights()[0]->value.data<float>()[0]);
    EXPECT_THROW((void)compare_models(models, halves(24, 20, 1), scratch / "none", options), ShapeError);
    models.pop_back();
    EXPECT_THROW((void)compare_models(models, data, scratch / "none", options), ValueError);
}

TEST(CaseStudyTest, StopsAfterTheBatchAndKeepsWhatWasDone) {
    const TemporaryFolder scratch;
    std::ostringstream output;
    CaseStudyOptions options = small_options(output);
    int asked = 0;
    options.stop_requested = [&] { return ++asked > 3; };
    const CaseStudy study = run_case_study(halves(24, 16, 3), scratch / "out", options);
    EXPECT_TRUE(study.interrupted);
    ASSERT_EQ(study.heads.size(), 1U);
    EXPECT_FALSE(study.heads[0].test_accuracy);
    EXPECT_TRUE(study.sizes.empty());
    EXPECT_TRUE(fs::exists(scratch / "out/flatten.weights.h5"));
    EXPECT_TRUE(fs::exists(scratch / "out/results.json"));
}

std::string error_of(const data::TrainTest& data, const std::function<void(CaseStudyOptions&)>& change) {
    const TemporaryFolder scratch;
    std::ostringstream output;
    CaseStudyOptions options = small_options(output);
    change(options);
    try {
        (void)run_case_study(data, scratch / "out", options);
    } catch (const ValueError& error) {
        EXPECT_TRUE(fs::is_empty(scratch.path));
        return error.what();
    }
    return "no error";
}

TEST(CaseStudyTest, RefusesOptionsThatMakeNoSense) {
    const data::TrainTest data = halves(8, 16, 1);
    EXPECT_EQ(error_of(data, [](auto& options) { options.heads = {}; }),
              "case study: no head was given; one or more are wanted");
    EXPECT_EQ(error_of(data,
                       [](auto& options) {
                           options.heads = {"gap", "gap"};
                       }),
              "case study: the head 'gap' was given twice");
    EXPECT_EQ(error_of(data, [](auto& options) { options.heads = {"pool"}; }),
              "there is no head 'pool'; there are flatten, gap, gmp, both, and the networks of keras.applications");
    EXPECT_EQ(error_of(data, [](auto& options) { options.epochs = 0; }),
              "case study: 0 epochs were asked for; one or more are wanted");
    EXPECT_EQ(error_of(data, [](auto& options) { options.batch_size = 0; }),
              "case study: batches of 0 images were asked for; one or more are wanted");
    const data::TrainTest one_class{data.train.with_class_names({"all"}), data.test.with_class_names({"all"})};
    EXPECT_EQ(error_of(one_class, [](auto&) {}), "case study: the data has 1 class; two or more are wanted");
    const data::TrainTest empty{data.train, data.test.slice(0, 0)};
    EXPECT_EQ(error_of(empty, [](auto&) {}),
              "case study: 8 training and 0 test images were given; one or more of each are wanted");
}

}  // namespace
}  // namespace markhor::insight
