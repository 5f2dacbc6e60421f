#include "insight/figures.hpp"

#include <algorithm>
#include <functional>

#include "insight/numbers.hpp"
#include "insight/text_columns.hpp"

namespace markhor::insight {
namespace {

constexpr const char* unknown = "–";

std::string training_figure(const HeadResult& result, const std::function<std::string(const TrainingCost&)>& text) {
    return result.cost.training ? text(*result.cost.training) : unknown;
}

std::string rate(double images_per_second) {
    return images_per_second > 0 ? significant(images_per_second) + " images/s" : unknown;
}

}  // namespace

std::vector<Figure> figures(const CaseStudy& study) {
    std::vector<Figure> rows;
    const auto add = [&](std::string name, const std::function<std::string(const HeadResult&)>& text) {
        Figure row{std::move(name), {}};
        for (const HeadResult& result : study.heads) row.values.push_back(text(result));
        rows.push_back(std::move(row));
    };
    const std::string batch = std::to_string(study.options.batch_size);
    add("Test accuracy", [](const HeadResult& r) { return r.test_accuracy ? percent(*r.test_accuracy) : unknown; });
    add("Test loss", [](const HeadResult& r) { return r.test_loss ? significant(*r.test_loss) : unknown; });
    add("Parameters", [](const HeadResult& r) { return grouped(r.cost.params); });
    add("of these not trainable", [](const HeadResult& r) { return grouped(r.cost.params - r.cost.trainable_params); });
    add("Arithmetic, an image forward", [](const HeadResult& r) { return flops_text(r.cost.flops); });
    add("Arithmetic, an image trained", [](const HeadResult& r) {
        return training_figure(
            r, [](const TrainingCost& t) { return flops_text(t.flops / static_cast<double>(t.batch)); });
    });
    add("Weights in memory", [](const HeadResult& r) { return bytes_text(r.cost.weight_bytes); });
    add("Activations, an image forward", [](const HeadResult& r) { return bytes_text(r.cost.activation_bytes); });
    add("Activations, training " + batch + " images", [](const HeadResult& r) {
        return training_figure(r, [](const TrainingCost& t) { return bytes_text(t.activation_bytes); });
    });
    add("Saved weights", [](const HeadResult& r) {
        return r.weights_file_bytes > 0 ? bytes_text(static_cast<double>(r.weights_file_bytes)) : unknown;
    });
    add("Fastest epoch", [](const HeadResult& r) {
        return r.history.seconds.empty() ? unknown : seconds_text(*std::ranges::min_element(r.history.seconds));
    });
    add("Training speed", [](const HeadResult& r) { return rate(r.images_per_second); });
    add("Prediction speed", [](const HeadResult& r) { return rate(r.predicted_images_per_second); });
    return rows;
}

std::string table(const CaseStudy& study) {
    std::vector<std::vector<std::string>> rows = {{""}};
    for (const HeadResult& result : study.heads) rows[0].push_back(result.title);
    for (const Figure& figure : figures(study)) {
        rows.push_back({figure.name});
        rows.back().insert(rows.back().end(), figure.values.begin(), figure.values.end());
    }
    return text_columns(rows);
}

}  // namespace markhor::insight
