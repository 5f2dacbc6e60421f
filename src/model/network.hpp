// The calls between a model's inputs and outputs, found by walking back from the outputs, in Keras's order.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "layers/layer_base.hpp"

namespace markhor {

struct Network {
    std::vector<std::shared_ptr<const CallNode>> calls;  ///< each after those it depends on
    std::vector<std::shared_ptr<LayerBase>> layers;      ///< each once: by decreasing depth, then as the walk met them
};

/// Throws ValueError, starting with the model's name, where an input is not an Input(), an output depends on an Input()
/// that is not among `inputs`, or two layers have one name.
Network map_network(const std::string& model, const std::vector<SymbolicTensor>& inputs,
                    const std::vector<SymbolicTensor>& outputs);

/// What is known of each symbolic tensor while the calls are walked: its shape, or its value in a graph.
template <class T>
class ByTensor {
public:
    void set(const SymbolicTensor& tensor, T value) {
        values_[{tensor.node().get(), tensor.index()}] = std::move(value);
    }
    void set(const CallNode& call, const std::vector<T>& outputs) {
        for (std::size_t i = 0; i < outputs.size(); ++i) values_[{&call, static_cast<int>(i)}] = outputs[i];
    }
    std::vector<T> all(const std::vector<SymbolicTensor>& tensors) const {
        std::vector<T> found;
        found.reserve(tensors.size());
        for (const SymbolicTensor& tensor : tensors) found.push_back(values_.at({tensor.node().get(), tensor.index()}));
        return found;
    }

private:
    std::map<std::pair<const CallNode*, int>, T> values_;
};

}  // namespace markhor
