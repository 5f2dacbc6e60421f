// Dataset::map and the sets that a user's function makes.
#include <algorithm>
#include <cstring>
#include <vector>

#include "data/memory_source.hpp"
#include "data/view.hpp"
#include "data/workers.hpp"

namespace markhor::data {

void put_example(const Tensor& from, Tensor& batch, std::int64_t item) {
    if (from.bytes() == 0) return;
    std::memcpy(static_cast<std::byte*>(batch.raw()) + static_cast<std::size_t>(item) * from.bytes(), from.raw(),
                from.bytes());
}

namespace {

void check(const char* where, const std::string& example, const char* what, const Tensor& tensor, const Shape& shape,
           DType dtype) {
    if (tensor.defined() && tensor.shape() == shape && tensor.dtype() == dtype) return;
    const std::string came =
        tensor.defined() ? std::string(name_of(tensor.dtype())) + " " + tensor.shape().str() : "an empty Tensor";
    throw ShapeError(std::string(where) + ": " + example + ": the function gave " + what + " as " + came + "; " +
                     std::string(name_of(dtype)) + " " + shape.str() + " is wanted");
}

class Mapped final : public View {
public:
    Mapped(SourcePtr base, std::function<void(Example&)> function, const MapOptions& options)
        : View(std::move(base)),
          function_(std::move(function)),
          x_shape_(options.x_shape.value_or(base_->x_shape())),
          y_shape_(options.y_shape.value_or(base_->y_shape())),
          y_dtype_(options.y_dtype.value_or(base_->y_dtype())) {
        if (!function_) throw ValueError("Dataset::map was given no function");
    }
    Shape x_shape() const override { return x_shape_; }
    Shape y_shape() const override { return y_shape_; }
    DType y_dtype() const override { return y_dtype_; }
    std::int64_t label(std::int64_t) const override { return -1; }  // the function may change it

    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        const Tensor from_x = base_x(items.size());
        const Tensor from_y = base_y(items.size());
        // The tensors share their elements: what is read into the copies is in these.
        Tensor into_x = from_x;
        Tensor into_y = from_y;
        base_->read_epoch(epoch, items, into_x, into_y);
        for_each(static_cast<std::int64_t>(items.size()), [&](std::int64_t i) {
            const std::int64_t index = items[static_cast<std::size_t>(i)];
            Example example{example_of(from_x, i), example_of(from_y, i), epoch, index};
            function_(example);
            check("Dataset::map", base_->name(index), "x", example.x, x_shape_, DType::float32);
            check("Dataset::map", base_->name(index), "y", example.y, y_shape_, y_dtype_);
            put_example(example.x, x, i);
            put_example(example.y, y, i);
        });
    }

private:
    const std::function<void(Example&)> function_;
    const Shape x_shape_;
    const Shape y_shape_;
    const DType y_dtype_;
};

class Made final : public DatasetSource {
public:
    Made(std::int64_t size, Dataset::Function function) : size_(size), function_(std::move(function)) {
        if (size < 1)
            throw ValueError("Dataset::from_function: size is " + std::to_string(size) + "; at least 1 is wanted");
        if (!function_) throw ValueError("Dataset::from_function was given no function");
        const auto [x, y] = function_(0);
        if (!x.defined() || !y.defined()) {
            throw ValueError("Dataset::from_function: the function gave an empty Tensor; an x and a y are wanted");
        }
        if (x.dtype() != DType::float32) {
            throw ValueError("Dataset::from_function: the function gave x as " + std::string(name_of(x.dtype())) +
                             "; float32 is wanted");
        }
        x_shape_ = x.shape();
        y_shape_ = y.shape();
        y_dtype_ = y.dtype();
    }
    std::int64_t size() const override { return size_; }
    Shape x_shape() const override { return x_shape_; }
    Shape y_shape() const override { return y_shape_; }
    DType y_dtype() const override { return y_dtype_; }
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        for_each(static_cast<std::int64_t>(items.size()), [&](std::int64_t i) {
            const std::int64_t index = items[static_cast<std::size_t>(i)];
            const auto [one_x, one_y] = function_(index);
            check("Dataset::from_function", name(index), "x", one_x, x_shape_, DType::float32);
            check("Dataset::from_function", name(index), "y", one_y, y_shape_, y_dtype_);
            put_example(one_x, x, i);
            put_example(one_y, y, i);
        });
    }

private:
    const std::int64_t size_;
    const Dataset::Function function_;
    Shape x_shape_;
    Shape y_shape_;
    DType y_dtype_ = DType::int32;
};

Tensor stacked(const std::vector<Tensor>& examples, const char* what) {
    const Tensor& first = examples.front();
    if (!first.defined()) throw ValueError(std::string("Dataset::from_generator: the generator gave no ") + what);
    Tensor all(first.shape().with_batch(static_cast<std::int64_t>(examples.size())), first.dtype());
    for (std::size_t i = 0; i < examples.size(); ++i) {
        check("Dataset::from_generator", "example " + std::to_string(i), what, examples[i], first.shape(),
              first.dtype());
        put_example(examples[i], all, static_cast<std::int64_t>(i));
    }
    return all;
}

}  // namespace

SourcePtr mapped(SourcePtr base, std::function<void(Example&)> function, const MapOptions& options) {
    return std::make_shared<Mapped>(std::move(base), std::move(function), options);
}

}  // namespace markhor::data

namespace markhor {

Dataset Dataset::from_function(std::int64_t size, Function function) {
    return Dataset(std::make_shared<data::Made>(size, std::move(function)));
}

Dataset Dataset::from_generator(const Generator& generator) {
    if (!generator) throw ValueError("Dataset::from_generator was given no generator");
    std::vector<Tensor> xs;
    std::vector<Tensor> ys;
    while (auto example = generator()) {
        xs.push_back(std::move(example->first));
        ys.push_back(std::move(example->second));
    }
    if (xs.empty()) throw ValueError("Dataset::from_generator: the generator gave no example; at least one is wanted");
    return Dataset(data::stacked(xs, "x"), data::stacked(ys, "y"));
}

}  // namespace markhor
