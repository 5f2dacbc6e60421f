// Dataset: a handle on a source, and the views that slice, scale or resize what another source reads.
#include <markhor/dataset.hpp>
#include <utility>

#include "data/memory_source.hpp"
#include "data/resize.hpp"

namespace markhor {
namespace {

using SourcePtr = std::shared_ptr<const DatasetSource>;

/// A source that changes what another one reads; each view overrides its one difference.
class View : public DatasetSource {
public:
    explicit View(SourcePtr base) : base_(std::move(base)) {}
    std::int64_t size() const override { return base_->size(); }
    Shape x_shape() const override { return base_->x_shape(); }
    Shape y_shape() const override { return base_->y_shape(); }
    DType y_dtype() const override { return base_->y_dtype(); }

protected:
    SourcePtr base_;
};

class Slice final : public View {
public:
    Slice(SourcePtr base, std::int64_t begin, std::int64_t end) : View(std::move(base)), begin_(begin), end_(end) {}
    std::int64_t size() const override { return end_ - begin_; }
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        std::vector<std::int64_t> moved(items.begin(), items.end());
        for (std::int64_t& item : moved) item += begin_;
        base_->read(moved, x, y);
    }

private:
    std::int64_t begin_;
    std::int64_t end_;
};

class Rescaled final : public View {
public:
    Rescaled(SourcePtr base, double scale, double offset) : View(std::move(base)), scale_(scale), offset_(offset) {}
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        base_->read(items, x, y);
        // In double, so that 1 / 255 as factor gives the float that a division by 255 gives.
        for (float& value : x.data<float>()) {
            value = static_cast<float>(static_cast<double>(value) * scale_ + offset_);
        }
    }

private:
    double scale_;
    double offset_;
};

class Resized final : public View {
public:
    Resized(SourcePtr base, std::int64_t height, std::int64_t width)
        : View(std::move(base)), height_(height), width_(width) {}
    Shape x_shape() const override { return {height_, width_, base_->x_shape().back()}; }
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        Tensor source(base_->x_shape().with_batch(static_cast<std::int64_t>(items.size())), DType::float32);
        base_->read(items, source, y);
        data::resize_images(source, x);
    }

private:
    std::int64_t height_;
    std::int64_t width_;
};

}  // namespace

Dataset::Dataset(Tensor x, Tensor y) : source_(std::make_shared<data::MemorySource>(std::move(x), std::move(y))) {}

Dataset::Dataset(std::shared_ptr<const DatasetSource> source, std::vector<std::string> class_names)
    : source_(std::move(source)), class_names_(std::move(class_names)) {
    if (source_ == nullptr) throw ValueError("a Dataset was given no source");
}

std::int64_t Dataset::size() const { return source_->size(); }
Shape Dataset::x_shape() const { return source_->x_shape(); }
Shape Dataset::y_shape() const { return source_->y_shape(); }
DType Dataset::y_dtype() const { return source_->y_dtype(); }

void Dataset::read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const {
    const auto count = static_cast<std::int64_t>(items.size());
    const auto check = [](const char* what, const Tensor& tensor, const Shape& shape, DType dtype) {
        if (tensor.shape() == shape && tensor.dtype() == dtype) return;
        throw ShapeError(std::string("Dataset::read: ") + what + " was given as " + std::string(name_of(tensor.dtype())) + " " +
                         tensor.shape().str() + "; " + std::string(name_of(dtype)) + " " + shape.str() + " is wanted");
    };
    check("x", x, x_shape().with_batch(count), DType::float32);
    check("y", y, y_shape().with_batch(count), y_dtype());
    for (const std::int64_t item : items) {
        if (item < 0 || item >= size()) {
            throw ValueError("Dataset::read: example " + std::to_string(item) + " was asked for; there are " +
                             std::to_string(size()));
        }
    }
    source_->read(items, x, y);
}

Dataset Dataset::slice(std::int64_t begin, std::int64_t end) const {
    if (begin < 0 || end < begin || end > size()) {
        throw ValueError("Dataset::slice: examples " + std::to_string(begin) + " to " + std::to_string(end) +
                         " were asked for; there are " + std::to_string(size()));
    }
    return Dataset(std::make_shared<Slice>(source_, begin, end), class_names_);
}

Dataset Dataset::rescaled(double scale, double offset) const {
    return Dataset(std::make_shared<Rescaled>(source_, scale, offset), class_names_);
}

Dataset Dataset::resized(std::int64_t height, std::int64_t width) const {
    const Shape shape = x_shape();
    if (shape.rank() != 3) {
        throw ShapeError("Dataset::resized: the examples are " + shape.str() + "; images (height, width, channels) are wanted");
    }
    if (height < 1 || width < 1) {
        throw ValueError("Dataset::resized: a size of " + std::to_string(height) + "x" + std::to_string(width) +
                         " was given; at least 1x1 is wanted");
    }
    if (shape[0] == height && shape[1] == width) return *this;
    return Dataset(std::make_shared<Resized>(source_, height, width), class_names_);
}

Dataset Dataset::with_class_names(std::vector<std::string> names) const { return Dataset(source_, std::move(names)); }

}  // namespace markhor
