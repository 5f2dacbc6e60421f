// Dataset: a handle on a source, and the small views that slice, reorder, scale or resize what another source reads.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <markhor/dataset.hpp>
#include <mutex>
#include <utility>

#include "data/memory_source.hpp"
#include "data/order.hpp"
#include "data/resize.hpp"
#include "data/view.hpp"

namespace markhor {
namespace {

using data::SourcePtr;
using data::View;

class Slice final : public View {
public:
    Slice(SourcePtr base, std::int64_t begin, std::int64_t end) : View(std::move(base)), begin_(begin), end_(end) {}
    std::int64_t size() const override { return end_ - begin_; }
    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        base_->read_epoch(epoch, base_items(epoch, items), x, y);
    }
    std::string name(std::int64_t item) const override { return base_->name(item + begin_); }
    std::int64_t label(std::int64_t item) const override { return base_->label(item + begin_); }

private:
    std::vector<std::int64_t> base_items(std::int64_t, std::span<const std::int64_t> items) const override {
        std::vector<std::int64_t> moved(items.begin(), items.end());
        for (std::int64_t& item : moved) item += begin_;
        return moved;
    }

    std::int64_t begin_;
    std::int64_t end_;
};

class Rescaled final : public View {
public:
    Rescaled(SourcePtr base, double scale, double offset) : View(std::move(base)), scale_(scale), offset_(offset) {}
    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        base_->read_epoch(epoch, items, x, y);
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
    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        Tensor source = base_x(items.size());
        base_->read_epoch(epoch, items, source, y);
        data::resize_images(source, x);
    }

private:
    std::int64_t height_;
    std::int64_t width_;
};

class Shuffled final : public View {
public:
    Shuffled(SourcePtr base, std::uint64_t seed, bool reshuffle)
        : View(std::move(base)), seed_(seed), reshuffle_(reshuffle), first_(data::shuffled_order(size(), seed, 0)) {}
    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        base_->read_epoch(epoch, base_items(epoch, items), x, y);
    }
    std::string name(std::int64_t item) const override { return base_->name(first_[static_cast<std::size_t>(item)]); }
    std::int64_t label(std::int64_t item) const override {
        return base_->label(first_[static_cast<std::size_t>(item)]);
    }

private:
    std::vector<std::int64_t> base_items(std::int64_t epoch, std::span<const std::int64_t> items) const override {
        std::vector<std::int64_t> moved;
        const auto read_in = [&](const std::vector<std::int64_t>& order) {
            for (const std::int64_t item : items) moved.push_back(order[static_cast<std::size_t>(item)]);
        };
        if (epoch == 0 || !reshuffle_) {
            read_in(first_);
        } else {
            const std::lock_guard lock(mutex_);
            if (epoch != epoch_) order_ = data::shuffled_order(size(), seed_, static_cast<std::uint64_t>(epoch));
            epoch_ = epoch;
            read_in(order_);
        }
        return moved;
    }

    const std::uint64_t seed_;
    const bool reshuffle_;
    const std::vector<std::int64_t> first_;
    mutable std::mutex mutex_;
    mutable std::int64_t epoch_ = 0;
    mutable std::vector<std::int64_t> order_;  // of epoch_
};

class OneHot final : public View {
public:
    OneHot(SourcePtr base, std::int64_t classes) : View(std::move(base)), classes_(classes) {}
    Shape y_shape() const override { return {classes_}; }
    DType y_dtype() const override { return DType::float32; }
    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        Tensor classes = base_y(items.size());
        base_->read_epoch(epoch, items, x, classes);
        const Tensor numbers = classes.cast(DType::int64);
        std::ranges::fill(y.data<float>(), 0.0F);
        for (std::size_t i = 0; i < items.size(); ++i) {
            const std::int64_t number = numbers.data<std::int64_t>()[i];
            if (number < 0 || number >= classes_) {
                throw ValueError("Dataset::one_hot: " + base_->name(items[i]) + " is of class " +
                                 std::to_string(number) + "; 0 to " + std::to_string(classes_ - 1) + " are wanted");
            }
            y.data<float>()[i * static_cast<std::size_t>(classes_) + static_cast<std::size_t>(number)] = 1;
        }
    }

private:
    const std::int64_t classes_;
};

}  // namespace

void DatasetSource::read_epoch(std::int64_t /*epoch*/, std::span<const std::int64_t> items, Tensor& x,
                               Tensor& y) const {
    read(items, x, y);
}
ExampleParts DatasetSource::parts() const { return {{{{}, x_shape(), DType::float32}}, {{{}, y_shape(), y_dtype()}}}; }
void DatasetSource::read_more(std::int64_t /*epoch*/, std::span<const std::int64_t> /*items*/, std::span<Tensor> /*x*/,
                              std::span<Tensor> /*y*/) const {}
std::string DatasetSource::name(std::int64_t item) const { return "example " + std::to_string(item); }
std::vector<std::string> DatasetSource::skipped() const { return {}; }
std::int64_t DatasetSource::label(std::int64_t /*item*/) const { return -1; }

namespace {

void check_item(const char* where, std::int64_t item, std::int64_t size) {
    if (item >= 0 && item < size) return;
    throw ValueError(std::string(where) + ": example " + std::to_string(item) + " was asked for; there are " +
                     std::to_string(size));
}

}  // namespace

Dataset::Dataset(const Tensors& x, const Tensors& y) : source_(std::make_shared<data::MemorySource>(x, y)) {}

Dataset::Dataset(std::shared_ptr<const DatasetSource> source, std::vector<std::string> class_names)
    : source_(std::move(source)), class_names_(std::move(class_names)) {
    if (source_ == nullptr) throw ValueError("a Dataset was given no source");
}

