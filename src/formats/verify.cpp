#include "formats/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <markhor/error.hpp>
#include <markhor/saving.hpp>
#include <ostream>

#include "core/text.hpp"
#include "data/npz.hpp"
#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "model/model_base.hpp"

namespace markhor::formats {
namespace {

namespace fs = std::filesystem;
using Arrays = std::map<std::string, Tensor>;

/// "x", or "x0", "x1", …
std::vector<Tensor> numbered(const Arrays& arrays, const std::string& name) {
    if (const auto only = arrays.find(name); only != arrays.end()) return {only->second};
    std::vector<Tensor> found;
    for (auto array = arrays.find(name + "0"); array != arrays.end();
         array = arrays.find(name + std::to_string(found.size()))) {
        found.push_back(array->second);
    }
    return found;
}

/// NaN where one has a NaN that the other has not.
double difference(const Tensor& value, const Tensor& wanted) {
    const Tensor a = value.cast(DType::float64);
    const Tensor b = wanted.cast(DType::float64);
    double largest = 0;
    double scale = 0;
    for (std::size_t i = 0; i < b.data<double>().size(); ++i) {
        const double x = a.data<double>()[i];
        const double y = b.data<double>()[i];
        if (x == y || (std::isnan(x) && std::isnan(y))) continue;
        largest = std::isnan(largest) || std::isnan(x - y) ? NAN : std::max(largest, std::abs(x - y));
    }
    for (const double y : b.data<double>()) scale = std::max(scale, std::isfinite(y) ? std::abs(y) : 0.0);
    return scale > 0 ? largest / scale : largest;
}

double largest_error(const std::vector<Tensor>& outputs, const std::vector<Tensor>& wanted) {
    if (outputs.size() != wanted.size()) {
        throw ShapeError("the model has " + std::to_string(outputs.size()) + " outputs; " +
                         std::to_string(wanted.size()) + " were recorded");
    }
    double largest = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (outputs[i].shape() != wanted[i].shape()) {
            throw ShapeError("output " + std::to_string(i) + " has the shape " + outputs[i].shape().str() + "; " +
                             wanted[i].shape().str() + " was recorded");
        }
        const double error = difference(outputs[i], wanted[i]);
        largest = std::isnan(error) ? error : std::max(largest, error);
    }
    return largest;
}

fs::path arrays_beside(const fs::path& file) {
    for (const char* extension : {".npz", ".io.npz"}) {
        fs::path arrays = file;
        arrays.replace_extension(extension);
        if (fs::is_regular_file(arrays)) return arrays;
    }
    return {};
}

void print(const Verified& verified, double tolerance, std::ostream& output) {
    output << fmt::format("{}: {}: {}\n", text::printable(verified.file.filename().string()),
                          verified.failure.empty()
                              ? fmt::format("largest error {:.2e}, tolerance {:.2e}", verified.error, tolerance)
                              : text::printable(verified.failure),
                          verified.passed ? "passed" : "FAILED");
}

}  // namespace

std::vector<Tensor> outputs_of(const Model& model, const std::vector<Tensor>& inputs) {
    const ModelBase& base = *model.model_base();
    if (inputs.empty() || inputs.size() != base.inputs().size()) {
        throw ShapeError(model.name() + ": " + std::to_string(inputs.size()) + " inputs came; the model has " +
                         std::to_string(base.inputs().size()));
    }
    for (const Tensor& input : inputs) {
        if (input.shape().rank() == 0) throw ShapeError(model.name() + ": an input has no batch axis");
    }
    LoweredModel lowered = lower(base, inputs[0].shape()[0], false);
    std::vector<DType> dtypes;
    for (const graph::Value input : lowered.inputs) dtypes.push_back(lowered.graph.spec(input).dtype);
    graph::Execution execution(graph::Executable::make(graph::optimize(lowered.graph), engine::cpu()));
    for (std::size_t i = 0; i < inputs.size(); ++i)
        execution.feed("input_" + std::to_string(i), inputs[i].cast(dtypes[i]));
    execution.run();
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < base.outputs().size(); ++i) outputs.push_back(execution.output(i).clone());
    return outputs;
}

Verified verify_model(const fs::path& file, const fs::path& arrays, double tolerance) {
    Verified verified;
    verified.file = file;
    try {
        const Arrays recorded = data::read_npz(arrays);
        const Model model = load_model(file, {.compile = false});
        verified.error = largest_error(outputs_of(model, numbered(recorded, "x")), numbered(recorded, "y"));
        verified.passed = verified.error <= tolerance;
    } catch (const Error& error) {
        verified.failure = error.what();
    }
    return verified;
}

VerifyCount verify_folder(const fs::path& folder, std::ostream& output, double tolerance) {
    if (!fs::is_directory(folder)) throw FileError(folder.string() + ": there is no such folder");
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const std::string extension = entry.path().extension().string();
        const bool is_model = extension == ".keras" || extension == ".h5";
        if (is_model && !entry.path().filename().string().ends_with(".weights.h5")) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    VerifyCount count;
    for (const fs::path& file : files) {
        const fs::path arrays = arrays_beside(file);
        if (arrays.empty()) continue;
        const Verified verified = verify_model(file, arrays, tolerance);
        ++(verified.passed ? count.passed : count.failed);
        print(verified, tolerance, output);
    }
    output << fmt::format("{} passed, {} failed\n", count.passed, count.failed);
    return count;
}

}  // namespace markhor::formats
