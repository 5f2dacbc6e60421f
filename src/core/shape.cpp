#include <limits>
#include <markhor/error.hpp>
#include <markhor/shape.hpp>

namespace markhor {

std::int64_t Shape::dim(std::int64_t axis) const {
    const auto rank = static_cast<std::int64_t>(dims_.size());
    const std::int64_t index = axis < 0 ? axis + rank : axis;
    if (index < 0 || index >= rank) {
        throw ShapeError("axis " + std::to_string(axis) + " is outside the shape " + str());
    }
    return dims_[static_cast<std::size_t>(index)];
}

bool Shape::is_known() const noexcept {
    for (const std::int64_t dim : dims_) {
        if (dim < 0) return false;
    }
    return true;
}

std::int64_t Shape::elements() const {
    std::int64_t product = 1;
    for (const std::int64_t dim : dims_) {
        if (dim < 0) throw ShapeError("the shape " + str() + " has no count of elements: an axis is None");
        if (dim != 0 && product > std::numeric_limits<std::int64_t>::max() / dim) {
            throw ShapeError("the shape " + str() + " has more elements than 64 bits can count");
        }
        product *= dim;
    }
    return product;
}

Shape Shape::with_batch(std::int64_t batch) const {
    Shape result;
    result.dims_.reserve(dims_.size() + 1);
    result.dims_.push_back(batch);
    result.dims_.insert(result.dims_.end(), dims_.begin(), dims_.end());
    return result;
}

Shape Shape::without_batch() const {
    if (dims_.empty()) throw ShapeError("a scalar has no batch axis to leave out");
    return Shape(std::vector<std::int64_t>(dims_.begin() + 1, dims_.end()));
}

std::string Shape::str() const {
    std::string text = "(";
    for (std::size_t i = 0; i < dims_.size(); ++i) {
        if (i > 0) text += ", ";
        text += dims_[i] < 0 ? "None" : std::to_string(dims_[i]);
    }
    if (dims_.size() == 1) text += ",";
    return text + ")";
}

}  // namespace markhor
