// A model given by its inputs and outputs.
#pragma once

#include <string>

#include "model/model_base.hpp"

namespace markhor {

class FunctionalModel final : public ModelBase {
public:
    /// An empty name asks for Keras's automatic one ("functional"). Throws ValueError as Model's constructor says.
    static std::shared_ptr<FunctionalModel> make(std::vector<SymbolicTensor> inputs,
                                                 std::vector<SymbolicTensor> outputs, std::string name);

    std::string_view class_name() const override { return "Functional"; }
    void describe(FieldVisitor& /*visitor*/) override {}
};

}  // namespace markhor
