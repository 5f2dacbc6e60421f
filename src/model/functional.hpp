// A model given by its inputs and outputs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/model_base.hpp"

namespace markhor {

/// How Keras holds a model's inputs or outputs in Python, kept for the files: one tensor, a list, or a dict (then their
/// names, in the tensors' order).
struct EndsForm {
    bool is_list = false;
    std::vector<std::string> names = {};
};

class FunctionalModel final : public ModelBase {
public:
    /// An empty name asks for Keras's automatic one ("functional"). Throws ValueError as Model's constructor says.
    static std::shared_ptr<FunctionalModel> make(std::vector<SymbolicTensor> inputs,
                                                 std::vector<SymbolicTensor> outputs, std::string name);

    std::string_view class_name() const override { return "Functional"; }
    void describe(FieldVisitor& /*visitor*/) override {}

    /// By default one tensor alone, or a list of several.
    const EndsForm& input_form() const noexcept { return input_form_; }
    const EndsForm& output_form() const noexcept { return output_form_; }
    void set_forms(EndsForm of_inputs, EndsForm of_outputs) {
        input_form_ = std::move(of_inputs);
        output_form_ = std::move(of_outputs);
    }

private:
    EndsForm input_form_;
    EndsForm output_form_;
};

}  // namespace markhor
