// A source that changes what another one reads; each view overrides its one difference.
#pragma once

#include <array>
#include <markhor/dataset.hpp>
#include <memory>
#include <utility>
#include <vector>

namespace markhor::data {

using SourcePtr = std::shared_ptr<const DatasetSource>;

class View : public DatasetSource {
public:
    explicit View(SourcePtr base) : base_(std::move(base)) {}
    std::int64_t size() const override { return base_->size(); }
    Shape x_shape() const override { return base_->x_shape(); }
    Shape y_shape() const override { return base_->y_shape(); }
    DType y_dtype() const override { return base_->y_dtype(); }
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const final { read_epoch(0, items, x, y); }
    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override = 0;
    /// The base's, the first of each as this view has it.
    ExampleParts parts() const override {
        ExampleParts all = base_->parts();
        all.x.front().shape = x_shape();
        all.y.front() = {all.y.front().name, y_shape(), y_dtype()};
        return all;
    }
    void read_more(std::int64_t epoch, std::span<const std::int64_t> items, std::span<Tensor> x,
                   std::span<Tensor> y) const override {
        base_->read_more(epoch, base_items(epoch, items), x, y);
    }
    std::string name(std::int64_t item) const override { return base_->name(item); }
    std::vector<std::string> skipped() const override { return base_->skipped(); }
    std::int64_t label(std::int64_t item) const override { return base_->label(item); }

protected:
    /// The base's numbers of these examples.
    virtual std::vector<std::int64_t> base_items(std::int64_t /*epoch*/, std::span<const std::int64_t> items) const {
        return {items.begin(), items.end()};
    }
    /// Room for what the base reads.
    Tensor base_x(std::size_t items) const {
        return {base_->x_shape().with_batch(static_cast<std::int64_t>(items)), DType::float32};
    }
    Tensor base_y(std::size_t items) const {
        return {base_->y_shape().with_batch(static_cast<std::int64_t>(items)), base_->y_dtype()};
    }

    const SourcePtr base_;
};

/// One example of a batch, its elements shared, without the batch axis.
inline Tensor example_of(const Tensor& batch, std::int64_t item) {
    return batch.slice(item, item + 1).reshaped(batch.shape().without_batch());
}

/// Copies `from` into example `item` of the batch, both of one type and shape.
void put_example(const Tensor& from, Tensor& batch, std::int64_t item);

// The views in files of their own.
SourcePtr mapped(SourcePtr base, std::function<void(Example&)> function, const MapOptions& options);
/// Of as many examples as `limit` bytes hold.
SourcePtr cached_in_memory(SourcePtr base, std::size_t limit);
/// These of the base's examples, in this order; `skipped` says what was left out.
SourcePtr selected(SourcePtr base, std::vector<std::int64_t> items, std::vector<std::string> skipped);
SourcePtr cached_in_file(const SourcePtr& base, const std::filesystem::path& file);

}  // namespace markhor::data
