// What is done to labels and predictions around a model, element by element on the host.
#include <markhor/tensor_functions.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

namespace markhor {
namespace {

/// An axis counted from the front, and the sizes before and behind it.
struct Axis {
    Axis(const Shape& shape, std::int64_t axis, const char* function) {
        const auto rank = static_cast<std::int64_t>(shape.rank());
        if (axis < -rank || axis >= rank) {
            throw ShapeError(std::string(function) + ": axis " + std::to_string(axis) + " is outside the shape " +
                             shape.str());
        }
        number = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
        for (std::size_t i = 0; i < shape.rank(); ++i) {
            if (i < number) outer *= shape[i];
            if (i == number) size = shape[i];
            if (i > number) inner *= shape[i];
        }
    }
    std::size_t number = 0;
    std::int64_t outer = 1;
    std::int64_t size = 1;
    std::int64_t inner = 1;
};

template <class T>
bool is_nan(T value) {
    if constexpr (std::is_floating_point_v<T>) return std::isnan(value);
    return false;
}

template <class T>
std::int32_t place_of_largest(const T* values, std::int64_t count, std::int64_t apart) {
    std::int64_t best = 0;
    for (std::int64_t i = 1; i < count; ++i) {
        const T value = values[i * apart];
        const T largest = values[best * apart];
        if (is_nan(largest)) break;  // NaN, which stays the largest
        if (value > largest || is_nan(value)) best = i;
    }
    return static_cast<std::int32_t>(best);
}

template <class T>
Tensor argmax_of(const Tensor& x, const Axis& axis, const Shape& shape) {
    Tensor places(shape, DType::int32);
    const T* values = x.data<T>().data();
    std::int32_t* to = places.data<std::int32_t>().data();
    for (std::int64_t outer = 0; outer < axis.outer; ++outer) {
        for (std::int64_t inner = 0; inner < axis.inner; ++inner) {
            *to++ = place_of_largest(values + outer * axis.size * axis.inner + inner, axis.size, axis.inner);
        }
    }
    return places;
}

template <class T>
Tensor softmax_of(const Tensor& x, const Axis& axis) {
    Tensor result = x.clone();
    T* values = result.data<T>().data();
    for (std::int64_t outer = 0; outer < axis.outer; ++outer) {
        for (std::int64_t inner = 0; inner < axis.inner; ++inner) {
            T* row = values + outer * axis.size * axis.inner + inner;
            T largest = row[0];
            for (std::int64_t i = 1; i < axis.size; ++i) largest = std::max(largest, row[i * axis.inner]);
            double sum = 0;
            for (std::int64_t i = 0; i < axis.size; ++i) {
                T& value = row[i * axis.inner];
                value = std::exp(value - largest);
                sum += static_cast<double>(value);
            }
            for (std::int64_t i = 0; i < axis.size; ++i) {
                row[i * axis.inner] = static_cast<T>(static_cast<double>(row[i * axis.inner]) / sum);
            }
        }
    }
    return result;
}

/// Class numbers as they stand in a tensor of any type, without a last axis of 1.
struct Classes {
    Shape shape;
    std::vector<std::int64_t> numbers;

    Classes(const Tensor& x, const std::string& where) : shape(x.shape()) {
        if (shape.rank() > 1 && shape.back() == 1) {
            shape = Shape(std::vector<std::int64_t>(shape.begin(), shape.end() - 1));
        }
        const Tensor values = x.cast(DType::float64);
        numbers.reserve(static_cast<std::size_t>(x.size()));
        for (const double value : values.data<double>()) {
            if (!(value >= 0 && value < 2147483648.0) || value != std::floor(value)) {
                throw ValueError(where + "the class " + text(value) + " is no class number; expected 0, 1, 2, …");
            }
            numbers.push_back(static_cast<std::int64_t>(value));
        }
    }

    std::int64_t count() const { return numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end()) + 1; }

    void check(std::int64_t classes, const std::string& where) const {
        if (count() <= classes) return;
        throw ValueError(where + "the class " + std::to_string(count() - 1) + " is beyond num_classes = " +
                         std::to_string(classes) + "; expected 0 to " + std::to_string(classes - 1));
    }

private:
    static std::string text(double value) {
        if (value != std::floor(value)) return std::isnan(value) ? "nan" : "of a fraction";
        if (std::abs(value) > 1e15) return value > 0 ? "beyond all bounds" : "below all bounds";
        return std::to_string(static_cast<long long>(value));
    }
};

std::int64_t classes_asked(std::int64_t num_classes, const std::string& where) {
    if (num_classes >= 0) return num_classes;
    throw ValueError(where + "num_classes is " + std::to_string(num_classes) +
                     "; expected at least 1, or 0 to count them");
}

/// One class a row: of numbers as they are, of scores the largest.
Classes classes_of(const Tensor& x, const std::string& where) {
    const Shape& shape = x.shape();
    if (shape.rank() == 1 || (shape.rank() == 2 && shape[1] == 1)) return Classes(x, where);
    if (shape.rank() == 2) return Classes(argmax(x, 1), where);
    throw ShapeError(where + "got the shape " + shape.str() + "; expected (n,) or (n, classes)");
}

}  // namespace

