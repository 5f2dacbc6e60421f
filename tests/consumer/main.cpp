// What a user of an installed Markhor writes first. It fails where a layer did not register itself or nothing runs.
#include <iostream>
#include <markhor/markhor.hpp>

namespace keras = markhor;
using namespace markhor::layers;

int main() {
    auto model = keras::Sequential({
        keras::Input({8, 8, 1}),
        Conv2D(4, {3, 3}, {.activation = "relu"}),
        GlobalAveragePooling2D(),
        Dense(2, {.activation = "softmax"}),
    });
    const keras::Tensor probabilities = model.predict(keras::Tensor::full({3, 8, 8, 1}, 0.5F));
    const bool right = model.count_params() == 50 && probabilities.shape() == keras::Shape({3, 2});
    std::cout << "consumer: " << model.count_params() << " parameters, " << (right ? "as expected" : "NOT 50") << "\n";
    return right ? 0 : 1;
}
