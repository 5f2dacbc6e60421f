// Networks drawn: box for box and arrow for arrow Keras's (tests/golden/plots.json, recorded by
// conformance/record_plots.py), names that would break the drawing, and the program that draws.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <markhor/layers.hpp>
#include <markhor/plotting.hpp>
#include <markhor/saving.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/paths.hpp"

namespace markhor::utils {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace layers;

Model golden_model(const std::string& name) {
    return model_from_json(
        test::read_text(std::filesystem::path(markhor::test::golden()) / "models" / (name + ".json")));
}

/// As recorded: labels, sorted; arrows and frames by the labels' places.
json facts(const std::string& dot) {
    static const std::regex box(R"((n\d+) \[label=<(.*)>, fontname=.*)");
    static const std::regex arrow(R"((n\d+) -> (n\d+) \[penwidth=2\];)");
    static const std::regex frame_label(R"re(label="(.*)";)re");
    std::map<std::string, std::string> labels;
    std::vector<std::pair<std::string, std::string>> arrows;
    std::vector<std::pair<std::string, std::vector<std::string>>> frames;
    std::vector<std::size_t> open;
    std::istringstream lines(dot);
    std::string line;
    std::getline(lines, line);  // digraph G {
    while (std::getline(lines, line)) {
        std::smatch match;
        if (std::regex_match(line, match, box)) {
            labels[match[1]] = match[2];
            for (const std::size_t frame : open) frames[frame].second.push_back(match[2]);
        } else if (std::regex_match(line, match, arrow)) {
            arrows.emplace_back(match[1], match[2]);
        } else if (line.starts_with("subgraph")) {
            open.push_back(frames.size());
            frames.emplace_back();
        } else if (line == "}" && !open.empty()) {
            open.pop_back();
        } else if (std::regex_match(line, match, frame_label)) {
            frames[open.back()].first = match[1];
        }
    }
    std::vector<std::string> names;
    names.reserve(labels.size());
    for (const auto& [id, label] : labels) names.push_back(label);
    std::ranges::sort(names);
    const auto place = [&](const std::string& label) { return std::ranges::find(names, label) - names.begin(); };
    std::vector<json> edges;
    edges.reserve(arrows.size());
    for (const auto& [from, to] : arrows) edges.push_back(json::array({place(labels[from]), place(labels[to])}));
    std::vector<json> framed;
    for (auto& [name, inside] : frames) {
        std::ranges::sort(inside);
        json entry = json::array({name});
        for (const std::string& label : inside) entry.push_back(place(label));
        framed.push_back(entry);
    }
    std::ranges::sort(edges);
    std::ranges::sort(framed);
    return {{"labels", names}, {"edges", edges}, {"frames", framed}};
}

TEST(ModelToDotTest, IsKerassBoxForBoxAndArrowForArrow) {
    const std::map<std::string, PlotOptions> options = {
        {"plain", {}},
        {"all", {.show_shapes = true, .show_dtype = true, .show_layer_activations = true, .show_trainable = true}},
        {"expanded", {.show_shapes = true, .expand_nested = true}},
        {"nameless", {.show_layer_names = false}},
    };
    const json recorded = json::parse(test::read_text(std::filesystem::path(markhor::test::golden()) / "plots.json"));
    for (const auto& [name, plots] : recorded.items()) {
        clear_session();
        const Model model = golden_model(name);
        for (const auto& [variant, wanted] : plots.items())
            EXPECT_EQ(facts(model_to_dot(model, options.at(variant))), wanted) << name << " " << variant;
    }
}

TEST(ModelToDotTest, NamesAreText) {
    const std::string dot = model_to_dot(Sequential({Input({2}), Dense(1, {.name = "<b>&\"<table>"})}));
    EXPECT_NE(dot.find("&lt;b&gt;&amp;&quot;&lt;table&gt;"), std::string::npos) << dot;
}

TEST(ModelToDotTest, RefusesWhatIsNone) {
    clear_session();
    const Sequential model({Input({2}), Dense(1)});
    EXPECT_EQ(test::error_of([&] { model_to_dot(model, {.rankdir = "XY"}); }),
              "model_to_dot: rankdir is \"XY\"; one of TB, LR, BT, RL is wanted");
    EXPECT_EQ(test::error_of([&] { model_to_dot(model, {.splines = "a\" ; b"}); }),
              "model_to_dot: splines is \"a\" ; b\"; one of ortho, curved, polyline, spline, line is wanted");
    EXPECT_EQ(test::error_of([&] { model_to_dot(model, {.dpi = 0}); }), "model_to_dot: dpi is 0; 1 to 2400 is wanted");
    EXPECT_NE(test::error_of([] { model_to_dot(Sequential({Dense(1)})); }).find("the model has no input shape yet"),
              std::string::npos);
}

/// A folder with a program `dot` of this text, before all others in PATH.
class ProgramTest : public testing::Test {
protected:
    void SetUp() override {
        const char* path = std::getenv("PATH");
        path_ = path ? path : "";
        ::setenv("PATH", folder_.path.c_str(), 1);
    }
    void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }
    void program(const std::string& text) const {
        const fs::path file = folder_ / "dot";
        std::ofstream(file) << "#!/bin/sh\n" << text;
        fs::permissions(file, fs::perms::owner_all);
    }
    static Model model() { return Sequential({Input({2}), Dense(1)}); }

    std::string path_;
    const test::TemporaryFolder folder_;
};

TEST_F(ProgramTest, GetsTheTextAndWritesTheFile) {
    // Writes its arguments and what it reads.
    program("echo \"$*\"; while IFS= read -r line; do printf '%s\\n' \"$line\"; done\n");
    const fs::path file = folder_ / "a $(name).svg";
    clear_session();
    const Model drawn = model();
    const std::string dot = model_to_dot(drawn);
    plot_model(drawn, file, {.show_layer_names = true});
    EXPECT_EQ(test::read_text(file), "-Tsvg\n" + dot);
}

TEST_F(ProgramTest, WhoseFailureIsToldAndLeavesNoFile) {
    program("echo half; echo 'Error: out of ink' >&2; exit 1\n");
    const fs::path file = folder_ / "m.png";
    EXPECT_EQ(test::error_of([&] { plot_model(model(), file); }),
              file.string() + ": the program 'dot' failed: Error: out of ink");
    EXPECT_EQ(folder_.entries(), 1U);
}

TEST_F(ProgramTest, ThatIsMissingIsNamed) {
    const fs::path file = folder_ / "m.png";
    const std::string error = test::error_of([&] { plot_model(model(), file); });
    EXPECT_TRUE(error.starts_with(file.string() + ": the program 'dot' ")) << error;
    EXPECT_NE(error.find("install Graphviz (apt install graphviz), or ask for a .dot file"), std::string::npos);
    EXPECT_FALSE(fs::exists(file));
    plot_model(model(), folder_ / "m.dot");
    EXPECT_TRUE(test::read_text(folder_ / "m.dot").starts_with("digraph G {"));
    EXPECT_NE(test::error_of([&] { plot_model(model(), folder_ / "m.jpg"); }).find("the extension is \".jpg\""),
              std::string::npos);
}

}  // namespace
}  // namespace markhor::utils
