#include <algorithm>
#include <cctype>
#include <markhor/exporting.hpp>
#include <markhor/version.hpp>

#include "export/cpp_program.hpp"
#include "export/embedded/kernels_text.hpp"
#include "formats/atomic_file.hpp"

namespace markhor {
namespace {

// A name that C++ takes.
std::string identifier(const std::string& name) {
    std::string text;
    for (const char c : name) text += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) text.insert(0, "network_");
    return text;
}

struct Side {
    std::string constants;   // the sizes, as members
    std::string parameters;  // of predict()
    std::string shapes;      // for the comment
};

Side describe(const exporting::InferenceGraph& source, const std::string& what, const std::string& type,
              const std::vector<graph::Value>& values, const std::vector<std::string>& names) {
    Side side;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string name = what + (values.size() == 1 ? "" : "_" + std::to_string(i));
        const Shape shape = source.graph().spec(values[i]).shape.without_batch();
        side.constants +=
            "    static constexpr std::size_t " + name + "_size = " + std::to_string(shape.elements()) + ";\n";
        side.parameters += (i > 0 ? ", " : "") + type + name;
        side.shapes += "//   " + name + ": " + names[i] + " " + shape.str() + "\n";
    }
    return side;
}

}  // namespace

void export_header(const Model& model, const std::filesystem::path& file) {
    const exporting::InferenceGraph source(model, {.batch = 1, .fold_batch_norm = true});
    const exporting::CppProgram program(source);
    std::filesystem::path weights_file = file;
    weights_file.replace_extension(".bin");
    const std::string name = identifier(model.name());
    const Side in = describe(source, "input", "const float* ", source.inputs(), source.input_names());
    const Side out = describe(source, "output", "float* ", source.outputs(), source.output_names());

    std::string text =
        "// The network " + model.name() + ", written by markhor " + version() + ". C++17, nothing else.\n" +
        "// One example at a time, float32, axes in Keras's order:\n" + in.shapes + out.shapes + "//\n//   " + name +
        "::Network network(\"" + weights_file.filename().string() + "\");\n" +
        "//   network.predict(…);\n#pragma once\n\n" + std::string(exporting::kernels_text) + "\nnamespace " + name +
        " {\n\n/// Immutable once made: several threads may use one.\nclass Network {\npublic:\n" + in.constants +
        out.constants + "    static constexpr std::size_t weight_count = " + std::to_string(program.weights().size()) +
        ";\n\n" +
        "    /// Throws std::runtime_error where the file is not this network's.\n"
        "    explicit Network(const std::string& weights_file)\n"
        "        : weights_(markhor_embedded::read_weights(weights_file, weight_count)) {}\n\n"
        "    void predict(" +
        in.parameters + ", " + out.parameters + ") const {\n" +
        "        using namespace markhor_embedded;\n"
        "        [[maybe_unused]] const float* const w = weights_.data();\n"
        "        std::vector<float> arena(" +
        std::to_string(program.arena()) + ");\n" + "        [[maybe_unused]] float* const a = arena.data();\n" +
        program.statements() + "    }\n\nprivate:\n    std::vector<float> weights_;\n};\n\n}  // namespace " + name +
        "\n";
    const std::vector<float>& weights = program.weights();
    formats::write_file(weights_file, {reinterpret_cast<const char*>(weights.data()), weights.size() * sizeof(float)});
    formats::write_file(file, text);
}

}  // namespace markhor
