// Networks of layers: functional models and Sequential, and what is done with them.
#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <markhor/callbacks.hpp>
#include <markhor/compile_options.hpp>
#include <markhor/dataset.hpp>
#include <markhor/layer.hpp>
#include <markhor/tensors.hpp>

namespace markhor {

class ModelBase;  // src/model/model_base.hpp

struct InputOptions {
    std::string name = {};
    std::int64_t batch_size = none;
    DType dtype = DType::float32;
};
/// The start of a model: a symbolic tensor of (batch, shape…).
SymbolicTensor Input(const Shape& shape, const InputOptions& options = {});

struct LoadWeightsOptions {
    /// Layers by their names, those of other names left as they are; else by their order. Only of the older .h5.
    bool by_name = false;
    /// Leave what does not fit as it is, with a warning: in Keras's own formats a layer with other weights or shapes,
    /// in the older .h5 a layer with more or fewer weights, or a single weight of another shape.
    bool skip_mismatch = false;
    /// Gets what was left; default: to std::cerr.
    std::function<void(const std::string&)> on_warning = {};
};

enum class SummaryStyle { keras3, classic };

struct SummaryOptions {
    int line_length = 0;                 ///< 0: Keras's default for the style (and, on a terminal, its width)
    std::vector<double> positions = {};  ///< relative column ends; empty: Keras's
    bool expand_nested = false;
    bool show_trainable = false;
    std::vector<std::string> layer_range = {};  ///< first and last layer's name (regular expressions), or empty
    /// Markhor's own columns, right of Keras's, 12 characters each beyond line_length: what a layer computes and what
    /// its outputs take, for one image at inference (a layer called twice: both times), with the totals below. A
    /// multiply-add counts as two FLOPs. summary() then throws ShapeError for a model with other unknown sizes than the
    /// batch's.
    bool show_flops = false;
    bool show_memory = false;
    SummaryStyle style = SummaryStyle::keras3;
    std::function<void(const std::string&)> print_fn = {};  ///< gets the whole text, once; default: the standard output
};

/// verbose: 0 silent, 1 a progress line (where the output is no terminal: one line an epoch, as 2), 2 one line an
/// epoch; -1, Keras's "auto", is 1.
struct FitOptions {
    /// Default: 32, or with steps_per_epoch so many that the steps of one epoch see all examples.
    std::optional<std::int64_t> batch_size = std::nullopt;
    int epochs = 1;
    int verbose = -1;
    double validation_split = 0.0;
    std::optional<Dataset> validation_data = std::nullopt;
    bool shuffle = true;
    /// Of the loss of each class; those missing weigh 1. For models with one output.
    std::map<std::int64_t, double> class_weight = {};
    /// What each element of the loss weighs: (examples,), or of any shape with the examples first that NumPy's rules
    /// spread over the losses: of maps (examples, height, width) or (examples, 1, 1), of sequences (examples, steps).
    /// One for each output, or one of (examples,) for all. validation_split takes its part of it.
    Tensors sample_weight = {};
    int initial_epoch = 0;
    /// Batches of an epoch; 0: all there are. The next epoch goes on with the next batches, and where there are none
    /// left an epoch ends early (with a warning) and the next begins anew, shuffled anew.
    std::int64_t steps_per_epoch = 0;
    std::int64_t validation_steps = 0;       ///< batches of each validation, from the first one on; 0: all
    std::int64_t validation_batch_size = 0;  ///< 0: batch_size
    int validation_freq = 1;
    std::vector<std::shared_ptr<Callback>> callbacks = {};
    std::ostream* output = nullptr;  ///< where progress goes; default: std::cout
};

struct EvaluateOptions {
    /// Default: 32, or with steps so many that the steps see all examples.
    std::optional<std::int64_t> batch_size = std::nullopt;
    int verbose = -1;
    Tensors sample_weight = {};
    std::int64_t steps = 0;  ///< batches, from the first one on; 0: all
    std::vector<std::shared_ptr<Callback>> callbacks = {};
    std::ostream* output = nullptr;
};

struct PredictOptions {
    /// Default: 32, or with steps so many that the steps see all examples.
    std::optional<std::int64_t> batch_size = std::nullopt;
    int verbose = 0;         ///< Keras's default is "auto"; a library that prints at each prediction serves nobody
    std::int64_t steps = 0;  ///< batches, from the first one on; 0: all
    std::vector<std::shared_ptr<Callback>> callbacks = {};
    std::ostream* output = nullptr;
};

struct OnBatchOptions {
    Tensors sample_weight = {};
    std::map<std::int64_t, double> class_weight = {};
};

/// A network: a layer made of layers. Copies are the same model.
class Model : public Layer {
public:
    struct Options {
        std::vector<SymbolicTensor> inputs;
        std::vector<SymbolicTensor> outputs;
        std::string name = {};
    };
    /// Model({.inputs = {x}, .outputs = {y}}). Throws ValueError where an output does not depend on the inputs alone,
    /// or two layers have one name.
    explicit Model(const Options& options);
    explicit Model(std::shared_ptr<ModelBase> base);

    /// Without InputLayers for a Sequential, with them otherwise, as in Keras.
    std::vector<Layer> layers() const;
    /// Throws ValueError listing the names there are.
    Layer get_layer(const std::string& name) const;
    /// What a model inside another network begins and ends with; empty for a Sequential that has no shapes yet.
    std::vector<SymbolicTensor> inputs() const;
    std::vector<SymbolicTensor> outputs() const;
    std::vector<Shape> input_shapes() const;
    std::vector<Shape> output_shapes() const;

