// A model with two inputs and two outputs: what kind of stripes an image has, and a number that depends on a table too.
#include <cstdio>
#include <markhor/markhor.hpp>
#include <random>
namespace keras = markhor;
using namespace markhor::layers;

int main() {
    keras::set_random_seed(1);
    constexpr std::int64_t count = 512;
    keras::Tensor images({count, 8, 8, 1}, keras::DType::float32), table({count, 3}, keras::DType::float32);
    keras::Tensor kinds({count}, keras::DType::int32), ages({count, 1}, keras::DType::float32);
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    auto pixel = images.data<float>().begin();
    auto number = table.data<float>().begin();
    for (std::size_t i = 0; i < count; ++i) {
        const bool upright = i % 2 == 0;
        kinds.data<std::int32_t>()[i] = upright ? 1 : 0;
        for (int k = 0; k < 64; ++k) *pixel++ = uniform(random) + ((upright ? k % 8 : k / 8) < 4 ? 1.0F : -1.0F);
        float sum = upright ? 1.0F : 0.0F;
        for (int k = 0; k < 3; ++k) sum += * number++ = uniform(random);
        ages.data<float>()[i] = sum;
    }

    const auto image = keras::Input({8, 8, 1}, {.name = "image"});
    const auto numbers = keras::Input({3}, {.name = "numbers"});
    const auto features = Flatten()(Conv2D(8, {3, 3}, {.activation = "relu"})(image));
    const auto kind = Dense(2, {.activation = "softmax", .name = "kind"})(features);
    const auto age = Dense(1, {.name = "age"})(Concatenate()({kind, Dense(8, {.activation = "relu"})(numbers)}));

    keras::Model model({.inputs = {image, numbers}, .outputs = {kind, age}});
    model.compile({.optimizer = "adam",
                   .loss = {{"kind", "sparse_categorical_crossentropy"}, {"age", "mse"}},
                   .loss_weights = {{"kind", 1.0}, {"age", 0.2}},
                   .metrics = {{"kind", {"accuracy"}}, {"age", {"mae"}}}});
    model.fit({images, table}, {{"kind", kinds}, {"age", ages}}, {.epochs = 10});

    for (const auto& [name, value] :
         model.evaluate({images, table}, {{"kind", kinds}, {"age", ages}}, {.verbose = 0})) {
        std::printf("%s %.3f\n", name.c_str(), value);  // age_loss, age_mae, kind_accuracy, kind_loss, loss
    }
    const std::vector<keras::Tensor> both = model.predict_outputs(keras::Tensors{images, table});
    std::printf("%zu outputs for each of %lld images\n", both.size(), static_cast<long long>(both[0].shape()[0]));
}
