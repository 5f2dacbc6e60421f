#include <condition_variable>
#include <deque>
#include <exception>
#include <markhor/dataset.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "data/order.hpp"

namespace markhor {

class Batches::State {
public:
    State(const Dataset& data, const BatchOptions& options) : data_(data), options_(options) {
        if (options.batch_size < 1) {
            throw ValueError("Dataset::batches: batch_size is " + std::to_string(options.batch_size) +
                             "; at least 1 is wanted");
        }
        if (options.prefetch < 0) {
            throw ValueError("Dataset::batches: prefetch is " + std::to_string(options.prefetch) +
                             "; at least 0 is wanted");
        }
        order_ =
            options.shuffle ? data::permutation(data.size(), options.seed, options.epoch) : data::in_order(data.size());
        count_ = options.drop_remainder ? data.size() / options.batch_size
                                        : (data.size() + options.batch_size - 1) / options.batch_size;
        if (options.prefetch > 0 && count_ > 0) thread_ = std::thread([this] { read_ahead(); });
    }

    ~State() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    std::int64_t count() const noexcept { return count_; }

    bool next(Batch& batch) {
        if (given_ == count_) return false;
        if (!thread_.joinable()) {
            batch = read(given_++);
            return true;
        }
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !ready_.empty() || error_; });
        if (ready_.empty()) std::rethrow_exception(error_);
        batch = std::move(ready_.front());
        ready_.pop_front();
        ++given_;
        lock.unlock();
        changed_.notify_all();
        return true;
    }

private:
    Batch read(std::int64_t number) const {
        const std::int64_t begin = number * options_.batch_size;
        const std::int64_t items = std::min(options_.batch_size, data_.size() - begin);
        Batch batch{Tensor(data_.x_shape().with_batch(items), DType::float32),
                    Tensor(data_.y_shape().with_batch(items), data_.y_dtype())};
        data_.read(std::span(order_).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(items)), batch.x,
                   batch.y, options_.epoch);
        return batch;
    }

    void read_ahead() {
        try {
            for (std::int64_t number = 0; number < count_; ++number) {
                {
                    std::unique_lock lock(mutex_);
                    changed_.wait(lock, [&] {
                        return stopping_ || static_cast<std::int64_t>(ready_.size()) < options_.prefetch;
                    });
                    if (stopping_) return;
                }
                Batch batch = read(number);
                {
                    const std::lock_guard lock(mutex_);
                    ready_.push_back(std::move(batch));
                }
                changed_.notify_all();
            }
        } catch (...) {
            {
                const std::lock_guard lock(mutex_);
                error_ = std::current_exception();
            }
            changed_.notify_all();
        }
    }

    const Dataset data_;
    const BatchOptions options_;
    std::vector<std::int64_t> order_;
    std::int64_t count_ = 0;
    std::int64_t given_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Batch> ready_;
    std::exception_ptr error_;
    bool stopping_ = false;
    std::thread thread_;
};

Batches::Batches(const Dataset& data, const BatchOptions& options) : state_(std::make_unique<State>(data, options)) {}
Batches::~Batches() = default;
Batches::Batches(Batches&&) noexcept = default;
Batches& Batches::operator=(Batches&&) noexcept = default;
std::int64_t Batches::size() const { return state_->count(); }
bool Batches::next(Batch& batch) { return state_->next(batch); }

}  // namespace markhor
