// summary() against texts recorded from real Keras 3 and Keras 2, byte for byte.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "formats/config.hpp"
#include "support/paths.hpp"

namespace markhor {
namespace {

using nlohmann::json;

const std::string golden = markhor::test::golden();

std::string text_of(const std::string& file) {
    std::ifstream stream(golden + "/" + file, std::ios::binary);
    EXPECT_TRUE(stream) << file;
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

struct Case {
    std::string name;
    std::string config;
    std::string text;
    json arguments;
};

void PrintTo(const Case& item, std::ostream* stream) { *stream << item.name; }

std::string test_name(const testing::TestParamInfo<Case>& info) {
    std::string name = info.param.name;
    for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    }
    return name;
}

SummaryOptions options_recorded(const json& arguments) {
    SummaryOptions options;
    options.line_length = arguments.value("line_length", 0);
    options.positions = arguments.value("positions", std::vector<double>());
    options.expand_nested = arguments.value("expand_nested", false);
    options.show_trainable = arguments.value("show_trainable", false);
    options.layer_range = arguments.value("layer_range", std::vector<std::string>());
    return options;
}

/// One step on one image: only then has an optimizer its variables.
void train(Model& model, const Optimizer& optimizer) {
    model.compile({.optimizer = optimizer, .loss = "sparse_categorical_crossentropy"});
    const Shape input = model.input_shapes()[0].without_batch().with_batch(2);
    model.train_on_batch(Tensor::full(input, 0.5F), Tensor::from<std::int32_t>({2}, std::vector<std::int32_t>{0, 1}));
}

/// The optimizer of a case that was trained; each model gets its own.
std::optional<Optimizer> optimizer_of(const std::string& name) {
    if (name == "trained_adam" || name == "compiled_trained_adam") return optimizers::Adam();
    if (name == "trained_sgd" || name == "compiled_trained_sgd") return optimizers::SGD();
    if (name == "trained_rmsprop") return optimizers::RMSprop();
    if (name == "trained_momentum" || name == "compiled_trained_sgd_momentum")
        return optimizers::SGD({.momentum = 0.9});
    return std::nullopt;
}

/// What the recorded texts need and this library does not have yet.
const std::map<std::string, std::string>& missing() {
    static const std::map<std::string, std::string> by_name = {
        {"float64", "weights of float64"},
        {"tfop", "the name TFOpLambda, which is read as the operator that it stands for"}};
    return by_name;
}

class SummaryTest : public testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        clear_session();
        unsetenv("COLUMNS");
        const auto found = missing().find(GetParam().name);
        if (found != missing().end()) GTEST_SKIP() << "needs " << found->second;
    }
    void TearDown() override { unsetenv("COLUMNS"); }

    static Model model() {
        Model made = formats::model_from_config(json::parse(text_of(GetParam().config)));
        const std::string name = GetParam().name.substr(0, GetParam().name.find("__"));
        if (const std::optional<Optimizer> optimizer = optimizer_of(name)) train(made, *optimizer);
        return made;
    }
};

class Keras3Summary : public SummaryTest {};

TEST_P(Keras3Summary, PrintsWhatKerasPrints) {
    EXPECT_EQ(model().summary_text(options_recorded(GetParam().arguments)), text_of(GetParam().text));
}

std::vector<Case> recorded_wide() {
    std::vector<Case> cases;
    for (const json& entry : json::parse(std::ifstream(golden + "/summary/index.json"))) {
        cases.push_back({entry["name"], "summary/" + entry["config_file"].get<std::string>(),
                         "summary/" + entry["file"].get<std::string>(), entry["args"]});
    }
    return cases;
}

INSTANTIATE_TEST_SUITE_P(Recorded, Keras3Summary, testing::ValuesIn(recorded_wide()), test_name);

class Keras3SummaryAt80Columns : public SummaryTest {};

TEST_P(Keras3SummaryAt80Columns, PrintsWhatKerasPrints) {
    setenv("COLUMNS", "80", 1);
    EXPECT_EQ(model().summary_text(options_recorded(GetParam().arguments)), text_of(GetParam().text));
}

std::vector<Case> recorded_at_80() {
    std::vector<Case> cases;
    const json manifest = json::parse(std::ifstream(golden + "/summary2/manifest.json"));
    for (const json& entry : manifest["cases"]) {
        if (!entry.contains("model_json")) continue;
        const std::string file = entry["file"];
        const bool is_missing = missing().contains(entry["model"]);
        cases.push_back({is_missing ? entry["model"].get<std::string>() : file.substr(0, file.size() - 4),
                         "summary2/" + entry["model_json"].get<std::string>(), "summary2/" + file,
                         entry["summary_kwargs"]});
    }
    return cases;
}

INSTANTIATE_TEST_SUITE_P(Recorded, Keras3SummaryAt80Columns, testing::ValuesIn(recorded_at_80()), test_name);

class ClassicSummary : public SummaryTest {};

TEST_P(ClassicSummary, PrintsWhatKeras2Prints) {
    SummaryOptions options = options_recorded(GetParam().arguments);
    options.style = SummaryStyle::classic;
    EXPECT_EQ(model().summary_text(options), text_of(GetParam().text));
}

std::vector<Case> recorded_classic() {
    std::vector<Case> cases;
    for (const std::string name : {"demo_a", "demo_b", "nested", "residual", "shared", "tfop", "trained_adam"}) {
        const json arguments = json::object();
        // Keras 2 shows no optimizer.
        const std::string test = name == "trained_adam" ? "adam" : name;
        cases.push_back(
            {test, "summary_classic/" + name + ".json", "summary_classic/" + name + ".summary.txt", arguments});
    }
    cases.push_back({"nested__expand",
                     "summary_classic/nested.json",
                     "summary_classic/summary_nested__expand_nested.txt",
                     {{"expand_nested", true}}});
    return cases;
}

INSTANTIATE_TEST_SUITE_P(Recorded, ClassicSummary, testing::ValuesIn(recorded_classic()), test_name);

}  // namespace
}  // namespace markhor