std::int64_t Dataset::size() const { return source_->size(); }
Shape Dataset::x_shape() const { return source_->x_shape(); }
Shape Dataset::y_shape() const { return source_->y_shape(); }
DType Dataset::y_dtype() const { return source_->y_dtype(); }
ExampleParts Dataset::parts() const { return source_->parts(); }
std::vector<std::string> Dataset::skipped() const { return source_->skipped(); }

std::string Dataset::name(std::int64_t item) const {
    check_item("Dataset::name", item, size());
    return source_->name(item);
}

void Dataset::read(std::span<const std::int64_t> items, Tensor& x, Tensor& y, std::int64_t epoch) const {
    const auto count = static_cast<std::int64_t>(items.size());
    const auto check = [](const char* what, const Tensor& tensor, const Shape& shape, DType dtype) {
        if (tensor.shape() == shape && tensor.dtype() == dtype) return;
        throw ShapeError(std::string("Dataset::read: ") + what + " was given as " +
                         std::string(name_of(tensor.dtype())) + " " + tensor.shape().str() + "; " +
                         std::string(name_of(dtype)) + " " + shape.str() + " is wanted");
    };
    check("x", x, x_shape().with_batch(count), DType::float32);
    check("y", y, y_shape().with_batch(count), y_dtype());
    for (const std::int64_t item : items) check_item("Dataset::read", item, size());
    source_->read_epoch(epoch, items, x, y);
}

void Dataset::read(std::span<const std::int64_t> items, Batch& batch, std::int64_t epoch) const {
    const auto fit = [&](Tensor& tensor, const ExamplePart& part) {
        const Shape shape = part.shape.with_batch(static_cast<std::int64_t>(items.size()));
        const bool fits = tensor.defined() && tensor.shape() == shape && tensor.dtype() == part.dtype;
        if (!fits) tensor = Tensor(shape, part.dtype);
    };
    const auto fit_more = [&](std::vector<Tensor>& tensors, const std::vector<ExamplePart>& parts) {
        tensors.resize(parts.size() - 1);
        for (std::size_t i = 1; i < parts.size(); ++i) fit(tensors[i - 1], parts[i]);
    };
    const ExampleParts all = parts();
    fit(batch.x, all.x.front());
    fit(batch.y, all.y.front());
    fit_more(batch.more_x, all.x);
    fit_more(batch.more_y, all.y);
    batch.items = items;
    read(items, batch.x, batch.y, epoch);
    if (!batch.more_x.empty() || !batch.more_y.empty()) source_->read_more(epoch, items, batch.more_x, batch.more_y);
}

Dataset Dataset::slice(std::int64_t begin, std::int64_t end) const {
    if (begin < 0 || end < begin || end > size()) {
        throw ValueError("Dataset::slice: examples " + std::to_string(begin) + " to " + std::to_string(end) +
                         " were asked for; there are " + std::to_string(size()));
    }
    return Dataset(std::make_shared<Slice>(source_, begin, end), class_names_);
}

Dataset Dataset::take(std::int64_t count) const { return slice(0, count < 0 ? size() : std::min(count, size())); }
Dataset Dataset::skip(std::int64_t count) const { return slice(count < 0 ? size() : std::min(count, size()), size()); }

Dataset Dataset::shuffle(std::uint64_t seed, bool reshuffle_each_iteration) const {
    return Dataset(std::make_shared<Shuffled>(source_, seed, reshuffle_each_iteration), class_names_);
}

Dataset Dataset::map(std::function<void(Example&)> function, const MapOptions& options) const {
    return Dataset(data::mapped(source_, std::move(function), options), class_names_);
}

Dataset Dataset::cache() const { return cache(std::numeric_limits<std::size_t>::max()); }

Dataset Dataset::cache(std::size_t bytes) const {
    return Dataset(data::cached_in_memory(source_, bytes), class_names_);
}

Dataset Dataset::cache(const std::filesystem::path& file) const {
    return Dataset(data::cached_in_file(source_, file), class_names_);
}

Batches Dataset::batches(const BatchOptions& options) const { return {*this, options}; }

Dataset Dataset::one_hot(std::int64_t classes) const {
    const std::int64_t wanted = classes > 0 ? classes : static_cast<std::int64_t>(class_names_.size());
    if (classes < 0)
        throw ValueError("Dataset::one_hot: classes is " + std::to_string(classes) + "; at least 0 is expected");
    if (wanted < 1)
        throw ValueError("Dataset::one_hot: the number of classes is neither given nor known from class names");
    const Shape shape = y_shape();
    if ((shape.rank() != 0 && shape != Shape({1})) || y_dtype() == DType::float32) {
        throw ShapeError("Dataset::one_hot: y is " + std::string(name_of(y_dtype())) + " " + shape.str() +
                         "; one whole number an example is wanted");
    }
    return Dataset(std::make_shared<OneHot>(source_, wanted), class_names_);
}

Dataset Dataset::rescaled(double scale, double offset) const {
    if (!std::isfinite(scale) || !std::isfinite(offset)) {
        throw ValueError("Dataset::rescaled: a scale of " + fmt::format("{}", scale) + " and an offset of " +
                         fmt::format("{}", offset) + " were given; finite numbers are expected");
    }
    return Dataset(std::make_shared<Rescaled>(source_, scale, offset), class_names_);
}

Dataset Dataset::resized(std::int64_t height, std::int64_t width) const {
    const Shape shape = x_shape();
    if (shape.rank() != 3) {
        throw ShapeError("Dataset::resized: the examples are " + shape.str() +
                         "; images (height, width, channels) are wanted");
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