    using Layer::operator();
    /// A call on values, Keras's model(x): what the model (its first output) says to one batch, of any size, at
    /// inference. Of several inputs: model({a, b}), or by their names. As predict_on_batch(); predict() cuts much data
    /// into batches.
    Tensor operator()(const Tensors& x) const;

    /// Prints Keras's table on the standard output or through print_fn.
    void summary(const SummaryOptions& options = {}) const;
    /// The same text, into a stream.
    void summary(std::ostream& output, const SummaryOptions& options = {}) const;
    std::string summary_text(const SummaryOptions& options = {}) const;

    /// What is given for several outputs in another number than theirs, or by names that they do not have, is refused
    /// by fit() and the others, which know the outputs: ValueError.
    void compile(const CompileOptions& options);

    // Of several inputs and outputs: fit({x1, x2}, {y1, y2}) in the model's order, or by name,
    // fit({{"image", x1}, {"numbers", x2}}, {{"kind", y1}, {"age", y2}}). An output without loss and metrics needs no
    // target where they are given by name.
    History fit(const Dataset& data, const FitOptions& options = {});
    History fit(const Tensors& x, const Tensors& y, const FitOptions& options = {});
    /// "loss" and the metrics. Of several outputs as Keras names them: "loss", all losses' sum (each times its weight),
    /// "NAME_loss" of each output, "NAME_METRIC".
    Logs evaluate(const Dataset& data, const EvaluateOptions& options = {}) const;
    Logs evaluate(const Tensors& x, const Tensors& y, const EvaluateOptions& options = {}) const;
    /// The outputs (the first one's, for a model of several) for all of x. Safe to call from several threads at once.
    Tensor predict(const Tensors& x, const PredictOptions& options = {}) const;
    Tensor predict(std::initializer_list<Tensor> x, const PredictOptions& options = {}) const;
    Tensor predict(const Dataset& data, const PredictOptions& options = {}) const;
    /// The same of all outputs, in the model's order.
    std::vector<Tensor> predict_outputs(const Tensors& x, const PredictOptions& options = {}) const;
    std::vector<Tensor> predict_outputs(const Dataset& data, const PredictOptions& options = {}) const;
    /// One optimizer step on one batch: the loss before it, and the metrics of this batch alone.
    Logs train_on_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options = {});
    /// The loss and the metrics of one batch; no weight changes.
    Logs test_on_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options = {}) const;
    /// What the model (its first output) says to one batch, of any size.
    Tensor predict_on_batch(const Tensors& x) const;

    Optimizer optimizer() const;
    void set_stop_training(bool stop = true) const;
    bool stop_training() const;

    /// Keras's .weights.h5. Written beside, synced, renamed: a reader or a crash never sees half a file.
    void save_weights(const std::filesystem::path& file) const;
    /// From a .weights.h5, a .keras, or an older .h5 (of weights, or of a whole model, by Keras 1 to 3). Throws
    /// FileError naming the weight that is missing or has another shape, and ValueError for by_name where the file is
    /// no older .h5; then no weight has changed.
    void load_weights(const std::filesystem::path& file, const LoadWeightsOptions& options = {});

    /// The whole model: config, weights, and what it was compiled with. Keras's own format for a name that ends with
    /// .keras, its older one for .h5; both open in Keras and with load_model() (markhor/saving.hpp). Written beside,
    /// synced, renamed.
    void save(const std::filesystem::path& file) const;
    /// The architecture without weights, as Keras's to_json() writes it; model_from_json() reads it.
    std::string to_json() const;
    /// The "config" in it.
    std::string get_config() const;

    const std::shared_ptr<ModelBase>& model_base() const noexcept { return model_; }

protected:
    std::shared_ptr<ModelBase> model_;
};

/// What a Sequential is made of: layers, and first, if wanted, an Input.
class SequentialItem {
public:
    SequentialItem(const Layer& layer) : layer_(layer) {}           // NOLINT(google-explicit-constructor)
    SequentialItem(const SymbolicTensor& input) : input_(input) {}  // NOLINT(google-explicit-constructor)
    const std::optional<Layer>& layer() const noexcept { return layer_; }
    const SymbolicTensor& input() const noexcept { return input_; }

private:
    std::optional<Layer> layer_;
    SymbolicTensor input_;
};

struct SequentialOptions {
    std::string name = {};
};

/// A chain of layers. Without an Input it is built when first given data (or by build()).
class Sequential : public Model {
public:
    using Options = SequentialOptions;
    Sequential(std::initializer_list<SequentialItem> items = {}, const Options& options = {});
    explicit Sequential(const std::vector<SequentialItem>& items, const Options& options = {});
    /// A handle on a model that is one, where what load_model() gives is to be changed. Throws ValueError for another.
    static Sequential of(const Model& model);
    void add(const SequentialItem& item);
    /// Takes the last layer off and returns it. The layers before it keep their weights; compile() again before
    /// training. Throws ValueError where there is none.
    Layer pop();
    /// input_shape with its batch axis: {None, 28, 28, 1}.
    void build(const Shape& input_shape);

private:
    explicit Sequential(std::shared_ptr<ModelBase> base) : Model(std::move(base)) {}
};

}  // namespace markhor
