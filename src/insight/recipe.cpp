// Optimizers, schedules, class weights and augmentation by the names that options have.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <markhor/error.hpp>
#include <markhor/layers.hpp>
#include <markhor/recipe.hpp>

namespace markhor::insight {
namespace {

using namespace optimizers;
using optimizers::schedules::CosineDecay;
using optimizers::schedules::ExponentialDecay;
using optimizers::schedules::PiecewiseConstantDecay;

using Make = Optimizer (*)(const LearningRate& rate);
struct Named {
    const char* name;
    Make make;
};

const std::vector<Named>& known_optimizers() {
    static const std::vector<Named> all = {
        {"adam", [](const LearningRate& rate) -> Optimizer { return Adam({.learning_rate = rate}); }},
        {"adamw", [](const LearningRate& rate) -> Optimizer { return AdamW({.learning_rate = rate}); }},
        {"sgd", [](const LearningRate& rate) -> Optimizer { return SGD({.learning_rate = rate}); }},
        {"rmsprop", [](const LearningRate& rate) -> Optimizer { return RMSprop({.learning_rate = rate}); }},
        {"nadam", [](const LearningRate& rate) -> Optimizer { return Nadam({.learning_rate = rate}); }},
        {"adamax", [](const LearningRate& rate) -> Optimizer { return Adamax({.learning_rate = rate}); }},
        {"adagrad", [](const LearningRate& rate) -> Optimizer { return Adagrad({.learning_rate = rate}); }},
        {"adadelta", [](const LearningRate& rate) -> Optimizer { return Adadelta({.learning_rate = rate}); }},
        {"adafactor", [](const LearningRate& rate) -> Optimizer { return Adafactor({.learning_rate = rate}); }},
        {"ftrl", [](const LearningRate& rate) -> Optimizer { return Ftrl({.learning_rate = rate}); }},
        {"lion", [](const LearningRate& rate) -> Optimizer { return Lion({.learning_rate = rate}); }},
        {"lamb", [](const LearningRate& rate) -> Optimizer { return Lamb({.learning_rate = rate}); }},
    };
    return all;
}

template <class Names>
[[noreturn]] void refuse(const std::string& what, const std::string& name, const Names& names) {
    throw ValueError(fmt::format("there is no {} \"{}\"; expected one of {}", what, name, fmt::join(names, ", ")));
}

LearningRate scheduled(const std::string& schedule, double rate, std::int64_t steps) {
    if (schedule == "constant") return rate;
    const std::int64_t all = std::max<std::int64_t>(1, steps);
    if (schedule == "cosine") return CosineDecay({.initial_learning_rate = rate, .decay_steps = all});
    if (schedule == "exponential")
        return ExponentialDecay({.initial_learning_rate = rate, .decay_steps = all, .decay_rate = 0.01});
    if (schedule == "step") {
        // The last step of the first half is number all / 2 - 1.
        return PiecewiseConstantDecay(
            {.boundaries = {all / 2, std::max(all / 2 + 1, all * 3 / 4)}, .values = {rate, rate / 10, rate / 100}});
    }
    if (schedule == "warmup") {
        const std::int64_t rising = std::max<std::int64_t>(1, all / 10);
        return CosineDecay({.initial_learning_rate = 0,
                            .decay_steps = std::max<std::int64_t>(1, all - rising),
                            .warmup_target = rate,
                            .warmup_steps = rising});
    }
    refuse("schedule", schedule, schedule_names());
}

}  // namespace

std::vector<std::string> optimizer_names() {
    std::vector<std::string> names;
    for (const Named& each : known_optimizers()) names.emplace_back(each.name);
    return names;
}

std::vector<std::string> schedule_names() { return {"constant", "cosine", "step", "exponential", "warmup"}; }

double default_learning_rate(const std::string& optimizer) {
    // Optimizers keep it as a float: the number that prints as that does.
    const std::string text = fmt::format("{}", static_cast<float>(Optimizer(optimizer).learning_rate()));
    double rate = 0;
    std::from_chars(text.data(), text.data() + text.size(), rate);
    return rate;
}

Optimizer make_optimizer(const Recipe& recipe, double learning_rate, std::int64_t steps) {
    const auto found =
        std::ranges::find_if(known_optimizers(), [&](const Named& each) { return recipe.optimizer == each.name; });
    if (found == known_optimizers().end()) refuse("optimizer", recipe.optimizer, optimizer_names());
    if (!std::isfinite(learning_rate) || learning_rate < 0) {
        throw ValueError(fmt::format("the learning rate is {}; a finite number above 0 is expected", learning_rate));
    }
    const double rate = learning_rate > 0 ? learning_rate : default_learning_rate(recipe.optimizer);
    return found->make(scheduled(recipe.schedule, rate, steps));
}

std::vector<Layer> augmentation_layers() {
    using namespace layers;
    return {RandomFlip("horizontal"), RandomRotation(0.05), RandomZoom(0.1), RandomTranslation(0.1, 0.1),
            RandomContrast(0.2, {.value_range = {0, 1}})};
}

std::string augmentation_text() {
    return "mirrored left to right or not, turned by up to 18 degrees, zoomed by up to 10 %, moved by up to 10 %, "
           "contrast changed by up to 20 %";
}

std::map<std::int64_t, double> class_weights(const Recipe& recipe, const std::vector<std::int64_t>& class_counts) {
    if (recipe.class_weight == "none" || recipe.class_weight.empty()) return {};
    if (recipe.class_weight != "balanced")
        refuse("class weight", recipe.class_weight, std::vector<std::string>{"none", "balanced"});
    double images = 0;
    for (const std::int64_t count : class_counts) images += static_cast<double>(count);
    std::map<std::int64_t, double> weights;
    for (std::size_t i = 0; i < class_counts.size(); ++i) {
        if (class_counts[i] < 1) throw ValueError(fmt::format("class weights: class {} has no image", i));
        weights[static_cast<std::int64_t>(i)] =
            images / (static_cast<double>(class_counts.size()) * static_cast<double>(class_counts[i]));
    }
    return weights;
}

std::vector<CallbackPtr> stopping_callbacks(const Recipe& recipe) {
    if (recipe.patience == 0) return {};
    return {callbacks::EarlyStopping(
        {.monitor = "val_loss", .patience = recipe.patience, .verbose = 1, .restore_best_weights = true})};
}

}  // namespace markhor::insight
