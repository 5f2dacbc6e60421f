// Small arrays of doubles on the host, with the few of NumPy's rules that metrics need.
#pragma once

#include <markhor/shape.hpp>
#include <markhor/tensor.hpp>
#include <vector>

namespace markhor {

struct HostArray {
    Shape shape;
    std::vector<double> values;

    std::size_t rank() const noexcept { return shape.rank(); }
    std::size_t size() const noexcept { return values.size(); }
    double sum() const;
};

HostArray host_array(const Tensor& tensor);
/// Keras's squeeze_or_expand_to_same_rank: an axis of size 1 at the end that only one has is added to an array of rank
/// 1 (unless told not to) and dropped from one of higher rank.
void match_ranks(HostArray& a, HostArray& b, bool expand_rank_1 = true);
/// The same for shapes alone.
void match_ranks(Shape& a, Shape& b, bool expand_rank_1 = true);
/// Means over the axes from `axis` on, which are dropped.
HostArray mean_from(const HostArray& array, std::size_t axis);
/// Spread by NumPy's rules. Throws ShapeError where they do not allow it.
HostArray broadcast_to(const HostArray& array, const Shape& shape);
/// The first of the largest of `count` elements from `begin`.
std::size_t argmax(const HostArray& array, std::size_t begin, std::size_t count);

}  // namespace markhor
