// Softmax and cross-entropies, row by row: the maximum is subtracted first, so nothing overflows.
#include "ops/softmax.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct ClassRows {
    std::int64_t count, classes;
};

ClassRows class_rows_of(const Shape& shape) {
    std::int64_t count = 1;
    for (std::size_t axis = 0; axis + 1 < shape.rank(); ++axis) count *= shape[axis];
    return {count, shape.back()};
}

// log(sum(exp(x))) of a row is maximum + log of this sum.
struct LogSum {
    double maximum, sum;
    double value() const { return maximum + std::log(sum); }
};

template <class T>
LogSum log_sum(const T* row, std::int64_t classes) {
    LogSum result{-std::numeric_limits<double>::infinity(), 0};
    for (std::int64_t k = 0; k < classes; ++k) result.maximum = std::max(result.maximum, static_cast<double>(row[k]));
    for (std::int64_t k = 0; k < classes; ++k) result.sum += std::exp(static_cast<double>(row[k]) - result.maximum);
    return result;
}

template <class T>
void softmax(const ClassRows& rows, bool log, const T* x, T* y) {
    for (std::int64_t r = 0; r < rows.count; ++r) {
        const T* const row = x + r * rows.classes;
        const LogSum s = log_sum(row, rows.classes);
        for (std::int64_t k = 0; k < rows.classes; ++k) {
            const double shifted = static_cast<double>(row[k]) - s.maximum;
            y[r * rows.classes + k] = static_cast<T>(log ? shifted - std::log(s.sum) : std::exp(shifted) / s.sum);
        }
    }
}

// Of softmax: dx = y (dy - sum(dy y)); of its logarithm: dx = dy - exp(y) sum(dy).
template <class T>
void softmax_gradient(const ClassRows& rows, bool log, const T* dy, const T* y, T* dx) {
    for (std::int64_t r = 0; r < rows.count; ++r) {
        const std::int64_t first = r * rows.classes;
        double sum = 0;
        for (std::int64_t i = first; i < first + rows.classes; ++i) {
            sum += static_cast<double>(dy[i]) * (log ? 1.0 : static_cast<double>(y[i]));
        }
        for (std::int64_t i = first; i < first + rows.classes; ++i) {
            const auto gradient = static_cast<double>(dy[i]);
            const auto output = static_cast<double>(y[i]);
            dx[i] = static_cast<T>(log ? gradient - std::exp(output) * sum : output * (gradient - sum));
        }
    }
}

// loss and probabilities may each be null; labels is int32 or T.
template <class T>
void cross_entropy(const ClassRows& rows, bool sparse, const T* logits, const void* labels, T* loss, T* probabilities) {
    for (std::int64_t r = 0; loss != nullptr && r < rows.count; ++r) {
        const T* const row = logits + r * rows.classes;
        const double log_of_sum = log_sum(row, rows.classes).value();
        double sum = 0;
        if (sparse) {
            const std::int64_t label = static_cast<const std::int32_t*>(labels)[r];
            const bool inside = label >= 0 && label < rows.classes;
            sum = inside ? log_of_sum - static_cast<double>(row[label]) : not_a_number;
        } else {
            const T* const targets = static_cast<const T*>(labels) + r * rows.classes;
            for (std::int64_t k = 0; k < rows.classes; ++k) {
                sum += static_cast<double>(targets[k]) * (log_of_sum - static_cast<double>(row[k]));
            }
        }
        loss[r] = static_cast<T>(sum);
    }
    if (probabilities != nullptr) softmax(rows, false, logits, probabilities);
}

template <class T>
void cross_entropy_gradient(const ClassRows& rows, bool sparse, const T* dloss, const T* probabilities,
                            const void* labels, T* dlogits) {
    for (std::int64_t r = 0; r < rows.count; ++r) {
        const T* const p = probabilities + r * rows.classes;
        const T* const targets = sparse ? nullptr : static_cast<const T*>(labels) + r * rows.classes;
        const std::int64_t label = sparse ? static_cast<const std::int32_t*>(labels)[r] : 0;
        double total = sparse && (label < 0 || label >= rows.classes) ? not_a_number : 1;
        if (!sparse) {
            total = 0;
            for (std::int64_t k = 0; k < rows.classes; ++k) total += static_cast<double>(targets[k]);
        }
        for (std::int64_t k = 0; k < rows.classes; ++k) {
            const double target = sparse ? (k == label ? 1.0 : 0.0) : static_cast<double>(targets[k]);
            const double slope = static_cast<double>(p[k]) * total - target;
            dlogits[r * rows.classes + k] = static_cast<T>(static_cast<double>(dloss[r]) * slope);
        }
    }
}

