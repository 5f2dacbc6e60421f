// Model's training functions: a word each to its trainer.
#include <algorithm>
#include <markhor/model.hpp>

#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor {

void Model::compile(const CompileOptions& options) { model_->trainer().compile(options); }

History Model::fit(const Dataset& data, const FitOptions& options) {
    return model_->trainer().fit(*this, data, options);
}

History Model::fit(const Tensors& x, const Tensors& y, const FitOptions& options) {
    return fit(Dataset(x, y), options);
}

Logs Model::evaluate(const Dataset& data, const EvaluateOptions& options) const {
    return model_->trainer().evaluate(data, options);
}

Logs Model::evaluate(const Tensors& x, const Tensors& y, const EvaluateOptions& options) const {
    return evaluate(Dataset(x, y), options);
}

Tensor Model::predict(const Tensors& x, const PredictOptions& options) const {
    return predict_outputs(x, options).front();
}

Tensor Model::predict(std::initializer_list<Tensor> x, const PredictOptions& options) const {
    return predict(Tensors(x), options);
}

Tensor Model::predict(const Dataset& data, const PredictOptions& options) const {
    return predict_outputs(data, options).front();
}

std::vector<Tensor> Model::predict_outputs(const Tensors& x, const PredictOptions& options) const {
    return model_->trainer().predict(x, options);
}

std::vector<Tensor> Model::predict_outputs(const Dataset& data, const PredictOptions& options) const {
    return model_->trainer().predict(data, options);
}

Logs Model::train_on_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options) {
    return model_->trainer().train_on_batch(x, y, options);
}

Logs Model::test_on_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options) const {
    return model_->trainer().test_on_batch(x, y, options);
}

Tensor Model::predict_on_batch(const Tensors& x) const {
    const std::int64_t size = x.defined() && x.values().front().shape().rank() > 0 ? x.values().front().shape()[0] : 1;
    return predict(x, {.batch_size = std::max<std::int64_t>(1, size)});
}

Tensor Model::operator()(const Tensors& x) const { return predict_on_batch(x); }

Optimizer Model::optimizer() const { return model_->trainer().options().optimizer; }

void Model::set_stop_training(bool stop) const { model_->trainer().set_stop_training(stop); }

bool Model::stop_training() const { return model_->trainer().stop_training(); }

}  // namespace markhor
