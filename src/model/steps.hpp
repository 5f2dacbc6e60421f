// How many batches an epoch, an evaluation or a prediction has: all of the examples', or so many as were asked for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace markhor {

/// Batches of a fixed size over so many examples. Epochs of fewer steps than that go on in the pass over the examples
/// that the epoch before began; at the end of a pass an epoch ends, with fewer steps, and the next begins another pass
/// (keras.src.trainers.epoch_iterator).
class Steps {
public:
    /// steps = 0: all. Without a batch size it is 32, or with steps what sees all examples in them. At least 1 each.
    Steps(std::int64_t examples, std::optional<std::int64_t> batch_size, std::int64_t steps)
        : examples_(examples),
          batch_size_(std::clamp<std::int64_t>(batch_size.value_or(steps > 0 ? divided(examples, steps) : 32), 1,
                                               std::max<std::int64_t>(1, examples))),
          batches_(divided(examples, batch_size_)),
          steps_(steps > 0 ? steps : batches_) {}

    std::int64_t batch_size() const noexcept { return batch_size_; }
    /// Of an epoch: what progress counts to.
    std::int64_t asked() const noexcept { return steps_; }
    /// The number, in its pass, of an epoch's first batch. Epochs are counted from the run's first.
    std::int64_t first(std::int64_t epoch) const {
        return std::max<std::int64_t>(0, epoch) % divided(batches_, steps_) * steps_;
    }
    /// The batches that it has.
    std::int64_t count(std::int64_t epoch) const { return std::min(steps_, batches_ - first(epoch)); }
    /// Leaves of an order of examples those of the first batches.
    void cut(std::vector<std::int64_t>& order, std::int64_t batches) const {
        order.resize(static_cast<std::size_t>(examples_of(batches)));
    }
    /// How many examples the first batches have.
    std::int64_t examples_of(std::int64_t batches) const {
        return batches >= batches_ ? examples_ : batches * batch_size_;
    }

private:
    static std::int64_t divided(std::int64_t count, std::int64_t by) {
        return std::max<std::int64_t>(1, count / by + (count % by > 0 ? 1 : 0));
    }

    std::int64_t examples_;
    std::int64_t batch_size_;
    std::int64_t batches_;
    std::int64_t steps_;
};

}  // namespace markhor
