// How a network is trained, beside its layers and its data: optimizer, schedule, weights of classes, augmentation, when
// to stop. What train, compare and finetune have in common.
#pragma once

#include <cstdint>
#include <map>
#include <markhor/callbacks.hpp>
#include <markhor/dataset.hpp>
#include <markhor/layer.hpp>
#include <markhor/optimizers.hpp>
#include <string>
#include <vector>

namespace markhor::insight {

struct Recipe {
    std::string optimizer = "adam";     ///< one of optimizer_names()
    std::string schedule = "constant";  ///< one of schedule_names()
    std::string class_weight = "none";  ///< or "balanced": each class counts the same, however many images it has
    bool augment = false;               ///< augmentation_layers() in front of the network
    int patience = 0;  ///< epochs without a lower validation loss until training stops; 0: all epochs are trained
};

/// keras.optimizers' names: "adam", "sgd", …
std::vector<std::string> optimizer_names();
/// "constant"; "cosine": to 0 along half a cosine; "step": a tenth after half of the steps, a hundredth after three
/// quarters; "exponential": to a hundredth; "warmup": up from 0 for a tenth of the steps, then "cosine".
std::vector<std::string> schedule_names();

/// What Keras gives this optimizer by default. Throws ValueError for an unknown name.
double default_learning_rate(const std::string& optimizer);

/// The optimizer by Keras's name whose rate follows the schedule over so many steps. A rate of 0 is the optimizer's
/// own. Throws ValueError for unknown names and a rate that is negative or not finite.
Optimizer make_optimizer(const Recipe& recipe, double learning_rate, std::int64_t steps);

/// Keras's layers RandomFlip("horizontal"), RandomRotation(0.05), RandomZoom(0.1), RandomTranslation(0.1, 0.1) and
/// RandomContrast(0.2), for pixels of 0 to 1. They are part of the model and do nothing at inference.
std::vector<Layer> augmentation_layers();
/// The same in words, for a person: "mirrored left to right, …".
std::string augmentation_text();

/// What fit() takes as class_weight: images / (classes * images of the class) for "balanced", else nothing. Throws
/// ValueError for another name, and for a class without images.
std::map<std::int64_t, double> class_weights(const Recipe& recipe, const std::vector<std::int64_t>& class_counts);

/// EarlyStopping on val_loss that keeps the best epoch's weights, where there is a patience. Throws ValueError for a
/// negative one.
std::vector<CallbackPtr> stopping_callbacks(const Recipe& recipe);

}  // namespace markhor::insight
