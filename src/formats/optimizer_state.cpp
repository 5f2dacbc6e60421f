#include "formats/optimizer_state.hpp"

#include "formats/compile_config.hpp"
#include "formats/saved_model.hpp"
#include "model/trainer.hpp"
#include "training/optimizer.hpp"

namespace markhor::formats {

OptimizerState optimizer_state(const ModelBase& model) {
    if (!model.trainer().compiled()) return {};
    const CompileOptions& options = model.trainer().options();
    const nlohmann::json config = compile_config(options);
    return {config["optimizer"]["config"]["name"].get<std::string>(), options.optimizer.base()->variables()};
}

std::vector<VariablePtr> expected_state(const ModelBase& model, std::size_t count, const std::string& where,
                                        const ReadLimits& limits) {
    OptimizerBase& optimizer = *model.trainer().options().optimizer.base();
    const auto fitting = [&]() -> std::vector<VariablePtr> {
        std::vector<VariablePtr> variables = optimizer.variables();
        if (variables.size() == count) return variables;
        if (variables.size() == count + 1 && variables[1]->name == "learning_rate") {
            variables.erase(variables.begin() + 1);
            return variables;
        }
        return {};
    };
    std::vector<VariablePtr> variables = fitting();
    if (!variables.empty()) return variables;
    optimizer.build(model.trainable_weights());
    variables = fitting();
    if (variables.empty()) {
        limits.warn(where + ": " + std::to_string(count) + " variables, which are not the optimizer's; it starts anew");
    }
    return variables;
}

}  // namespace markhor::formats
