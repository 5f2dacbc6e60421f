// Moving averages and optimizers' steps. An element is read whole before it is written: outputs may lie in the inputs'
// memory.
#include "ops/update.hpp"

#include <cmath>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

template <class T>
double read(const KernelArguments& a, std::size_t input, std::int64_t i) {
    return static_cast<double>(a.in<T>(input)[i]);
}

template <class T>
void write(const KernelArguments& a, std::size_t output, std::int64_t i, double value) {
    if (a.out<T>(output) != nullptr) a.out<T>(output)[i] = static_cast<T>(value);
}

KernelPtr make_moving_average(const ops::MovingAverage& op, Specs inputs, Specs) {
    const std::int64_t count = inputs[0].shape.elements();
    return floating_kernel(inputs[0].dtype, [count, momentum = op.momentum]<class T>(const KernelArguments& a) {
        for (std::int64_t i = 0; i < count; ++i) {
            write<T>(a, 0, i, read<T>(a, 0, i) * momentum + read<T>(a, 1, i) * (1 - momentum));
        }
    });
}

KernelPtr make_sgd(const ops::SgdStep& op, Specs inputs, Specs) {
    const std::int64_t count = inputs[0].shape.elements();
    if (op.momentum == 0) {
        return floating_kernel(inputs[0].dtype, [count]<class T>(const KernelArguments& a) {
            const double rate = read<T>(a, 2, 0);
            for (std::int64_t i = 0; i < count; ++i) write<T>(a, 0, i, read<T>(a, 0, i) - rate * read<T>(a, 1, i));
        });
    }
    return floating_kernel(inputs[0].dtype,
                           [count, momentum = op.momentum, nesterov = op.nesterov]<class T>(const KernelArguments& a) {
                               const double rate = read<T>(a, 3, 0);
                               for (std::int64_t i = 0; i < count; ++i) {
                                   const double w = read<T>(a, 0, i);
                                   const double g = read<T>(a, 2, i);
                                   const double m = momentum * read<T>(a, 1, i) - rate * g;
                                   write<T>(a, 0, i, w + (nesterov ? momentum * m - rate * g : m));
                                   write<T>(a, 1, i, m);
                               }
                           });
}

KernelPtr make_adam(const ops::AdamStep& op, Specs inputs, Specs) {
    const std::int64_t count = inputs[0].shape.elements();
    return floating_kernel(inputs[0].dtype, [count, beta_1 = op.beta_1, beta_2 = op.beta_2,
                                             epsilon = op.epsilon]<class T>(const KernelArguments& a) {
        const double alpha = read<T>(a, 4, 0);
        for (std::int64_t i = 0; i < count; ++i) {
            const double w = read<T>(a, 0, i);
            const double g = read<T>(a, 3, i);
            double m = read<T>(a, 1, i);
            double v = read<T>(a, 2, i);
            m += (g - m) * (1 - beta_1);
            v += (g * g - v) * (1 - beta_2);
            write<T>(a, 0, i, w - alpha * m / (std::sqrt(v) + epsilon));
            write<T>(a, 1, i, m);
            write<T>(a, 2, i, v);
        }
    });
}

}  // namespace

void add_update(graph::KernelTable& table) {
    table.add<ops::MovingAverage>(make_moving_average);
    table.add<ops::SgdStep>(make_sgd);
    table.add<ops::AdamStep>(make_adam);
}

}  // namespace markhor::engine::plain
