// While a model is read from a file: its weights get memory but no values, which the file holds.
#pragma once

#include <cstddef>
#include <markhor/tensor.hpp>

namespace markhor {

/// While one lives, layers built on this thread leave their weights' elements undefined, and all of them together may
/// take so many bytes. Whoever makes one must set every weight, or let go of the model.
class PendingWeights {
public:
    explicit PendingWeights(std::size_t most_bytes);
    ~PendingWeights();
    PendingWeights(const PendingWeights&) = delete;
    PendingWeights& operator=(const PendingWeights&) = delete;

    /// Of this thread; null outside the life of one.
    static PendingWeights* current() noexcept;
    /// Throws ValueError, before anything is allocated, for a shape that exceeds what is left.
    Tensor allocate(const Shape& shape, DType dtype);

private:
    std::size_t most_;
    std::size_t left_;
    PendingWeights* outer_;
};

}  // namespace markhor