Tensor expand_dims(const Tensor& x, std::int64_t axis) {
    const auto rank = static_cast<std::int64_t>(x.shape().rank());
    if (axis < -rank - 1 || axis > rank) {
        throw ShapeError("expand_dims: axis " + std::to_string(axis) + " is outside the shape " + x.shape().str());
    }
    std::vector<std::int64_t> dims = x.shape().dims();
    dims.insert(dims.begin() + (axis < 0 ? axis + rank + 1 : axis), 1);
    return x.reshaped(Shape(std::move(dims)));
}

Tensor argmax(const Tensor& x, std::int64_t axis) {
    const Axis along(x.shape(), axis, "argmax");
    if (along.size == 0)
        throw ValueError("argmax: axis " + std::to_string(axis) + " of " + x.shape().str() + " is empty");
    std::vector<std::int64_t> dims = x.shape().dims();
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(along.number));
    const Shape shape(std::move(dims));
    switch (x.dtype()) {
        case DType::float32: return argmax_of<float>(x, along, shape);
        case DType::float64: return argmax_of<double>(x, along, shape);
        case DType::int32: return argmax_of<std::int32_t>(x, along, shape);
        case DType::int64: return argmax_of<std::int64_t>(x, along, shape);
        case DType::uint8: return argmax_of<std::uint8_t>(x, along, shape);
        case DType::bfloat16: return argmax_of<float>(x.cast(DType::float32), along, shape);
    }
    return {};
}

Tensor softmax(const Tensor& x, std::int64_t axis) {
    const Axis along(x.shape(), axis, "softmax");
    if (x.size() == 0) return x.cast(DType::float32);
    if (x.dtype() == DType::float64) return softmax_of<double>(x, along);
    return softmax_of<float>(x.cast(DType::float32), along);
}

Tensor utils::to_categorical(const Tensor& x, std::int64_t num_classes) {
    const std::string where = "to_categorical: ";
    if (!x.defined()) throw ValueError(where + "got an empty Tensor; expected class numbers");
    const Classes classes(x, where);
    const std::int64_t count = classes_asked(num_classes, where) > 0 ? num_classes : classes.count();
    classes.check(count, where);
    Shape shape = classes.shape;
    shape.push_back(count);
    Tensor result = Tensor::zeros(shape);
    float* row = result.data<float>().data();
    for (const std::int64_t number : classes.numbers) {
        row[number] = 1;
        row += count;
    }
    return result;
}

Tensor confusion_matrix(const Tensor& labels, const Tensor& predictions, const ConfusionMatrixCounts& options) {
    const std::string where = "confusion_matrix: ";
    if (!labels.defined() || !predictions.defined()) throw ValueError(where + "got an empty Tensor");
    const Classes of_labels = classes_of(labels, where);
    const Classes of_predictions = classes_of(predictions, where);
    const std::size_t examples = of_labels.numbers.size();
    const bool weighted = options.weights.defined();
    if (of_predictions.numbers.size() != examples ||
        (weighted && static_cast<std::size_t>(options.weights.size()) != examples)) {
        throw ShapeError(
            where + "got labels of " + labels.shape().str() + " and predictions of " + predictions.shape().str() +
            (weighted ? " and weights of " + options.weights.shape().str() : "") + "; expected as many examples");
    }
    // Scores have a column for each class, occurring or not.
    const auto columns = [](const Tensor& x) { return x.shape().rank() == 2 ? x.shape()[1] : std::int64_t{0}; };
    const std::int64_t count =
        classes_asked(options.num_classes, where) > 0
            ? options.num_classes
            : std::max({of_labels.count(), of_predictions.count(), columns(labels), columns(predictions)});
    of_labels.check(count, where);
    of_predictions.check(count, where);
    const Tensor weights = weighted ? options.weights.cast(DType::float64) : Tensor();
    std::vector<double> sums(static_cast<std::size_t>(count * count), 0);
    for (std::size_t i = 0; i < examples; ++i) {
        sums[static_cast<std::size_t>(of_labels.numbers[i] * count + of_predictions.numbers[i])] +=
            weighted ? weights.data<double>()[i] : 1;
    }
    return Tensor::from(Shape{count, count}, sums).cast(weighted ? DType::float32 : DType::int32);
}

}  // namespace markhor
