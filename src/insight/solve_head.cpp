// The last Dense of a classifier, solved instead of trained.
#include <algorithm>
#include <cmath>
#include <limits>
#include <markhor/error.hpp>
#include <markhor/slim.hpp>

#include "insight/layer_graph.hpp"
#include "insight/model_parts.hpp"
#include "insight/ridge.hpp"
#include "insight/samples.hpp"
#include "model/model_base.hpp"

namespace markhor::insight {
namespace {

constexpr std::int64_t solved_batch = 128;

/// The call of the last Dense, whose output only an activation may follow.
const CallNode& last_dense(const ModelBase& model) {
    const auto refuse = [&]() -> ValueError {
        return ValueError(model.name() +
                          ": the model does not end in a Dense (and a softmax or sigmoid); such an end can be solved");
    };
    if (model.outputs().size() != 1) throw refuse();
    const CallNode* call = model.outputs()[0].node().get();
    while (call->layer->class_name() == "Softmax" || call->layer->class_name() == "Activation") {
        if (call->inputs.empty()) throw refuse();
        call = call->inputs[0].node().get();
    }
    if (call->layer->class_name() != "Dense" || call->output_shapes[0].rank() != 2) throw refuse();
    return *call;
}

/// The factor by which scores become logits of least cross-entropy, by golden section over its logarithm.
double best_scale(const std::vector<double>& scores, std::size_t classes, const std::vector<std::int32_t>& labels) {
    const auto loss = [&](double logarithm) {
        const double scale = std::exp(logarithm);
        double sum = 0;
        for (std::size_t row = 0; row < labels.size(); ++row) {
            const double* score = scores.data() + row * classes;
            const double largest = *std::max_element(score, score + classes);
            double total = 0;
            for (std::size_t c = 0; c < classes; ++c) total += std::exp(scale * (score[c] - largest));
            sum += std::log(total) - scale * (score[static_cast<std::size_t>(labels[row])] - largest);
        }
        return sum;
    };
    constexpr double ratio = 0.6180339887498949;
    double low = std::log(0.1);
    double high = std::log(1000.0);
    for (int step = 0; step < 24; ++step) {
        const double a = high - ratio * (high - low);
        const double b = low + ratio * (high - low);
        const bool in_lower_part = loss(a) < loss(b);
        (in_lower_part ? high : low) = in_lower_part ? b : a;
    }
    return std::exp((low + high) / 2);
}

}  // namespace

void solve_head(Model& model, const Dataset& data, double ridge) {
    const ModelBase& base = *model.model_base();
    const CallNode& dense = last_dense(base);
    const auto units = static_cast<std::size_t>(dense.output_shapes[0].back());
    const std::vector<std::int32_t> labels = labels_of(data);
    const std::size_t classes = std::max<std::size_t>(2, units);
    for (const std::int32_t label : labels) {
        if (label < 0 || static_cast<std::size_t>(label) >= classes) {
            throw ValueError(base.name() + ": the data has the class " + std::to_string(label) + "; '" +
                             dense.layer->name() + "' has " + std::to_string(units) + " units");
        }
    }

    const Model features({.inputs = base.inputs(), .outputs = {dense.inputs[0]}, .name = "features"});
    const Tensor x = features.predict(data, {.batch_size = solved_batch});
    const auto width = static_cast<std::size_t>(x.shape()[1]);
    const std::span<const float> rows = x.data<float>();
    Ridge regression(width, units);
    std::vector<double> target(units);
    for (std::size_t row = 0; row < labels.size(); ++row) {
        for (std::size_t t = 0; t < units; ++t) {
            target[t] = units == 1 ? 2.0 * labels[row] - 1 : (static_cast<std::size_t>(labels[row]) == t ? 1.0 : 0.0);
        }
        regression.add(rows.data() + row * width, target.data());
    }
    const Ridge::Solution solution = regression.solve(ridge);

    double scale = 1;
    if (units > 1) {
        std::vector<double> scores;
        scores.reserve(labels.size() * units);
        for (std::size_t row = 0; row < labels.size(); ++row) {
            for (std::size_t t = 0; t < units; ++t) {
                double score = solution.bias[t];
                for (std::size_t i = 0; i < width; ++i)
                    score += rows[row * width + i] * solution.weights[i * units + t];
                scores.push_back(score);
            }
        }
        scale = best_scale(scores, units, labels);
    }
    std::vector<float> kernel;
    std::vector<float> bias;
    for (const double weight : solution.weights) kernel.push_back(static_cast<float>(scale * weight));
    for (const double value : solution.bias) bias.push_back(static_cast<float>(scale * value));
    set_values(*dense.layer, "kernel", kernel);
    if (weight_of(*dense.layer, "bias")) set_values(*dense.layer, "bias", bias);
}

}  // namespace markhor::insight
