// The findings for which images run through the network: units that never speak, units that always shout, and inputs
// of a scale that training does not like.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <markhor/error.hpp>

#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "insight/findings.hpp"
#include "insight/numbers.hpp"
#include "ops/elementwise.hpp"

namespace markhor::insight {
namespace {

constexpr std::int64_t batch = 16;
constexpr double saturated_share = 0.95;  // of a unit's values at an end of its range
constexpr float near_end = 0.01F;         // of the range's width
constexpr double large_input = 10;

/// A layer's activations, watched while images go by. A unit is a channel: the last axis.
struct Watched {
    std::string layer;
    ops::UnaryKind kind = ops::UnaryKind::relu;
    graph::Value value;
    std::vector<std::int64_t> marks = {};  // a unit: of relu, values above 0; of the others, values at an end
    std::int64_t values = 0;               // a unit
};

void watch(Watched& watched, const Tensor& output) {
    const auto units = static_cast<std::size_t>(output.shape().back());
    watched.marks.resize(units, 0);
    const std::span<const float> values = output.data<float>();
    watched.values += static_cast<std::int64_t>(values.size() / units);
    const float low = watched.kind == ops::UnaryKind::tanh ? -1.0F : 0.0F;
    const float edge = near_end * (1.0F - low);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool mark =
            watched.kind == ops::UnaryKind::relu ? values[i] > 0 : values[i] < low + edge || values[i] > 1.0F - edge;
        if (mark) ++watched.marks[i % units];
    }
}

std::vector<Watched> activations(const graph::Graph& graph) {
    std::vector<Watched> all;
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
        const graph::Node& node = graph.nodes()[i];
        const auto* unary = ops::as<ops::Unary>(*node.op);
        if (unary == nullptr || node.label.empty() || node.outputs[0].shape.rank() < 2) continue;
        const bool is_relu = unary->kind == ops::UnaryKind::relu && unary->b == 0 && unary->c == 0;
        if (is_relu || unary->kind == ops::UnaryKind::sigmoid || unary->kind == ops::UnaryKind::tanh) {
            all.push_back({node.label, unary->kind, {static_cast<int>(i), 0}});
        }
    }
    return all;
}

std::string counted_units(std::int64_t units, std::size_t all) {
    return fmt::format("{} of {} units ({:.0f} %)", units, all,
                       100.0 * static_cast<double>(units) / static_cast<double>(all));
}

std::optional<Finding> judged(const Watched& watched, std::int64_t images) {
    const std::size_t all = watched.marks.size();
    if (watched.kind == ops::UnaryKind::relu) {
        const std::int64_t dead = std::ranges::count(watched.marks, 0);
        if (dead == 0) return std::nullopt;
        return Finding{
            .name = "dead-units",
            .severity = "warning",
            .layer = watched.layer,
            .evidence = fmt::format("{} of {} gave nothing but 0 for {} images: they have no gradient either",
                                    counted_units(dead, all), watched.layer, grouped(images)),
            .remedy =
                "a lower learning rate or another initializer, BatchNormalization before the ReLU, or "
                "LeakyReLU; of a trained network such filters can be pruned (markhor slim --prune)"};
    }
    const auto limit = saturated_share * static_cast<double>(watched.values);
    const std::int64_t saturated =
        std::ranges::count_if(watched.marks, [&](std::int64_t marks) { return static_cast<double>(marks) > limit; });
    if (saturated == 0) return std::nullopt;
    return Finding{
        .name = "saturated-units",
        .severity = "warning",
        .layer = watched.layer,
        .evidence = fmt::format("{} of {} lie within 1 % of the ends of their range more than {:.0f} % of the "
                                "time, over {} images",
                                counted_units(saturated, all), watched.layer, 100 * saturated_share, grouped(images)),
        .remedy =
            "smaller weights or inputs, or BatchNormalization before the activation: the gradient there "
            "is almost 0"};
}

}  // namespace

std::vector<Finding> data_findings(const Model& model, const AuditOptions& options) {
    const ModelBase& base = *model.model_base();
    const Dataset data = options.data->take(options.data_images);
    const Shape wanted = base.inputs()[0].shape().without_batch();
    if (data.x_shape() != wanted) {
        throw ShapeError(base.name() + ": the images are " + data.x_shape().str() + "; the model takes " +
                         wanted.str());
    }
    if (data.size() < 1) throw ValueError(base.name() + ": an audit with data was given none");

    graph::Graph graph = lower(base, batch, false).graph;
    std::vector<Watched> all = activations(graph);
    std::vector<graph::Value> outputs = graph.outputs();
    const std::size_t first = outputs.size();
    for (const Watched& watched : all) outputs.push_back(watched.value);
    graph.set_outputs(outputs);
    graph::Execution execution(graph::Executable::make(graph::optimize(graph), engine::cpu()));

    float low = std::numeric_limits<float>::infinity();
    float high = -low;
    Tensor x(wanted.with_batch(batch), DType::float32);
    Tensor y(data.y_shape().with_batch(batch), data.y_dtype());
    // Whole batches: with fewer images than one, some are seen twice.
    for (std::int64_t begin = 0; begin < data.size(); begin += batch) {
        std::vector<std::int64_t> items;
        for (std::int64_t i = 0; i < batch; ++i) items.push_back((begin + i) % data.size());
        data.read(items, x, y);
        for (const float value : x.data<float>()) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
        execution.feed("input_0", x.cast(base.inputs()[0].dtype()));
        execution.run();
        for (std::size_t i = 0; i < all.size(); ++i) watch(all[i], execution.output(first + i));
    }

    std::vector<Finding> findings;
    for (const Watched& watched : all) {
        if (std::optional<Finding> finding = judged(watched, data.size())) findings.push_back(std::move(*finding));
    }
    if (std::max(std::abs(low), std::abs(high)) > large_input && !scales_inputs(base)) {
        findings.push_back(
            {.name = "inputs-unscaled",
             .severity = "warning",
             .evidence =
                 fmt::format("the images' numbers run from {:g} to {:g}, and no layer brings them near 1", low, high),
             .remedy = "Rescaling(1 / 255) as the first layer, or the preprocess_input of the network: initial weights "
                       "and learning rates are meant for inputs near 1"});
    }
    return findings;
}

}  // namespace markhor::insight
