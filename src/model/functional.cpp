#include "model/functional.hpp"

namespace markhor {

std::shared_ptr<FunctionalModel> FunctionalModel::make(std::vector<SymbolicTensor> inputs,
                                                       std::vector<SymbolicTensor> outputs, std::string name) {
    auto model = std::make_shared<FunctionalModel>();
    model->finish_construction(std::move(name));
    model->set_graph(std::move(inputs), std::move(outputs));
    std::vector<Shape> shapes;
    for (const SymbolicTensor& input : model->inputs()) shapes.push_back(input.shape());
    model->ensure_built(shapes);
    return model;
}

}  // namespace markhor
