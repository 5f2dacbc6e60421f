#include "model/batches.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/random.hpp"

namespace markhor {

std::vector<std::int64_t> plain_order(std::int64_t count) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    return order;
}

std::vector<std::int64_t> shuffled_order(std::int64_t count, std::uint64_t seed, std::uint64_t stream) {
    std::vector<std::int64_t> order = plain_order(count);
    Random random(seed, stream);
    for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
    return order;
}

BatchReader::BatchReader(const Dataset& data, std::vector<std::int64_t> order, std::int64_t batch_size,
                         std::int64_t first)
    : data_(&data),
      order_(std::move(order)),
      batch_size_(batch_size),
      batches_((static_cast<std::int64_t>(order_.size()) + batch_size - 1) / batch_size),
      filled_(first),
      taken_(first),
      thread_([this] { read_all(); }) {}

BatchReader::~BatchReader() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void BatchReader::read(Slot& slot, std::int64_t index) const {
    const auto begin = static_cast<std::size_t>(index * batch_size_);
    const std::size_t count = std::min(order_.size() - begin, static_cast<std::size_t>(batch_size_));
    Batch& batch = slot.batch;
    batch.index = index;
    batch.items = std::span(order_).subspan(begin, count);
    const Shape x_shape = data_->x_shape().with_batch(static_cast<std::int64_t>(count));
    if (!batch.x.defined() || batch.x.shape() != x_shape) {
        batch.x = Tensor(x_shape, DType::float32);
        batch.y = Tensor(data_->y_shape().with_batch(static_cast<std::int64_t>(count)), data_->y_dtype());
    }
    data_->read(batch.items, batch.x, batch.y);
}

void BatchReader::read_all() {
    for (std::int64_t index = filled_; index < batches_; ++index) {
        Slot& slot = slots_[static_cast<std::size_t>(index) % slots_.size()];
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] {
                const std::int64_t held = filled_ - taken_ + (in_use_ ? 1 : 0);
                return stop_ || held < static_cast<std::int64_t>(slots_.size());
            });
            if (stop_) return;
        }
        try {
            read(slot, index);
        } catch (...) {
            slot.error = std::current_exception();
        }
        {
            const std::lock_guard lock(mutex_);
            filled_ = index + 1;
        }
        changed_.notify_all();
        if (slot.error) return;
    }
}

const Batch* BatchReader::next() {
    std::unique_lock lock(mutex_);
    in_use_ = false;
    changed_.notify_all();
    if (taken_ == batches_) return nullptr;
    changed_.wait(lock, [&] { return filled_ > taken_; });
    Slot& slot = slots_[static_cast<std::size_t>(taken_) % slots_.size()];
    if (slot.error) std::rethrow_exception(slot.error);
    ++taken_;
    in_use_ = true;
    return &slot.batch;
}

}  // namespace markhor
