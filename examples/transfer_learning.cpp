// Transfer learning as in Keras's guide (https://keras.io/guides/transfer_learning/): a backbone that knows five kinds
// of clothes learns the other five from 200 pictures. First a new pooled head on the frozen backbone, then all of it at
// a low rate, with BatchNormalization left as it is.
#include <cstdio>
#include <markhor/markhor.hpp>
#include <vector>
namespace keras = markhor;
using namespace markhor::layers;
using markhor::optimizers::Adam;

namespace {

// The first `count` pictures whose class is one of five from `first` on, with labels 0 to 4.
keras::Dataset five_classes(const keras::Dataset& all, std::int32_t first, std::int64_t count) {
    std::vector<std::int64_t> wanted;
    std::vector<std::int32_t> classes;
    for (const keras::Batch& batch : all.batches({.batch_size = 1000})) {
        for (std::size_t i = 0; i < batch.items.size(); ++i) {
            const std::int32_t label = batch.y.data<std::int32_t>()[i] - first;
            if (label < 0 || label >= 5 || std::ssize(wanted) == count) continue;
            wanted.push_back(batch.items[i]);
            classes.push_back(label);
        }
    }
    keras::Tensor images({std::ssize(wanted), 28, 28, 1}, keras::DType::float32);
    auto labels = keras::Tensor::from({std::ssize(classes)}, classes);
    auto unused = labels.clone();
    all.read(wanted, images, unused);
    return {images, labels};
}

keras::Sequential backbone() {
    return keras::Sequential({keras::Input({28, 28, 1}), Conv2D(16, {3, 3}, {.activation = "relu"}),
                              MaxPooling2D({2, 2}), BatchNormalization(), Conv2D(32, {3, 3}, {.activation = "relu"}),
                              MaxPooling2D({2, 2}), BatchNormalization(), Conv2D(64, {3, 3}, {.activation = "relu"})},
                             {.name = "backbone"});
}

keras::Model with_head(const keras::Model& base) {
    const auto image = keras::Input({28, 28, 1});
    auto x = base(image, {.training = false});  // BatchNormalization as at inference, whatever is trained
    x = GlobalAveragePooling2D()(x);
    x = Dropout(0.2)(x);
    return keras::Model({.inputs = {image}, .outputs = {Dense(5, {.activation = "softmax"})(x)}});
}

void compile(keras::Model& model, double learning_rate) {
    model.compile({.optimizer = Adam({.learning_rate = learning_rate}),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
}

}  // namespace

int main() {
    keras::set_random_seed(1);
    const auto [train, test] = keras::data::fashion_mnist();

    // A network that was trained on much data; here on T-shirts, trousers, pullovers, dresses and coats.
    auto base = backbone();
    auto pretrained = keras::Sequential({base, GlobalAveragePooling2D(), Dense(5, {.activation = "softmax"})});
    compile(pretrained, 3e-3);
    pretrained.fit(five_classes(train, 0, 6000), {.batch_size = 64, .epochs = 2, .verbose = 2});

    // Sandals, shirts, sneakers, bags and boots: few pictures.
    const auto few = five_classes(train, 5, 200);
    const auto unseen = five_classes(test, 5, 1000);

    base.set_trainable(false);
    auto model = with_head(base);
    compile(model, 1e-2);
    model.fit(few, {.epochs = 40, .verbose = 0});
    const double head = model.evaluate(unseen, {.verbose = 0}).at("accuracy");

    base.set_trainable(true);
    compile(model, 1e-3);  // low, so that the backbone does not forget; compiled anew, for trainable has changed
    model.fit(few, {.epochs = 20, .verbose = 0});
    const double tuned = model.evaluate(unseen, {.verbose = 0}).at("accuracy");

    std::printf("accuracy with the new head %.3f, then fine-tuned %.3f\n", head, tuned);
    if (tuned > head) std::printf("fine-tuning helped\n");
}
