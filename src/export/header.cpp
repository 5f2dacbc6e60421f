#include <algorithm>
#include <map>
#include <markhor/exporting.hpp>
#include <markhor/image_input.hpp>
#include <markhor/version.hpp>

#include "core/atomic_file.hpp"
#include "core/text.hpp"
#include "export/cpp_program.hpp"
#include "export/embedded/texts.hpp"

namespace markhor {
namespace {

// What the text says of the inputs, or of the outputs.
struct Side {
    std::string sizes;       // as members
    std::string parameters;  // of predict()
    std::string arguments;
    std::string shapes;
};

Side describe(const exporting::InferenceGraph& source, const std::string& what, const std::string& type,
              const std::vector<graph::Value>& values, const std::vector<std::string>& names) {
    Side side;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string name = what + (values.size() == 1 ? "" : "_" + std::to_string(i));
        const Shape shape = source.graph().spec(values[i]).shape.without_batch();
        const std::string comma = i > 0 ? ", " : "";
        side.sizes +=
            "    static constexpr std::size_t " + name + "_size = " + std::to_string(shape.elements()) + ";\n";
        side.parameters += comma + type + name;
        side.arguments += comma + name;
        side.shapes += "//   " + name + ": " + text::cpp_comment(names[i]) + " " + shape.str() + "\n";
    }
    return side;
}

// What the model was trained for, as comments.
std::string told(const Model& model) {
    const std::optional<ImageInput> input = stored_image_input(model);
    if (!input) return {};
    std::string text;
    if (input->scaling) text += "//   pixels: " + text::cpp_comment(input->scaling->str()) + "\n";
    for (std::size_t i = 0; i < input->class_names.size(); ++i)
        text += "//   class " + std::to_string(i) + ": " + text::cpp_comment(input->class_names[i]) + "\n";
    return text;
}

// The text with each {word} that `values` knows replaced.
std::string filled(std::string_view text, const std::map<std::string, std::string, std::less<>>& values) {
    std::string result;
    while (!text.empty()) {
        const std::size_t open = std::min(text.find('{'), text.size());
        result += text.substr(0, open);
        text.remove_prefix(open);
        const std::size_t close = text.find('}');
        const auto value = close == std::string_view::npos ? values.end() : values.find(text.substr(1, close - 1));
        if (value != values.end()) {
            result += value->second;
            text.remove_prefix(close + 1);
        } else if (!text.empty()) {
            result += text[0];
            text.remove_prefix(1);
        }
    }
    return result;
}

}  // namespace

void export_header(const Model& model, const std::filesystem::path& file) {
    const exporting::InferenceGraph source(model, {.batch = 1, .fold_batch_norm = true});
    const exporting::CppProgram program(source);
    const std::vector<float>& weights = program.weights();
    std::filesystem::path weights_file = file;
    weights_file.replace_extension(".bin");
    const Side in = describe(source, "input", "const float* ", source.inputs(), source.input_names());
    const Side out = describe(source, "output", "float* ", source.outputs(), source.output_names());
    const std::map<std::string, std::string, std::less<>> values = {
        {"model", text::cpp_comment(model.name())},
        {"version", version()},
        {"shapes", in.shapes + out.shapes + told(model)},
        {"name", text::cpp_identifier(model.name())},
        {"weights_file", text::cpp_comment(weights_file.filename().string())},
        {"arguments", in.arguments + ", " + out.arguments},
        {"kernels", std::string(exporting::kernels_text)},
        {"sizes", in.sizes + out.sizes},
        {"weight_count", std::to_string(weights.size())},
        {"parameters", in.parameters + ", " + out.parameters},
        {"arena", std::to_string(program.arena())},
        {"statements", program.statements()},
    };
    write_file(weights_file, {reinterpret_cast<const char*>(weights.data()), weights.size() * sizeof(float)});
    write_file(file, filled(exporting::network_text, values));
}

}  // namespace markhor
