// Every recorded case of real Keras: the metric made from its config has Keras's name and, after each batch, Keras's
// figures. tests/golden/training comes from conformance/collect_losses.py.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <markhor/layer.hpp>
#include <regex>

#include "data/npz.hpp"
#include "support/paths.hpp"
#include "training/support.hpp"

namespace markhor::training::test {
namespace {

class MetricGolden : public testing::TestWithParam<std::string> {};

TEST_P(MetricGolden, IsKerass) {
    const std::map<std::string, Tensor> arrays = data::read_npz(markhor::test::golden("training/metrics.npz"));
    double worst = 0;
    int cases = 0;
    for (const nlohmann::json& test : golden_json("training/metrics.json")) {
        if (test["metric"] != GetParam()) continue;
        SCOPED_TRACE(test.dump());
        clear_session();
        const auto made = made_from(metric_registry(), GetParam(), test["config"]);
        // An automatic name counts the metrics of its session; recorded ones may be later ones.
        const std::regex number("_[0-9]+$");
        EXPECT_EQ(made->name(), std::regex_replace(test["name"].get<std::string>(), number, ""));
        if (test.contains("full_config")) {
            const nlohmann::json config = config_of(*made);
            for (const auto& [key, value] : test["full_config"].items()) {
                EXPECT_TRUE(key == "name" || config.at(key) == value) << key;
            }
        }
        for (std::size_t i = 0; i < test["results"].size(); ++i) {
            const nlohmann::json& batch = test["batches"][i];
            const auto array = [&](const char* key) {
                return batch.contains(key) ? &arrays.at(batch[key].get<std::string>()) : nullptr;
            };
            made->check_shapes(array("y_true")->shape(), array("y_pred")->shape());
            made->update(*array("y_true"), *array("y_pred"), array("sample_weight"));
            const nlohmann::json& wanted = test["results"][i];
            const auto figures =
                wanted.is_array() ? wanted.get<std::vector<double>>() : std::vector{wanted.get<double>()};
            const std::vector<double> came = made->results();
            ASSERT_EQ(came.size(), figures.size());
            for (std::size_t k = 0; k < came.size(); ++k) {
                const double difference = std::abs(came[k] - figures[k]) / std::max(std::abs(figures[k]), 0.1);
                EXPECT_LE(difference, 1e-6) << "batch " << i << ": " << came[k] << " for " << figures[k];
                worst = std::max(worst, difference);
            }
        }
        made->reset();
        EXPECT_EQ(made->result(), 0);
        ++cases;
    }
    EXPECT_GT(cases, 0);
    RecordProperty("cases", cases);
    std::cout << GetParam() << ": " << cases << " cases, worst " << worst << "\n";
}

std::vector<std::string> recorded_metrics() {
    std::vector<std::string> names;
    for (const nlohmann::json& test : golden_json("training/metrics.json")) names.push_back(test["metric"]);
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(Keras, MetricGolden, testing::ValuesIn(recorded_metrics()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace markhor::training::test
