// Exported headers are compiled, run, and compared with what the model predicts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <markhor/error.hpp>
#include <markhor/exporting.hpp>
#include <markhor/layers.hpp>
#include <random>

#include "engine/engines.hpp"
#include "export/networks.hpp"
#include "graph/executable.hpp"
#include "model/model_base.hpp"
#include "support/files.hpp"

namespace markhor {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::vector<Tensor> examples(const Model& model) {
    std::vector<Tensor> inputs;
    for (Shape shape : model.input_shapes()) {
        shape[0] = 1;
        inputs.push_back(test::example(shape, static_cast<std::uint32_t>(inputs.size())));
    }
    return inputs;
}

// All outputs, from the plain loops.
std::vector<Tensor> expected(const Model& model) {
    const LoweredModel lowered = lower(*model.model_base(), 1, false);
    graph::Execution execution(graph::Executable::make(lowered.graph, engine::reference()));
    const std::vector<Tensor> inputs = examples(model);
    for (std::size_t i = 0; i < inputs.size(); ++i) execution.feed("input_" + std::to_string(i), inputs[i]);
    execution.run();
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < lowered.outputs.size(); ++i) outputs.push_back(execution.output(i).clone());
    return outputs;
}

// A function that predicts for the example and writes all outputs into one file.
std::string caller(const Model& model, const test::TemporaryFolder& folder) {
    std::string body, arguments, writes;
    const auto list = [&](const std::string& argument) { arguments += (arguments.empty() ? "" : ", ") + argument; };
    for (std::size_t i = 0; i < model.input_shapes().size(); ++i) {
        const std::string name = "x" + std::to_string(i);
        const fs::path file = folder / (model.name() + name);
        const Tensor input = examples(model)[i];
        std::ofstream(file, std::ios::binary)
            .write(static_cast<const char*>(input.raw()), static_cast<std::streamsize>(input.bytes()));
        body += "    const auto " + name + " = markhor_embedded::read_weights(\"" + file.string() + "\", " +
                std::to_string(input.size()) + ");\n";
        list(name + ".data()");
    }
    const bool several = model.output_shapes().size() > 1;
    for (std::size_t i = 0; i < model.output_shapes().size(); ++i) {
        const std::string name = "y" + std::to_string(i);
        body += "    std::vector<float> " + name + "(" + model.name() + "::Network::output" +
                (several ? "_" + std::to_string(i) : "") + "_size);\n";
        list(name + ".data()");
        writes += "    out.write(reinterpret_cast<const char*>(" + name + ".data()), static_cast<std::streamsize>(" +
                  name + ".size() * 4));\n";
    }
    return "static void run_" + model.name() + "() {\n" + body + "    " + model.name() + "::Network(\"" +
           (folder / (model.name() + ".bin")).string() + "\").predict(" + arguments + ");\n    std::ofstream out(\"" +
           (folder / (model.name() + ".out")).string() + "\", std::ios::binary);\n" + writes + "}\n";
}

TEST(ExportHeader, CompilesAloneAndPredictsWhatTheModelPredicts) {
    const test::TemporaryFolder folder;
    const std::vector<Model> models = test::networks_to_export();
    std::string includes = "#include <fstream>\n", functions, calls;
    for (const Model& model : models) {
        export_header(model, folder / (model.name() + ".hpp"));
        includes += "#include \"" + model.name() + ".hpp\"\n";
        functions += caller(model, folder);
        calls += "    run_" + model.name() + "();\n";
    }
    std::ofstream(folder / "main.cpp") << includes << functions << "int main() {\n" << calls << "}\n";
    const std::string program = (folder / "program").string();
    const std::string compile = "c++ -std=c++17 -O1 -Wall -Wextra -Wconversion -Wshadow -Werror -o " + program + " " +
                                (folder / "main.cpp").string();
    ASSERT_EQ(std::system(compile.c_str()), 0);  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
    ASSERT_EQ(std::system(program.c_str()), 0);  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
    for (const Model& model : models) {
        std::ifstream in(folder / (model.name() + ".out"), std::ios::binary);
        for (const Tensor& wanted : expected(model)) {
            Tensor got(wanted.shape(), DType::float32);
            ASSERT_TRUE(in.read(static_cast<char*>(got.raw()), static_cast<std::streamsize>(got.bytes())));
            const auto a = wanted.data<float>();
            const auto b = std::as_const(got).data<float>();
            float scale = 0, error = 0;
            for (std::size_t i = 0; i < a.size(); ++i) {
                scale = std::max(scale, std::abs(a[i]));
                error = std::max(error, std::abs(a[i] - b[i]));
            }
            EXPECT_LE(error, 1e-5F * scale) << model.name() << " " << wanted.shape().str();
        }
        EXPECT_EQ(in.peek(), std::ifstream::traits_type::eof());
    }
}

TEST(ExportHeader, NeedsNoMoreMemoryThanWhatIsAliveAtOnce) {
    using namespace layers;
    const test::TemporaryFolder folder;
    const Sequential model({Input({8, 8, 4}), Conv2D(4, {3, 3}, {.padding = "same", .activation = "relu"}),
                            Conv2D(4, {3, 3}, {.padding = "same", .activation = "relu"}),
                            Conv2D(4, {3, 3}, {.padding = "same", .activation = "relu"})},
                           {.name = "chain"});
    export_header(model, folder / "chain.hpp");
    std::ifstream in(folder / "chain.hpp");
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    EXPECT_THAT(text, HasSubstr("arena(512)"));  // two maps of 8 x 8 x 4
}

TEST(ExportHeader, WritesNoCodeThatANameHolds) {
    const test::TemporaryFolder folder;
    const Sequential model({Input({4}), layers::Dense(3, {.name = "a\n#error injected\\"})},
                           {.name = "b\n#error injected\r"});
    export_header(model, folder / "named.hpp");
    std::ifstream in(folder / "named.hpp");
    for (std::string line; std::getline(in, line);) {
        const std::size_t at = line.find("#error");
        EXPECT_TRUE(at == std::string::npos || line.find("//") < at) << line;
        EXPECT_FALSE(line.ends_with('\\'));
    }
}

TEST(ExportHeader, RefusesByLayerWhatItHasNoKernelFor) {
    const test::TemporaryFolder folder;
    const Sequential model({Input({4}), layers::Dense(3, {.activation = "sparsemax", .name = "odd"})});
    try {
        export_header(model, folder / "odd.hpp");
        FAIL() << "exported";
    } catch (const ValueError& error) {
        EXPECT_THAT(error.what(), HasSubstr("odd"));
    }
    EXPECT_FALSE(fs::exists(folder / "odd.hpp"));
    EXPECT_FALSE(fs::exists(folder / "odd.bin"));
}

}  // namespace
}  // namespace markhor
