#include "insight/networks.hpp"

#include <algorithm>
#include <markhor/applications.hpp>
#include <markhor/error.hpp>
#include <markhor/layers.hpp>

namespace markhor::insight {

using namespace layers;

const std::vector<Head>& heads() {
    static const std::vector<Head> all = {
        {.name = "flatten",
         .title = "Flatten",
         .layers =
             [](const Shape& /*map*/) {
                 return std::vector<SequentialItem>{Flatten(), Dropout(0.3), Dense(64, {.activation = "relu"}),
                                                    Dense(32, {.activation = "relu"})};
             }},
        {.name = "gap",
         .title = "GlobalAveragePooling2D",
         .pools = true,
         .layers =
             [](const Shape& /*map*/) {
                 return std::vector<SequentialItem>{GlobalAveragePooling2D(), Dropout(0.3)};
             }},
        {.name = "gmp",
         .title = "GlobalMaxPooling2D",
         .pools = true,
         .layers =
             [](const Shape& /*map*/) {
                 return std::vector<SequentialItem>{GlobalMaxPooling2D(), Dropout(0.3)};
             }},
        {.name = "both",
         .title = "GlobalAverage + MaxPooling2D",
         .pools = true,
         .layers =
             [](const Shape& map) {
                 const SymbolicTensor x = Input(map);
                 const Model pooled({.inputs = {x},
                                     .outputs = {Concatenate()({GlobalAveragePooling2D()(x), GlobalMaxPooling2D()(x)})},
                                     .name = "average_and_max"});
                 return std::vector<SequentialItem>{pooled, Dropout(0.3)};
             }},
    };
    return all;
}

Head head(const std::string& name) {
    const auto found = std::ranges::find(heads(), name, &Head::name);
    if (found != heads().end()) return *found;
    const std::vector<std::string> zoo = applications::network_names();
    if (std::ranges::find(zoo, name) != zoo.end()) return {.name = name, .title = name, .pools = true};
    std::string names;
    for (const Head& each : heads()) names += (names.empty() ? "" : ", ") + each.name;
    throw ValueError("there is no head '" + name + "'; there are " + names +
                     ", and the networks of keras.applications");
}

Model any_network(const Head& head, const Shape& image, std::int64_t classes, const std::vector<Layer>& augmentation) {
    if (head.layers != nullptr) return network(head, image, classes, augmentation);
    Model made = applications::make_network(head.name, {.input_shape = image, .classes = classes});
    if (augmentation.empty()) return made;
    const SymbolicTensor x = Input(image);
    SymbolicTensor changed = x;
    for (const Layer& layer : augmentation) changed = layer(changed);
    return Model({.inputs = {x}, .outputs = {made(changed)}, .name = "augmented_" + made.name()});
}

Sequential network(const Head& head, const Shape& image, std::int64_t classes, const std::vector<Layer>& augmentation) {
    if (image.rank() != 3) {
        throw ShapeError("network: the images are " + image.str() + "; (height, width, channels) is wanted");
    }
    if (classes < 2) {
        throw ValueError("network: " + std::to_string(classes) + " class was given; two or more are wanted");
    }
    std::vector<SequentialItem> items = {Input(image)};
    items.insert(items.end(), augmentation.begin(), augmentation.end());
    const std::vector<SequentialItem> backbone = {
        Conv2D(32, {3, 3}, {.activation = "relu"}), Conv2D(32, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}, {.strides = {2, 2}}),  BatchNormalization(),
        Conv2D(64, {3, 3}, {.activation = "relu"}), Conv2D(64, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}, {.strides = {2, 2}}),  BatchNormalization(),
    };
    items.insert(items.end(), backbone.begin(), backbone.end());
    const auto last_side = [](std::int64_t side) { return std::max<std::int64_t>(1, ((side - 4) / 2 - 4) / 2); };
    for (const SequentialItem& item : head.layers({last_side(image[0]), last_side(image[1]), 64}))
        items.push_back(item);
    items.emplace_back(Dense(classes, {.activation = "softmax"}));
    return Sequential(items);
}

}  // namespace markhor::insight
