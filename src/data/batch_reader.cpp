#include "data/batch_reader.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "data/order.hpp"

namespace markhor {

BatchReader::BatchReader(const Dataset& data, std::vector<std::int64_t> order, std::int64_t batch_size,
                         std::int64_t first, std::int64_t epoch, std::int64_t prefetch)
    : data_(&data),
      order_(std::move(order)),
      batch_size_(batch_size),
      batches_((static_cast<std::int64_t>(order_.size()) + batch_size - 1) / batch_size),
      epoch_(epoch),
      slots_(static_cast<std::size_t>(std::clamp<std::int64_t>(prefetch, 0, std::max<std::int64_t>(batches_, 1))) + 1),
      filled_(first),
      taken_(first) {
    if (prefetch < 1) return;
    try {
        thread_ = std::thread([this] { read_all(); });
    } catch (const std::system_error&) {  // none to be had: next() reads by itself
    }
}

BatchReader::~BatchReader() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void BatchReader::read(Slot& slot, std::int64_t index) const {
    const auto begin = static_cast<std::size_t>(index * batch_size_);
    const std::size_t count = std::min(order_.size() - begin, static_cast<std::size_t>(batch_size_));
    slot.batch.index = index;
    data_->read(std::span(order_).subspan(begin, count), slot.batch, epoch_);
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
    if (!thread_.joinable()) {
        read(slots_[static_cast<std::size_t>(taken_) % slots_.size()], taken_);
        filled_ = taken_ + 1;
    }
    changed_.wait(lock, [&] { return filled_ > taken_; });
    Slot& slot = slots_[static_cast<std::size_t>(taken_) % slots_.size()];
    if (slot.error) std::rethrow_exception(slot.error);
    ++taken_;
    in_use_ = true;
    return &slot.batch;
}

/// A reader refers to its data, which are kept here.
struct Batches::State {
    State(const Dataset& set, const BatchOptions& options)
        : data(set), reader(data, order(set, options), options.batch_size, 0, options.epoch, options.prefetch) {}

    static std::vector<std::int64_t> order(const Dataset& set, const BatchOptions& options) {
        if (options.batch_size < 1) {
            throw ValueError("Dataset::batches: batch_size is " + std::to_string(options.batch_size) +
                             "; at least 1 is wanted");
        }
        if (options.prefetch < 0) {
            throw ValueError("Dataset::batches: got prefetch = " + std::to_string(options.prefetch) +
                             "; expected at least 0");
        }
        const auto stream = static_cast<std::uint64_t>(options.epoch);
        auto order =
            options.shuffle ? data::shuffled_order(set.size(), options.seed, stream) : data::plain_order(set.size());
        if (options.drop_remainder)
            order.resize(order.size() - order.size() % static_cast<std::size_t>(options.batch_size));
        return order;
    }

    const Dataset data;
    BatchReader reader;
};

Batches::Batches(const Dataset& data, const BatchOptions& options) : state_(std::make_unique<State>(data, options)) {}
Batches::~Batches() = default;
Batches::Batches(Batches&&) noexcept = default;
Batches& Batches::operator=(Batches&&) noexcept = default;
std::int64_t Batches::size() const { return state_->reader.batches(); }
const Batch* Batches::next() { return state_->reader.next(); }

}  // namespace markhor
