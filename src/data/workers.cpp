#include "data/workers.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/parallel.hpp"

namespace markhor::data {
namespace {

constexpr std::int64_t max_helpers = 15;

class Job {
public:
    Job(std::int64_t count, std::int64_t helpers, const std::function<void(std::int64_t)>& body)
        : helpers_wanted(helpers), count_(count), body_(body), first_(count) {}

    /// Takes items until none is left. Items come in order, so those below a failed one were all taken before it.
    void work() {
        for (std::int64_t i = next_++; i < first_; i = next_++) {
            try {
                body_(i);
            } catch (...) {
                const std::lock_guard lock(mutex_);
                if (i < first_) {
                    first_ = i;
                    error_ = std::current_exception();
                }
            }
        }
    }

    void rethrow() const {
        if (first_ < count_) std::rethrow_exception(error_);
    }

    // Guarded by the pool's mutex.
    std::int64_t helpers_wanted;
    std::int64_t helpers_at_work = 0;

private:
    const std::int64_t count_;
    const std::function<void(std::int64_t)>& body_;
    std::atomic<std::int64_t> next_ = 0;
    std::atomic<std::int64_t> first_;  // the lowest item that failed
    std::mutex mutex_;
    std::exception_ptr error_;
};

/// Threads that help with whichever job is queued. The caller of a job does all of it that nobody else takes, so a job
/// waits only for items that are being worked on, and jobs within jobs cannot block each other.
class Workers {
public:
    static Workers& instance() {
        static Workers workers;
        return workers;
    }

    void run(Job& job) {
        {
            const std::lock_guard lock(mutex_);
            try {
                while (static_cast<std::int64_t>(threads_.size()) < job.helpers_wanted) {
                    threads_.emplace_back([this] { help(); });
                }
            } catch (const std::system_error&) {  // no more to be had: those that there are do it
            }
            jobs_.push_back(&job);
        }
        wake_.notify_all();
        job.work();
        std::unique_lock lock(mutex_);
        std::erase(jobs_, &job);
        done_.wait(lock, [&] { return job.helpers_at_work == 0; });
    }

    ~Workers() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }

private:
    Workers() = default;

    void help() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
            if (stopping_) return;
            Job& job = *jobs_.front();
            if (--job.helpers_wanted == 0) jobs_.pop_front();
            ++job.helpers_at_work;
            lock.unlock();
            job.work();
            lock.lock();
            // Under the lock: the job is gone as soon as its caller sees this.
            if (--job.helpers_at_work == 0) done_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    std::deque<Job*> jobs_;
    std::vector<std::thread> threads_;
    bool stopping_ = false;
};

}  // namespace

void for_each(std::int64_t count, const std::function<void(std::int64_t)>& body) {
    const std::int64_t helpers = std::min<std::int64_t>({count - 1, num_threads() - 1, max_helpers});
    Job job(count, helpers, body);
    if (helpers > 0) {
        Workers::instance().run(job);
    } else {
        job.work();
    }
    job.rethrow();
}

}  // namespace markhor::data
