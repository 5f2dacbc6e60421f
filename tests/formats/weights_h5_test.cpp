// .weights.h5: files that real Keras wrote, files written here and read again, and hostile ones.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <markhor/markhor.hpp>

#include "formats/config.hpp"
#include "formats/json.hpp"
#include "support/files.hpp"
#include "support/paths.hpp"

namespace markhor::formats {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path golden = markhor::test::golden();

json read_json(const fs::path& file) { return json::parse(std::ifstream(file)); }

Model golden_model(const std::string& name) {
    return model_from_config(read_json(golden / "models" / (name + ".json")));
}

double sum(const Tensor& tensor) {
    double total = 0;
    for (const float value : tensor.data<float>()) total += value;
    return total;
}

/// The input of conformance/record_weights.py.
Tensor fixed_input(Shape shape) {
    shape[0] = 2;
    Tensor input(shape, DType::float32);
    std::int64_t i = 0;
    for (float& value : input.data<float>())
        value = static_cast<float>(static_cast<double>(i++ * 7919 % 1000) / 1000 - 0.5);
    return input;
}

std::vector<std::vector<float>> values_of(const Model& model) {
    std::vector<std::vector<float>> values;
    for (const Tensor& weight : model.get_weights()) {
        const auto data = weight.data<float>();
        values.emplace_back(data.begin(), data.end());
    }
    return values;
}

class WeightsFileTest : public testing::TestWithParam<const char*> {
protected:
    test::TemporaryFolder folder_;
};

TEST_P(WeightsFileTest, OfRealKerasIsRead) {
    const json record = read_json(golden / "models/weights.json")[GetParam()];
    Model model = golden_model(GetParam());
    model.load_weights(golden / "models" / (std::string(GetParam()) + ".weights.h5"));
    const std::vector<Tensor> weights = model.get_weights();
    ASSERT_EQ(weights.size(), record["sums"].size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        EXPECT_EQ(weights[i].shape().dims(), record["shapes"][i].get<std::vector<std::int64_t>>()) << i;
        EXPECT_NEAR(sum(weights[i]), record["sums"][i].get<double>(), 1e-9) << i;
    }
}

TEST_P(WeightsFileTest, MakesTheNetworkAnswerAsKerasDoes) {
    const json record = read_json(golden / "models/weights.json")[GetParam()];
    Model model = golden_model(GetParam());
    if (model.input_shapes().size() > 1) GTEST_SKIP() << "predict() takes one input";
    model.load_weights(golden / "models" / (std::string(GetParam()) + ".weights.h5"));
    const Tensor answer = model.predict(fixed_input(model.input_shapes()[0]));
    const auto wanted = record["outputs"][0].get<std::vector<double>>();
    ASSERT_EQ(static_cast<std::size_t>(answer.size()), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(answer.data<float>()[i], wanted[i], 1e-5) << i;
}

TEST_P(WeightsFileTest, WrittenHereIsReadAgain) {
    const Model model = golden_model(GetParam());
    const fs::path file = folder_ / "a.weights.h5";
    model.save_weights(file);
    Model other = golden_model(GetParam());
    EXPECT_NE(values_of(other), values_of(model));
    other.load_weights(file);
    EXPECT_EQ(values_of(other), values_of(model));
    EXPECT_EQ(folder_.entries(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Golden, WeightsFileTest,
                         testing::Values("conv3d", "multi_io", "nested", "residual", "shared"));

struct OddWeights {
    std::string file;
    std::string expected;
};

void PrintTo(const OddWeights& odd, std::ostream* stream) { *stream << odd.file; }

class OddWeightsFileTest : public testing::TestWithParam<OddWeights> {};

TEST_P(OddWeightsFileTest, IsReadOrRefusedByNameWithNothingChanged) {
    Model model = model_from_config(read_json(golden / "unsafe/ok.json"));
    const auto before = values_of(model);
    std::string error;
    try {
        model.load_weights(golden / "unsafe" / GetParam().file);
    } catch (const FileError& caught) {
        error = caught.what();
        EXPECT_NE(error.find(GetParam().file), std::string::npos) << error;
        EXPECT_EQ(values_of(model), before);
    }
    if (GetParam().expected == "reject") {
        EXPECT_FALSE(error.empty());
    } else if (GetParam().expected.starts_with("load")) {
        EXPECT_EQ(error, "");
    }
}

std::vector<OddWeights> odd_weights() {
    std::vector<OddWeights> files;
    for (const json& entry : read_json(golden / "unsafe/weights_manifest.json")) {
        files.push_back({entry["file"], entry["expected"]});
    }
    return files;
}

std::string name_of_odd(const testing::TestParamInfo<OddWeights>& info) {
    return info.param.file.substr(0, info.param.file.find('.'));
}

INSTANTIATE_TEST_SUITE_P(Recorded, OddWeightsFileTest, testing::ValuesIn(odd_weights()), name_of_odd);

TEST(WeightsFile, OfAnotherModelIsRefusedByPlace) {
    using namespace layers;
    const test::TemporaryFolder folder;
    const std::string file = (folder / "a.weights.h5").string();
    clear_session();
    const auto error_of = [&](Model model) {
        try {
            model.load_weights(file);
        } catch (const FileError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    Sequential({Input({4}), Dense(3, {.name = "a"}), Dense(2, {.name = "b"})}).save_weights(file);
    EXPECT_EQ(error_of(Sequential({Input({4}), Dense(3, {.name = "c"})}, {.name = "short"})),
              file + ": /layers/dense_1: weights that 'short' has no layer for");
    EXPECT_EQ(error_of(Sequential({Input({4}), Dense(3), Dense(2), Dense(2, {.name = "third"})})),
              file + ": /layers/dense_2: missing; the weights of layer 'third' are wanted here");
    EXPECT_EQ(error_of(Sequential({Input({4}), Dense(3), Dense(5, {.name = "wide"})})),
              file + ": /layers/dense_1/vars/0: its shape is (3, 2); the weight wide/kernel has (3, 5)");
    EXPECT_EQ(error_of(Sequential({Input({4}), Dense(3), Dense(2, {.use_bias = false, .name = "bare"})})),
              file + ": /layers/dense_1/vars: it holds 2 weights; layer 'bare' has 1");
    fs::remove(file);
    EXPECT_EQ(error_of(Sequential({Input({4}), Dense(3)})), file + ": there is no such file");
}

}  // namespace
}  // namespace markhor::formats
