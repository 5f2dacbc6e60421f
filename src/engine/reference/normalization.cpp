// Batch normalization: statistics of each channel in double, one channel after the other.
#include "ops/normalization.hpp"

#include <cmath>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

// An image seen as rows of channels.
struct Rows {
    std::int64_t count, channels;
};

Rows rows_of(const Shape& shape) {
    std::int64_t count = 1;
    for (std::size_t axis = 0; axis + 1 < shape.rank(); ++axis) count *= shape[axis];
    return {count, shape.back()};
}

template <class T>
void store(T* array, std::int64_t index, double value) {
    if (array != nullptr) array[index] = static_cast<T>(value);
}

template <class T>
void training(const Rows& rows, double epsilon, const T* x, const T* gamma, const T* beta, T* y, T* means,
              T* variances) {
    const auto count = static_cast<double>(rows.count);
    for (std::int64_t c = 0; c < rows.channels; ++c) {
        const auto at = [&](std::int64_t row) { return static_cast<double>(x[row * rows.channels + c]); };
        double sum = 0;
        for (std::int64_t row = 0; row < rows.count; ++row) sum += at(row);
        const double mean = sum / count;
        double squares = 0;
        for (std::int64_t row = 0; row < rows.count; ++row) squares += (at(row) - mean) * (at(row) - mean);
        const double variance = squares / count;
        const double scale = static_cast<double>(gamma[c]) / std::sqrt(variance + epsilon);
        for (std::int64_t row = 0; row < rows.count; ++row) {
            store(y, row * rows.channels + c, scale * (at(row) - mean) + static_cast<double>(beta[c]));
        }
        store(means, c, mean);
        store(variances, c, variance);
    }
}

template <class T>
void inference(const Rows& rows, double epsilon, const KernelArguments& a) {
    const T* const x = a.in<T>(0);
    for (std::int64_t c = 0; c < rows.channels; ++c) {
        const auto gamma = static_cast<double>(a.in<T>(1)[c]);
        const auto beta = static_cast<double>(a.in<T>(2)[c]);
        const auto mean = static_cast<double>(a.in<T>(3)[c]);
        const auto variance = static_cast<double>(a.in<T>(4)[c]);
        const double scale = gamma / std::sqrt(variance + epsilon);
        for (std::int64_t i = c; i < rows.count * rows.channels; i += rows.channels) {
            a.out<T>(0)[i] = static_cast<T>(scale * (static_cast<double>(x[i]) - mean) + beta);
        }
    }
}

// With n = (x - mean) / sqrt(variance + epsilon): dbeta = sum dy, dgamma = sum dy n, and
// dx = gamma / sqrt(variance + epsilon) (dy - dbeta / N - n dgamma / N); with constant statistics the last two terms
// are gone.
template <class T>
void gradient(const Rows& rows, double epsilon, bool statistics_depend_on_x, const KernelArguments& a) {
    const T* const dy = a.in<T>(0);
    const T* const x = a.in<T>(1);
    const double share = statistics_depend_on_x ? 1.0 / static_cast<double>(rows.count) : 0.0;
    for (std::int64_t c = 0; c < rows.channels; ++c) {
        const auto gamma = static_cast<double>(a.in<T>(2)[c]);
        const auto mean = static_cast<double>(a.in<T>(3)[c]);
        const double inverse = 1 / std::sqrt(static_cast<double>(a.in<T>(4)[c]) + epsilon);
        const auto normal = [&](std::int64_t i) { return (static_cast<double>(x[i]) - mean) * inverse; };
        double dbeta = 0;
        double dgamma = 0;
        for (std::int64_t i = c; i < rows.count * rows.channels; i += rows.channels) {
            dbeta += static_cast<double>(dy[i]);
            dgamma += static_cast<double>(dy[i]) * normal(i);
        }
        for (std::int64_t i = c; i < rows.count * rows.channels; i += rows.channels) {
            const double rest = share * (dbeta + normal(i) * dgamma);
            store(a.out<T>(0), i, gamma * inverse * (static_cast<double>(dy[i]) - rest));
        }
        store(a.out<T>(1), c, dgamma);
        store(a.out<T>(2), c, dbeta);
    }
}

template <class OpType>
KernelPtr gradient_kernel(const OpType& op, Specs inputs, bool statistics_depend_on_x) {
    return floating_kernel(inputs[0].dtype,
                           [rows = rows_of(inputs[1].shape), epsilon = op.epsilon, statistics_depend_on_x]<class T>(
                               const KernelArguments& a) { gradient<T>(rows, epsilon, statistics_depend_on_x, a); });
}

}  // namespace

void add_normalization(graph::KernelTable& table) {
    table.add<ops::BatchNormTraining>([](const ops::BatchNormTraining& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype, [rows = rows_of(inputs[0].shape),
                                                 epsilon = op.epsilon]<class T>(const KernelArguments& a) {
            training<T>(rows, epsilon, a.in<T>(0), a.in<T>(1), a.in<T>(2), a.out<T>(0), a.out<T>(1), a.out<T>(2));
        });
    });
    table.add<ops::BatchNormTrainingGradient>([](const ops::BatchNormTrainingGradient& op, Specs inputs, Specs) {
        return gradient_kernel(op, inputs, true);
    });
    table.add<ops::BatchNormInference>([](const ops::BatchNormInference& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype, [rows = rows_of(inputs[0].shape), epsilon = op.epsilon]<class T>(
                                                    const KernelArguments& a) { inference<T>(rows, epsilon, a); });
    });
    table.add<ops::BatchNormInferenceGradient>([](const ops::BatchNormInferenceGradient& op, Specs inputs, Specs) {
        return gradient_kernel(op, inputs, false);
    });
}

}  // namespace markhor::engine::plain
