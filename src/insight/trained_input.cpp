#include "insight/trained_input.hpp"

#include <algorithm>
#include <markhor/image_input.hpp>
#include <numeric>

namespace markhor::insight {
namespace {

/// Whether the first images of the set have no number beyond 0 to 1.
bool lies_in_unit(const Dataset& data) {
    constexpr std::int64_t looked_at = 16;
    std::vector<std::int64_t> items(static_cast<std::size_t>(std::min(looked_at, data.size())));
    std::iota(items.begin(), items.end(), 0);
    Tensor x(data.x_shape().with_batch(std::ssize(items)), DType::float32);
    Tensor y(data.y_shape().with_batch(std::ssize(items)), data.y_dtype());
    data.read(items, x, y);
    return std::ranges::all_of(std::as_const(x).data<float>(), [](float value) { return value >= 0 && value <= 1; });
}

}  // namespace

void record_image_input(const Model& model, const Dataset& train) {
    const Shape image = train.x_shape();
    if (image.rank() != 3) return;
    ImageInput input = stored_image_input(model).value_or(ImageInput());
    input.class_names = train.class_names();
    input.height = image[0];
    input.width = image[1];
    input.color_mode = image[2] == 1 ? "grayscale" : image[2] == 3 ? "rgb" : image[2] == 4 ? "rgba" : "";
    if (!input.scaling && lies_in_unit(train)) input.scaling = PixelScaling();
    set_image_input(model, input);
}

}  // namespace markhor::insight
