// Transfer learning as in Keras's guide (https://keras.io/guides/transfer_learning/): a trained network's backbone
// learns other classes from few images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <markhor/dataset.hpp>
#include <markhor/model.hpp>
#include <markhor/recipe.hpp>
#include <optional>
#include <string>
#include <vector>

namespace markhor::insight {

struct FinetuneOptions {
    std::string head = "gap";  ///< one of pooled_head_names() (markhor/slim.hpp)
    double dropout = 0.2;      ///< of the new head; 0: none
    int head_epochs = 3;       ///< with the backbone frozen
    double head_learning_rate = 1e-3;
    int epochs = 3;  ///< with the backbone, or its end, trained too
    double learning_rate = 1e-5;
    std::optional<std::int64_t> unfreeze = std::nullopt;  ///< the backbone's last so many layers; none: all
    std::int64_t batch_size = 32;
    Recipe recipe = {};  ///< of both phases; patience is that of the second
    /// A folder that is there, in which head.backup and tune.backup keep how far the training is: a call with the same
    /// arguments goes on from them. They are the caller's to remove. Empty: nothing is kept.
    std::filesystem::path state = {};
    std::function<bool()> stop_requested = {};  ///< asked after every batch; true ends the training
    std::ostream* output = nullptr;             ///< progress; default: std::cout
};

/// The network after one phase.
struct FinetuneStage {
    std::string name = {};            ///< "new head", "head trained", "fine-tuned"
    std::int64_t trained_params = 0;  ///< parameters that the phase trains
    int epochs = 0;
    double learning_rate = 0;
    double accuracy = 0;  ///< on the test images
};
struct FinetuneResult {
    Model model;
    std::vector<FinetuneStage> stages = {};
};

/// What lies in front of the last Flatten or global pooling (all of it, for a network that ends in a map) becomes the
/// layer "backbone" of a new network, called as at inference, so that BatchNormalization keeps its statistics; behind
/// it come global pooling, Dropout, and a softmax for the data's classes. First the head alone is trained, then the
/// backbone too, at a low rate, both as the recipe says. The layers, and so the weights, are the given model's own, and
/// stay frozen as the last phase left them. `data` has int class numbers. Throws ValueError for a network without such
/// a map, of several inputs, or other labels; ShapeError for images of another shape than it takes.
FinetuneResult finetune(const Model& model, const data::TrainTest& data, const FinetuneOptions& options = {});

/// The stages as a table.
std::string finetune_table(const FinetuneResult& result);

}  // namespace markhor::insight
