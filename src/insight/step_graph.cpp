#include "insight/step_graph.hpp"

#include <markhor/error.hpp>

#include "model/trainer.hpp"

namespace markhor::insight {

graph::Graph training_graph(const ModelBase& model, std::int64_t batch) {
    Shape shape = model.outputs()[0].shape();
    shape[0] = batch;
    try {
        return model.trainer().training_graph(batch, {DType::float32, shape});
    } catch (const ShapeError&) {
        const std::vector<std::int64_t> labels(shape.begin(), shape.end() - 1);
        return model.trainer().training_graph(batch, {DType::int32, Shape(labels)});
    }
}

}  // namespace markhor::insight
