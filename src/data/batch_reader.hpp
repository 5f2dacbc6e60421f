// A data set's examples batch by batch, the next ones read on a thread of their own while one is used.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <markhor/dataset.hpp>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace markhor {

class BatchReader {
public:
    /// The examples in this order, from batch `first` on; the last batch has what is left. `data` is kept by reference.
    /// The epoch matters to data that is augmented. So many batches are read ahead of the one in use; 0: each is read
    /// in next().
    BatchReader(const Dataset& data, std::vector<std::int64_t> order, std::int64_t batch_size, std::int64_t first = 0,
                std::int64_t epoch = 0, std::int64_t prefetch = 2);
    ~BatchReader();
    BatchReader(const BatchReader&) = delete;
    BatchReader& operator=(const BatchReader&) = delete;

    std::int64_t batches() const noexcept { return batches_; }
    /// The next batch, valid until the next call; null after the last. Throws what reading it threw.
    const Batch* next();

private:
    struct Slot {
        Batch batch;
        std::exception_ptr error;
    };
    void read_all();
    void read(Slot& slot, std::int64_t index) const;

    const Dataset* data_;
    const std::vector<std::int64_t> order_;
    const std::int64_t batch_size_;
    const std::int64_t batches_;
    const std::int64_t epoch_;
    std::vector<Slot> slots_;  // one in use, the others ready or being filled
    std::mutex mutex_;
    std::condition_variable changed_;
    std::int64_t filled_;  // batches that were read, and taken: numbers of the next ones
    std::int64_t taken_;
    bool in_use_ = false;  // the batch before taken_ is
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace markhor
