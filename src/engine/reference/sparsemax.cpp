// Sparsemax, row by row: the threshold from the sorted row, in double.
#include "ops/sparsemax.hpp"

#include <algorithm>
#include <numeric>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

struct Threshold {
    double tau = 0;
    std::vector<std::int64_t> support;  // indices, the largest element first, equal ones in their order
};

template <class T>
Threshold threshold_of(const T* row, std::int64_t width) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(width));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::ranges::stable_sort(order, [row](std::int64_t i, std::int64_t j) { return row[i] > row[j]; });
    Threshold threshold;
    double running = 0;
    double sum = 0;
    for (const std::int64_t i : order) {
        const auto value = static_cast<double>(row[i]);
        running += value;
        const auto k = static_cast<double>(threshold.support.size() + 1);
        if (value - (running - 1) / k <= 0) break;
        threshold.support.push_back(i);
        sum += running;
    }
    threshold.tau = (sum - 1) / static_cast<double>(std::max<std::size_t>(threshold.support.size(), 1));
    return threshold;
}

KernelPtr make_sparsemax(const ops::Sparsemax&, Specs inputs, Specs) {
    const std::int64_t width = inputs[0].shape.back();
    const std::int64_t rows = inputs[0].shape.elements() / width;
    return floating_kernel(inputs[0].dtype, [rows, width]<class T>(const KernelArguments& arguments) {
        for (std::int64_t row = 0; row < rows; ++row) {
            const T* const x = arguments.in<T>(0) + row * width;
            T* const y = arguments.out<T>(0) + row * width;
            const double tau = threshold_of(x, width).tau;
            for (std::int64_t i = 0; i < width; ++i)
                y[i] = static_cast<T>(std::max(static_cast<double>(x[i]) - tau, 0.0));
        }
    });
}

KernelPtr make_sparsemax_gradient(const ops::SparsemaxGradient&, Specs inputs, Specs) {
    const std::int64_t width = inputs[0].shape.back();
    const std::int64_t rows = inputs[0].shape.elements() / width;
    return floating_kernel(inputs[0].dtype, [rows, width]<class T>(const KernelArguments& arguments) {
        for (std::int64_t row = 0; row < rows; ++row) {
            const T* const dy = arguments.in<T>(0) + row * width;
            const T* const x = arguments.in<T>(1) + row * width;
            T* const dx = arguments.out<T>(0) + row * width;
            const Threshold threshold = threshold_of(x, width);
            double sum = 0;
            for (std::int64_t i = 0; i < width; ++i) {
                const bool above = static_cast<double>(x[i]) >= threshold.tau;
                dx[i] = above ? dy[i] : T{0};
                if (above) sum += static_cast<double>(dy[i]);
            }
            // The i-th of k counts k - i + 1 times in k tau.
            const auto k = static_cast<double>(threshold.support.size());
            double times = k;
            for (const std::int64_t i : threshold.support)
                dx[i] = static_cast<T>(static_cast<double>(dx[i]) - sum * times-- / k);
        }
    });
}

}  // namespace

void add_sparsemax(graph::KernelTable& table) {
    table.add<ops::Sparsemax>(make_sparsemax);
    table.add<ops::SparsemaxGradient>(make_sparsemax_gradient);
}

}  // namespace markhor::engine::plain
