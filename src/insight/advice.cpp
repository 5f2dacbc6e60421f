// What the figures say, in words. Every sentence is made of measured or counted figures and may turn out either way.
#include <fmt/format.h>

#include <cmath>

#include "insight/exchange.hpp"
#include "insight/head_pair.hpp"
#include "insight/numbers.hpp"
#include "insight/samples.hpp"

namespace markhor::insight {
namespace {

constexpr double few_times = 4;        // a head that costs less than so many times the other's parameters costs little
constexpr double still_gains = 0.003;  // an accuracy that grew by more in the last epoch has not settled
constexpr int machines = 8;
constexpr double gigabits = 10;

/// The outcome of the comparison on the test images.
struct Verdict {
    double lead = 0;    // of the flat head, as a share of the images
    double spread = 0;  // one standard deviation of it, from the images on which only one head is right
    bool clear() const { return std::abs(lead) > 2 * spread; }
};

Verdict verdict(const CaseStudy& study, const HeadPair& pair) {
    const Agreement agreed = agreement(pair.flat, pair.pooled, study.test_labels);
    const auto images = static_cast<double>(study.test_images);
    return {*pair.flat.test_accuracy - *pair.pooled.test_accuracy,
            std::sqrt(static_cast<double>(agreed.first_only + agreed.second_only)) / images};
}

std::string epochs_text(const CaseStudy& study) {
    return study.options.epochs == 1 ? "one epoch" : fmt::format("{} epochs", study.options.epochs);
}

std::string accuracy(const CaseStudy& study, const HeadPair& pair) {
    const Verdict found = verdict(study, pair);
    const HeadResult& ahead = found.lead >= 0 ? pair.flat : pair.pooled;
    std::string text = fmt::format("After {}, {} names {} of the {} test images rightly, {} {}. ", epochs_text(study),
                                   pair.flat.title, percent(*pair.flat.test_accuracy), grouped(study.test_images),
                                   pair.pooled.title, percent(*pair.pooled.test_accuracy));
    if (found.clear()) {
        text += fmt::format(
            "{} leads by {:.1f} points, more than chance explains (one standard deviation is {:.1f} points).",
            ahead.title, 100 * std::abs(found.lead), 100 * found.spread);
    } else {
        text += fmt::format(
            "The difference of {:.1f} points is within what chance explains (one standard deviation is {:.1f} "
            "points): neither head is shown to be better.",
            100 * std::abs(found.lead), 100 * found.spread);
    }
    for (const HeadResult* result : {&pair.flat, &pair.pooled}) {
        const auto curve = result->history.history.find("val_accuracy");
        if (curve == result->history.history.end() || curve->second.size() < 2) continue;
        const double gain = curve->second.back() - curve->second[curve->second.size() - 2];
        if (gain > still_gains) {
            text += fmt::format(" {} still gained {:.1f} points in the last epoch: it has not settled.", result->title,
                                100 * gain);
        }
    }
    return text +
           " This is one run from one seed; other seeds move the result by a point or more, so try some before "
           "deciding.";
}

/// The map that a Flatten layer receives; rank 0 where there is none.
Shape last_map(const HeadResult& result) {
    const std::vector<LayerCost>& layers = result.cost.layers;
    for (std::size_t i = 1; i < layers.size(); ++i) {
        if (layers[i].class_name == "Flatten") return layers[i - 1].output_shape;
    }
    return {};
}

double ratio(std::int64_t a, std::int64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

std::string size_here(const CaseStudy& study, const HeadPair& pair) {
    const double factor = ratio(pair.flat.cost.params, pair.pooled.cost.params);
    std::string text;
    if (const Shape map = last_map(pair.flat); map.rank() == 4) {
        text = fmt::format(
            "On images of {}×{} pixels the last map is {}×{} with {} channels. {} hands on all {} numbers, {} one a "
            "channel. ",
            study.image[0], study.image[1], map[1], map[2], map[3], pair.flat.title, grouped(map[1] * map[2] * map[3]),
            pair.pooled.title);
    }
    text += fmt::format("The network with {} has {} parameters, {} those of {} ({}); the saved weights take {} and {}.",
                        pair.flat.title, grouped(pair.flat.cost.params),
                        factor < few_times ? "only " + times(factor) : times(factor), pair.pooled.title,
                        grouped(pair.pooled.cost.params), bytes_text(static_cast<double>(pair.flat.weights_file_bytes)),
                        bytes_text(static_cast<double>(pair.pooled.weights_file_bytes)));
    return text;
}

std::string speed(const HeadPair& pair) {
    const auto fastest = [](const HeadResult& result) { return *std::ranges::min_element(result.history.seconds); };
    const double flat = fastest(pair.flat);
    const double pooled = fastest(pair.pooled);
    std::string text = fmt::format("An epoch takes {} with {} and {} with {}", seconds_text(flat), pair.flat.title,
                                   seconds_text(pooled), pair.pooled.title);
    if (std::abs(flat / pooled - 1) < 0.05) {
        text += ": no difference worth a choice.";
    } else {
        const HeadResult& slower = flat > pooled ? pair.flat : pair.pooled;
        const double more = std::max(flat, pooled) / std::min(flat, pooled) - 1;
        text += fmt::format(": {:.0f} % longer with {}.", 100 * more, slower.title);
    }
    return text +
           fmt::format(" The backbone, which both share, does nearly all the arithmetic: {} and {} an image in all.",
                       flops_text(pair.flat.cost.flops), flops_text(pair.pooled.cost.flops));
}

/// The largest size for which both heads' figures are there, preferring those at which steps were timed.
std::int64_t largest_size(const CaseStudy& study, const HeadPair& pair) {
    std::int64_t largest = 0;
    bool timed = false;
    for (const SizeResult& flat : study.sizes) {
        if (flat.head != pair.flat.head) continue;
        const SizeResult* pooled = find_size(study, pair.pooled.head, flat.size);
        if (pooled == nullptr) continue;
        const bool both_timed = flat.step_seconds && pooled->step_seconds;
        if (std::pair(both_timed, flat.size) > std::pair(timed, largest)) {
            timed = both_timed;
            largest = flat.size;
        }
    }
    return largest;
}

std::string growth(const CaseStudy& study, const SizeResult& flat, const SizeResult& pooled, const HeadPair& pair) {
    std::string text = fmt::format(
        "The pooled network keeps its {} parameters for images of any size; the other grows with the image's area. At "
        "{}×{} "
        "pixels in colour it has {}, {} as many, and {} of weights against {}.",
        grouped(pooled.cost.params), flat.size, flat.size, grouped(flat.cost.params),
        times(ratio(flat.cost.params, pooled.cost.params)), bytes_text(flat.cost.weight_bytes),
        bytes_text(pooled.cost.weight_bytes));
    if (flat.step_seconds && pooled.step_seconds) {
        text += fmt::format(
            " A training step of {} such images took {} with {} and {} with {}: the convolutions still set the "
            "time, the parameters set the memory and what must be stored and sent.",
            study.options.timed_batch, seconds_text(*flat.step_seconds), pair.flat.title,
            seconds_text(*pooled.step_seconds), pair.pooled.title);
    }
    return text;
}

std::string many_machines(const SizeResult& flat, const SizeResult& pooled) {
    const double sent = flat.cost.training->gradient_bytes;
    const double sent_pooled = pooled.cost.training->gradient_bytes;
    return fmt::format(
        "Machines that train together exchange all gradients in each step: {} against {} at {}×{} pixels, {} as much. "
        "Among {} "
        "machines on {} Gbit/s that takes at least {} a step against {}.",
        bytes_text(sent), bytes_text(sent_pooled), flat.size, flat.size, times(sent / sent_pooled), machines, gigabits,
        seconds_text(exchange_seconds(sent, machines, gigabits)),
        seconds_text(exchange_seconds(sent_pooled, machines, gigabits)));
}

std::string choice(const CaseStudy& study, const HeadPair& pair, const SizeResult* flat, const SizeResult* pooled) {
    const Verdict found = verdict(study, pair);
    const double factor = ratio(pair.flat.cost.params, pair.pooled.cost.params);
    std::string text;
    if (found.clear() && found.lead > 0) {
        text = fmt::format(
            "For images of this size, {} is the better choice where accuracy counts most: {:.1f} points for {} the "
            "parameters. Take {} where weights must be small or images vary in size.",
            pair.flat.title, 100 * found.lead, times(factor), pair.pooled.title);
    } else if (found.clear()) {
        text = fmt::format("For images of this size, take {}: it is the more accurate and the smaller.",
                           pair.pooled.title);
    } else {
        text =
            fmt::format("For images of this size, take {}: it is not shown to be less accurate, and it is the smaller.",
                        pair.pooled.title);
    }
    if (flat != nullptr && pooled != nullptr) {
        const double there = ratio(flat->cost.params, pooled->cost.params);
        if (there > 2 * factor) {
            text += fmt::format(
                " For images of {0}×{0} pixels start with {1}: {2} has {3} the parameters there, and would have to "
                "show on your own images that it earns them. What is where in the image is lost by pooling; "
                "where that matters (layout, counting, text), measure both.",
                flat->size, pair.pooled.title, pair.flat.title, times(there));
        }
    }
    return text;
}

}  // namespace

std::vector<Advice> advice(const CaseStudy& study) {
    if (study.options.epochs == 0) return {};  // models as they are may differ in more than their heads
    const std::optional<HeadPair> pair = head_pair(study);
    if (!pair) return {};
    std::vector<Advice> all;
    const bool tested = pair->flat.test_accuracy && pair->pooled.test_accuracy;
    const std::int64_t size = largest_size(study, *pair);
    const SizeResult* flat = find_size(study, pair->flat.head, size);
    const SizeResult* pooled = find_size(study, pair->pooled.head, size);
    if (tested) all.push_back({"What to choose", choice(study, *pair, flat, pooled)});
    if (tested) all.push_back({"Accuracy", accuracy(study, *pair)});
    all.push_back({"Size", size_here(study, *pair)});
    if (!pair->flat.history.seconds.empty() && !pair->pooled.history.seconds.empty()) {
        all.push_back({"Speed", speed(*pair)});
    }
    if (flat != nullptr && pooled != nullptr) {
        all.push_back({"Larger images", growth(study, *flat, *pooled, *pair)});
        if (flat->cost.training && pooled->cost.training)
            all.push_back({"Many machines", many_machines(*flat, *pooled)});
    }
    return all;
}

}  // namespace markhor::insight
