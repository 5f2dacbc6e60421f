// clone_model: the network by its config, as a file would bring it, with new weights.
#include <markhor/cloning.hpp>

#include "formats/config.hpp"
#include "model/custom_layer.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor {
namespace {

/// The user's layers in the network, by the names that its config has for them.
void collect_custom(const std::vector<std::shared_ptr<LayerBase>>& layers, CustomObjects& objects) {
    for (const auto& layer : layers) {
        if (const auto* custom = dynamic_cast<const CustomLayer*>(layer.get())) {
            objects.emplace(custom->class_name(), custom->object());
        } else if (const auto* inner = dynamic_cast<const ModelBase*>(layer.get())) {
            collect_custom(inner->layers(), objects);
        }
    }
}

}  // namespace

Model clone_model(const Model& model) {
    ModelBase& base = *model.model_base();
    CustomObjects objects;
    collect_custom(base.layers(), objects);
    const CustomObjectScope scope(objects);
    Model made = formats::model_from_config(formats::layer_config(base), {});
    made.model_base()->trainer().set_image_input(base.trainer().image_input());
    return made;
}

Sequential clone_model(const Sequential& model) {
    return Sequential::of(clone_model(static_cast<const Model&>(model)));
}

}  // namespace markhor
