#include "insight/measurement.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <markhor/error.hpp>
#include <markhor/optimizers.hpp>
#include <utility>

namespace markhor::insight {
namespace {

struct Batch {
    Tensor x;
    Tensor y;
};

/// The first `count` images (again from the start where there are fewer), grey ones as three equal channels.
Batch colour_batch(const Dataset& data, std::int64_t count) {
    std::vector<std::int64_t> items;
    for (std::int64_t i = 0; i < count; ++i) items.push_back(i % data.size());
    const Shape shape = data.x_shape();
    Batch batch{Tensor(shape.with_batch(count), DType::float32),
                Tensor(data.y_shape().with_batch(count), data.y_dtype())};
    data.read(items, batch.x, batch.y);
    if (shape[2] == 3) return batch;
    if (shape[2] != 1) {
        throw ShapeError("case study: the images are " + shape.str() + "; 1 or 3 channels are wanted");
    }
    Tensor colour(Shape({count, shape[0], shape[1], 3}), DType::float32);
    const std::span<const float> grey = std::as_const(batch.x).data<float>();
    const std::span<float> pixels = colour.data<float>();
    for (std::size_t i = 0; i < grey.size(); ++i)
        std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, grey[i]);
    batch.x = std::move(colour);
    return batch;
}

}  // namespace

Model compiled_network(const Head& head, const Shape& image, std::int64_t classes, const CaseStudyOptions& options,
                       std::int64_t train_images) {
    clear_session();
    set_random_seed(options.seed);
    Model model =
        any_network(head, image, classes, options.recipe.augment ? augmentation_layers() : std::vector<Layer>{});
    const std::int64_t batches =
        (train_images + options.batch_size - 1) / std::max<std::int64_t>(1, options.batch_size);
    model.compile({.optimizer = make_optimizer(options.recipe, options.learning_rate, batches * options.epochs),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"},
                   .checkpointing = options.checkpointing});
    return model;
}

SizeResult measure_size(const Head& head, std::int64_t size, const Dataset& data, std::int64_t classes,
                        const CaseStudyOptions& options) {
    Model model = compiled_network(head, {size, size, 3}, classes, options, options.timed_batch);
    SizeResult result{.head = head.name, .size = size, .cost = cost(model, options.timed_batch)};
    if (std::ranges::find(options.timed_sizes, size) == options.timed_sizes.end()) return result;

    const Batch batch = colour_batch(data.resized(size, size), options.timed_batch);
    double fastest = std::numeric_limits<double>::infinity();
    for (int step = 0; step <= options.timed_steps; ++step) {
        if (options.stop_requested && options.stop_requested()) break;
        const auto begin = std::chrono::steady_clock::now();
        (void)model.train_on_batch(batch.x, batch.y);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        if (step > 0) fastest = std::min(fastest, took.count());  // the first one also plans
    }
    if (fastest < std::numeric_limits<double>::infinity()) result.step_seconds = fastest;
    return result;
}

}  // namespace markhor::insight
