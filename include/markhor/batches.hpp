// Batches of a data set, read ahead on a thread of their own, for training loops written by hand:
//
//     for (const markhor::Batch& batch : train.batches({.batch_size = 32, .shuffle = true, .epoch = epoch})) { … }
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include <markhor/tensor.hpp>

namespace markhor {

class Dataset;

struct BatchOptions {
    std::int64_t batch_size = 32;
    bool shuffle = false;
    std::uint64_t seed = 0;       ///< with `epoch`, of the order
    std::int64_t epoch = 0;       ///< handed to the data set, whose augmentation depends on it
    bool drop_remainder = false;  ///< leave out the last batch where it is smaller
    std::int64_t prefetch = 2;    ///< batches read ahead, which so many wait in memory; 0: none, read as asked for
};

struct Batch {
    std::int64_t index = 0;               ///< 0 for the first batch
    std::span<const std::int64_t> items;  ///< the examples' numbers in the data set
    Tensor x, y;                          ///< (items…, shape of an example)
    std::vector<Tensor> more_x = {};      ///< the inputs beyond the first, where there are several
    std::vector<Tensor> more_y = {};      ///< and the targets

    const Tensor& input(std::size_t i) const { return i == 0 ? x : more_x.at(i - 1); }
    const Tensor& target(std::size_t i) const { return i == 0 ? y : more_y.at(i - 1); }
};

/// Yields each batch once, while the next two are read. Leaving it early is fine.
class Batches {
public:
    Batches(const Dataset& data, const BatchOptions& options);
    ~Batches();
    Batches(Batches&&) noexcept;
    Batches& operator=(Batches&&) noexcept;

    /// How many batches there are in all.
    std::int64_t size() const;
    /// The next batch, valid until the next call; null after the last. Throws what reading it threw.
    const Batch* next();

    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Batch;
        using difference_type = std::ptrdiff_t;
        using pointer = const Batch*;
        using reference = const Batch&;
        Iterator() = default;
        explicit Iterator(Batches* batches) : batches_(batches), batch_(batches->next()) {}
        reference operator*() const noexcept { return *batch_; }
        pointer operator->() const noexcept { return batch_; }
        Iterator& operator++() {
            batch_ = batches_->next();
            return *this;
        }
        bool operator==(const Iterator& other) const noexcept { return batch_ == other.batch_; }

    private:
        Batches* batches_ = nullptr;
        const Batch* batch_ = nullptr;
    };
    Iterator begin() { return Iterator(this); }
    static Iterator end() { return {}; }

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace markhor
