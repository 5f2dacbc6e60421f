// How often each class occurs, and the weights that make up for it.
#include <algorithm>
#include <array>
#include <markhor/image_listing.hpp>
#include <numeric>

namespace markhor {
namespace {

/// Of one example that was read: y a whole number, or a vector with a one.
std::int64_t label_of(const Tensor& y) {
    if (y.dtype() == DType::int32 && y.size() == 1) return y.data<std::int32_t>()[0];
    if (y.dtype() == DType::int64 && y.size() == 1) return y.data<std::int64_t>()[0];
    if (y.dtype() == DType::float32) {
        const auto values = y.data<float>();
        if (values.size() == 1) {
            if (values[0] == 0 || values[0] == 1) return static_cast<std::int64_t>(values[0]);
        } else if (std::ranges::count(values, 1.0F) == 1 &&
                   std::ranges::count(values, 0.0F) + 1 == std::ssize(values)) {
            return std::ranges::find(values, 1.0F) - values.begin();
        }
    }
    throw ShapeError("Dataset::class_counts: y is " + std::string(name_of(y.dtype())) + " " + y.shape().str() +
                     "; expected one whole number an example, or a vector with a one");
}

}  // namespace

std::vector<std::int64_t> Dataset::class_counts() const {
    std::vector<std::int64_t> counts(class_names_.size());
    Tensor x;
    Tensor y;
    for (std::int64_t item = 0; item < size(); ++item) {
        std::int64_t label = source_->label(item);
        if (label < 0) {
            if (!x.defined()) x = Tensor(x_shape().with_batch(1), DType::float32);
            if (!y.defined()) y = Tensor(y_shape().with_batch(1), y_dtype());
            read(std::array{item}, x, y);
            label = label_of(y);
        }
        constexpr std::int64_t most = 10'000'000;
        if (label < 0 || label >= most) {
            throw ValueError("Dataset::class_counts: " + name(item) + " is of class " + std::to_string(label) +
                             "; expected 0 to " + std::to_string(most - 1));
        }
        if (std::cmp_greater_equal(label, counts.size())) counts.resize(static_cast<std::size_t>(label) + 1);
        ++counts[static_cast<std::size_t>(label)];
    }
    return counts;
}

namespace data {

std::map<std::int64_t, double> balanced_class_weight(std::span<const std::int64_t> class_counts) {
    const auto images = static_cast<double>(std::accumulate(class_counts.begin(), class_counts.end(), std::int64_t{0}));
    std::map<std::int64_t, double> weights;
    for (std::size_t i = 0; i < class_counts.size(); ++i) {
        if (class_counts[i] < 1) {
            throw ValueError("balanced_class_weight: class " + std::to_string(i) + " has " +
                             std::to_string(class_counts[i]) + " images; expected at least 1");
        }
        weights[static_cast<std::int64_t>(i)] =
            images / (static_cast<double>(class_counts.size()) * static_cast<double>(class_counts[i]));
    }
    return weights;
}

}  // namespace data
}  // namespace markhor
