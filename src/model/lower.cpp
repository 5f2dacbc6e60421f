// A model as a graph of ops for one batch size.
#include <markhor/error.hpp>

#include "model/model_base.hpp"

namespace markhor {

LoweredModel lower(const ModelBase& model, std::int64_t batch, bool training) {
    model.check_ready();
    LoweredModel lowered;
    for (std::size_t i = 0; i < model.inputs().size(); ++i) {
        const SymbolicTensor& input = model.inputs()[i];
        const std::string& name = input.node()->layer->name();
        Shape shape = input.shape();
        if (shape.rank() == 0) throw ShapeError(name + ": an input without a batch axis cannot be run");
        if (shape[0] != None && shape[0] != batch) {
            throw ShapeError(name + ": a batch of " + std::to_string(batch) + " was given; the input's shape is " +
                             shape.str());
        }
        shape[0] = batch;
        if (!shape.is_known()) {
            throw ShapeError(name + ": the input's shape " + input.shape().str() +
                             " has other unknown sizes than the batch's; such a model can be described but not run");
        }
        lowered.inputs.push_back(lowered.graph.placeholder("input_" + std::to_string(i), {input.dtype(), shape}));
    }
    if (training) lowered.seed = lowered.graph.placeholder("seed", {DType::int64, {2}});
    CallContext context{lowered.graph, training, lowered.seed};
    lowered.outputs = model.lower(context, lowered.inputs);
    lowered.losses = std::move(context.losses);
    lowered.graph.set_outputs(lowered.outputs);
    return lowered;
}

}  // namespace markhor
