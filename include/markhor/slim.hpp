// A network made smaller: its Flatten + Dense head replaced by global pooling, BatchNormalization folded into the
// weights beside it, filters pruned. Each makes a new model and leaves the given one as it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <markhor/dataset.hpp>
#include <markhor/model.hpp>
#include <optional>
#include <string>
#include <vector>

namespace markhor::insight {

/// "gap", "gmp", "both": GlobalAveragePooling2D, GlobalMaxPooling2D, and the two side by side.
std::vector<std::string> pooled_head_names();

/// What lies between the last map and the last Dense, from Flatten on, becomes pooling and one Dropout (where a layer
/// of the old head makes room for it); the last Dense keeps its name, units and activation and gets new weights. The
/// rest keeps its weights. Throws ValueError for an unknown head, or where the network does not end in a chain from a
/// Flatten of a two-dimensional map to a Dense.
Model replace_head(const Model& model, const std::string& head = "gap", double dropout = 0.3);

/// Solves the last Dense by ridge regression of the classes on what it receives, in double: (F'F + ridge n I) W = F'Y
/// of the centred features F of all n images (Hoerl & Kennard, 1970). Before a softmax the scores are scaled by the one
/// factor of least cross-entropy. `data` has int class numbers. Throws ValueError for a model that does not end in a
/// Dense (and a softmax or sigmoid), or labels that it has no unit for.
void solve_head(Model& model, const Dataset& data, double ridge = 1e-3);

struct Folded {
    Model model;
    std::int64_t layers = 0;  ///< BatchNormalization layers that are gone
};
/// BatchNormalization behind a linear convolution or Dense becomes part of its weights; one in front of a Dense, or of
/// a convolution without padding, part of that layer's. For inference: the statistics are fixed from then on.
Folded fold_batch_normalization(const Model& model);

struct Pruned {
    Model model;
    std::int64_t layers = 0;   ///< convolutions that lost filters
    std::int64_t filters = 0;  ///< how many in all
};
/// Drops the share of each convolution's filters whose BatchNormalization scale |gamma| is smallest (Liu et al.,
/// "Learning Efficient Convolutional Networks through Network Slimming", 2017), where what the filters make goes,
/// number by number, through BatchNormalization to one convolution or Dense. At least one filter is left. Throws
/// ValueError for a share outside [0, 1).
Pruned prune_filters(const Model& model, double share);

struct SlimOptions {
    std::string head = "gap";  ///< one of pooled_head_names(); empty: the head stays
    double dropout = 0.3;
    std::optional<data::TrainTest> data = std::nullopt;  ///< int class numbers; for solving, fine-tuning, accuracy
    double ridge = 1e-3;
    int epochs = 0;      ///< of fine-tuning, with Adam and the cross-entropy that fits the outputs
    double prune = 0.0;  ///< share of the filters; before the head is replaced
    bool fold = false;   ///< at the end
    std::int64_t batch_size = 128;
    double learning_rate = 1e-3;
    /// A folder that is there, in which tune.backup keeps how far fine-tuning is: a call with the same arguments goes
    /// on from it. It is the caller's to remove. Empty: nothing is kept.
    std::filesystem::path state = {};
    std::function<bool()> stop_requested = {};  ///< asked after every batch; true ends fine-tuning
    std::ostream* output = nullptr;             ///< progress of fine-tuning; default: std::cout
};

/// The network at one step of its way.
struct SlimStage {
    std::string name = {};  ///< "before", "pruned", "new head", "solved", "fine-tuned", "folded"
    std::int64_t params = 0;
    double weight_bytes = 0;
    double latency_seconds = 0;           ///< of one image, the fastest of some runs on this machine
    std::optional<double> accuracy = {};  ///< on the test images
};
struct SlimResult {
    Model model;
    std::vector<SlimStage> stages = {};  ///< the first is the model as given
};
SlimResult slim(const Model& model, const SlimOptions& options = {});

/// The stages as a table.
std::string slim_table(const SlimResult& result);

}  // namespace markhor::insight
