#include "training/host_array.hpp"

#include <algorithm>
#include <numeric>

#include "ops/elementwise.hpp"
#include "training/element.hpp"

namespace markhor {
namespace {

// `longer` has one axis of size 1 at its end that `shorter` lacks.
void match_one(Shape& longer, Shape& shorter, bool expand_rank_1) {
    if (longer.rank() != shorter.rank() + 1 || longer.back() != 1) return;
    if (shorter.rank() == 1 && expand_rank_1) {
        shorter = Shape{shorter[0], 1};
    } else {
        longer = Shape(std::vector<std::int64_t>(longer.begin(), longer.end() - 1));
    }
}

}  // namespace

double HostArray::sum() const { return std::accumulate(values.begin(), values.end(), 0.0); }

HostArray host_array(const Tensor& tensor) {
    HostArray array{tensor.shape(), std::vector<double>(static_cast<std::size_t>(tensor.size()))};
    for (std::size_t i = 0; i < array.size(); ++i) array.values[i] = element(tensor, i);
    return array;
}

void match_ranks(Shape& a, Shape& b, bool expand_rank_1) {
    match_one(a, b, expand_rank_1);
    match_one(b, a, expand_rank_1);
}

void match_ranks(HostArray& a, HostArray& b, bool expand_rank_1) { match_ranks(a.shape, b.shape, expand_rank_1); }

HostArray mean_from(const HostArray& array, std::size_t axis) {
    if (axis >= array.rank()) return array;
    HostArray means{Shape(std::vector<std::int64_t>(array.shape.begin(), array.shape.begin() + static_cast<int>(axis))),
                    {}};
    const auto rows = static_cast<std::size_t>(means.shape.elements());
    const std::size_t each = rows == 0 ? 0 : array.size() / rows;
    for (std::size_t row = 0; row < rows; ++row) {
        const auto begin = array.values.begin() + static_cast<std::ptrdiff_t>(row * each);
        means.values.push_back(std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(each), 0.0) /
                               static_cast<double>(each));
    }
    return means;
}

HostArray broadcast_to(const HostArray& array, const Shape& shape) {
    if (array.shape == shape) return array;
    if (ops::broadcast(array.shape, shape) != shape) {
        throw ShapeError("an array of shape " + array.shape.str() + " cannot be spread over " + shape.str());
    }
    const std::size_t added = shape.rank() - array.rank();
    std::vector<std::size_t> strides(shape.rank(), 0);
    std::size_t stride = 1;
    for (std::size_t axis = shape.rank(); axis-- > added;) {
        const auto size = static_cast<std::size_t>(array.shape[axis - added]);
        if (size != 1) strides[axis] = stride;
        stride *= size;
    }
    HostArray spread{shape, std::vector<double>(static_cast<std::size_t>(shape.elements()))};
    for (std::size_t i = 0; i < spread.size(); ++i) {
        std::size_t from = 0;
        std::size_t rest = i;
        for (std::size_t axis = shape.rank(); axis-- > 0;) {
            const auto size = static_cast<std::size_t>(shape[axis]);
            from += rest % size * strides[axis];
            rest /= size;
        }
        spread.values[i] = array.values[from];
    }
    return spread;
}

std::size_t argmax(const HostArray& array, std::size_t begin, std::size_t count) {
    const auto first = array.values.begin() + static_cast<std::ptrdiff_t>(begin);
    return static_cast<std::size_t>(std::max_element(first, first + static_cast<std::ptrdiff_t>(count)) - first);
}

}  // namespace markhor
