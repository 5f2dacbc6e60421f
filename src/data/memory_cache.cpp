// What was read once is kept in memory, as far as there is room.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <vector>

#include "data/view.hpp"
#include "data/workers.hpp"

namespace markhor::data {
namespace {

/// x as bytes where that loses nothing: images before rescaling take a quarter of the memory.
std::vector<std::byte> packed(const Tensor& x, bool& as_bytes) {
    const auto values = x.data<float>();
    as_bytes = std::ranges::all_of(values, [](float value) {
        return value >= 0 && value <= 255 && value == static_cast<float>(static_cast<int>(value)) &&
               !std::signbit(value);
    });
    if (as_bytes) {
        std::vector<std::byte> bytes(values.size());
        std::ranges::transform(values, bytes.begin(), [](float value) { return static_cast<std::byte>(value); });
        return bytes;
    }
    const auto bytes = std::as_bytes(values);
    return {bytes.begin(), bytes.end()};
}

void unpack(const std::vector<std::byte>& bytes, bool as_bytes, std::span<float> values) {
    if (!as_bytes) {
        if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
        return;
    }
    std::ranges::transform(bytes, values.begin(),
                           [](std::byte byte) { return static_cast<float>(std::to_integer<int>(byte)); });
}

class MemoryCache final : public View {
public:
    MemoryCache(SourcePtr base, std::size_t limit)
        : View(std::move(base)), entries_(static_cast<std::size_t>(size())), room_(limit) {}

    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        std::vector<std::int64_t> missing;
        std::vector<std::int64_t> places;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (entry(items[i]).filled.load(std::memory_order_acquire)) continue;
            missing.push_back(items[i]);
            places.push_back(static_cast<std::int64_t>(i));
        }
        if (missing.size() == items.size()) {
            base_->read_epoch(epoch, items, x, y);
            for (std::size_t i = 0; i < items.size(); ++i) keep(items[i], x, y, static_cast<std::int64_t>(i));
            return;
        }
        if (!missing.empty()) fill(epoch, missing, places, x, y);
        std::vector<bool> done(items.size(), false);
        for (const std::int64_t place : places) done[static_cast<std::size_t>(place)] = true;
        for_each(static_cast<std::int64_t>(items.size()), [&](std::int64_t i) {
            if (done[static_cast<std::size_t>(i)]) return;
            const Entry& from = entry(items[static_cast<std::size_t>(i)]);
            Tensor one_x = example_of(x, i);
            unpack(from.x, from.as_bytes, one_x.data<float>());
            put_example(from.y, y, i);
        });
    }

private:
    struct Entry {
        std::vector<std::byte> x;
        bool as_bytes = false;
        Tensor y;
        std::atomic<bool> filled = false;  // set last: then the rest is read without the mutex
    };

    Entry& entry(std::int64_t item) const { return entries_[static_cast<std::size_t>(item)]; }

    void fill(std::int64_t epoch, const std::vector<std::int64_t>& missing, const std::vector<std::int64_t>& places,
              Tensor& into_x, Tensor& into_y) const {
        Tensor x = base_x(missing.size());
        Tensor y = base_y(missing.size());
        base_->read_epoch(epoch, missing, x, y);
        for (std::size_t i = 0; i < missing.size(); ++i) {
            const auto at = static_cast<std::int64_t>(i);
            keep(missing[i], x, y, at);
            put_example(example_of(x, at), into_x, places[i]);
            put_example(example_of(y, at), into_y, places[i]);
        }
    }

    /// Where there is room.
    void keep(std::int64_t item, const Tensor& x, const Tensor& y, std::int64_t at) const {
        Entry& into = entry(item);
        if (full_.load(std::memory_order_relaxed)) return;
        bool as_bytes = false;
        std::vector<std::byte> bytes = packed(example_of(x, at), as_bytes);
        Tensor label = example_of(y, at).clone();
        const std::size_t needed = bytes.size() + label.bytes();
        const std::lock_guard lock(mutex_);
        if (into.filled.load(std::memory_order_relaxed)) return;  // another reader was faster
        if (needed > room_) {
            full_.store(true, std::memory_order_relaxed);
            return;
        }
        room_ -= needed;
        into.x = std::move(bytes);
        into.as_bytes = as_bytes;
        into.y = std::move(label);
        into.filled.store(true, std::memory_order_release);
    }

    mutable std::mutex mutex_;
    mutable std::vector<Entry> entries_;
    mutable std::size_t room_;  // guarded by the mutex
    mutable std::atomic<bool> full_ = false;
};

}  // namespace

SourcePtr cached_in_memory(SourcePtr base, std::size_t limit) {
    return std::make_shared<MemoryCache>(std::move(base), limit);
}

}  // namespace markhor::data