template <class T>
void sigmoid_cross_entropy(std::int64_t count, const T* logits, const T* targets, T* loss) {
    for (std::int64_t i = 0; i < count; ++i) {
        const auto x = static_cast<double>(logits[i]);
        const auto t = static_cast<double>(targets[i]);
        loss[i] = static_cast<T>(std::max(x, 0.0) - x * t + std::log1p(std::exp(-std::abs(x))));
    }
}

template <class T>
void pick(const ClassRows& rows, const T* x, const std::int32_t* labels, T* y) {
    for (std::int64_t r = 0; r < rows.count; ++r) {
        const bool inside = labels[r] >= 0 && labels[r] < rows.classes;
        y[r] = inside ? x[r * rows.classes + labels[r]] : static_cast<T>(not_a_number);
    }
}

template <class T>
void pick_gradient(const ClassRows& rows, const T* dy, const std::int32_t* labels, T* dx) {
    for (std::int64_t r = 0; r < rows.count; ++r) {
        for (std::int64_t k = 0; k < rows.classes; ++k) dx[r * rows.classes + k] = k == labels[r] ? dy[r] : T{0};
    }
}

}  // namespace

void add_softmax(graph::KernelTable& table) {
    table.add<ops::Softmax>([](const ops::Softmax& op, Specs inputs, Specs) {
        return floating_kernel(
            inputs[0].dtype, [rows = class_rows_of(inputs[0].shape), log = op.log]<class T>(const KernelArguments& a) {
                softmax<T>(rows, log, a.in<T>(0), a.out<T>(0));
            });
    });
    table.add<ops::SoftmaxGradient>([](const ops::SoftmaxGradient& op, Specs inputs, Specs) {
        return floating_kernel(
            inputs[0].dtype, [rows = class_rows_of(inputs[0].shape), log = op.log]<class T>(const KernelArguments& a) {
                softmax_gradient<T>(rows, log, a.in<T>(0), a.in<T>(1), a.out<T>(0));
            });
    });
    table.add<ops::SoftmaxCrossEntropy>([](const ops::SoftmaxCrossEntropy& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype, [rows = class_rows_of(inputs[0].shape),
                                                 sparse = op.sparse]<class T>(const KernelArguments& a) {
            cross_entropy<T>(rows, sparse, a.in<T>(0), a.inputs[1], a.out<T>(0), a.out<T>(1));
        });
    });
    table.add<ops::SoftmaxCrossEntropyGradient>([](const ops::SoftmaxCrossEntropyGradient& op, Specs inputs, Specs) {
        return floating_kernel(inputs[1].dtype, [rows = class_rows_of(inputs[1].shape),
                                                 sparse = op.sparse]<class T>(const KernelArguments& a) {
            cross_entropy_gradient<T>(rows, sparse, a.in<T>(0), a.in<T>(1), a.inputs[2], a.out<T>(0));
        });
    });
    table.add<ops::SigmoidCrossEntropy>([](const ops::SigmoidCrossEntropy&, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype,
                               [count = inputs[0].shape.elements()]<class T>(const KernelArguments& a) {
                                   sigmoid_cross_entropy<T>(count, a.in<T>(0), a.in<T>(1), a.out<T>(0));
                               });
    });
    table.add<ops::PickLast>([](const ops::PickLast&, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype,
                               [rows = class_rows_of(inputs[0].shape)]<class T>(const KernelArguments& a) {
                                   pick<T>(rows, a.in<T>(0), a.in<std::int32_t>(1), a.out<T>(0));
                               });
    });
    table.add<ops::PickLastGradient>([](const ops::PickLastGradient&, Specs inputs, Specs outputs) {
        return floating_kernel(inputs[0].dtype,
                               [rows = class_rows_of(outputs[0].shape)]<class T>(const KernelArguments& a) {
                                   pick_gradient<T>(rows, a.in<T>(0), a.in<std::int32_t>(1), a.out<T>(0));
                               });
    });
}

}  // namespace markhor::engine::plain
