// Softmax and cross-entropies, row by row: the maximum is subtracted first, so nothing overflows. PickLast and its
// gradient stay with the reference engine: they touch one element a row.
#include "ops/softmax.hpp"

#include <cmath>
#include <limits>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/simd/elementwise.hpp"
#include "engine/cpu/simd/reduction.hpp"
#include "engine/cpu/simd/softmax.hpp"

namespace markhor::cpu {
namespace {

// Calls body(row) for all rows, on several threads where that pays: an exponential costs more than a move.
template <class Body>
void for_rows(const Rows& rows, const Body& body) {
    parallel_rows({rows.count, rows.channels * 8}, [&body](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) body(row);
    });
}

void softmax_row(std::int64_t classes, bool log, const float* x, float* y) {
    const float top = maximum(classes, x);
    if (log) {
        const double sum = shifted_exp(classes, x, top, nullptr);
        subtract(classes, x, static_cast<float>(static_cast<double>(top) + std::log(sum)), y);
    } else {
        scale(classes, static_cast<float>(1 / shifted_exp(classes, x, top, y)), y);
    }
}

KernelPtr make_softmax(const ops::Softmax& op, Specs inputs, Specs) {
    if (!all_float32(inputs)) return nullptr;
    return make_kernel("simd", [rows = rows_of(inputs[0].shape), log = op.log](const KernelArguments& a) {
        for_rows(rows, [&](std::int64_t row) {
            const std::int64_t at = row * rows.channels;
            softmax_row(rows.channels, log, a.in<float>(0) + at, a.out<float>(0) + at);
        });
    });
}

KernelPtr make_softmax_gradient(const ops::SoftmaxGradient& op, Specs inputs, Specs) {
    if (!all_float32(inputs)) return nullptr;
    return make_kernel("simd", [rows = rows_of(inputs[0].shape), log = op.log](const KernelArguments& a) {
        for_rows(rows, [&](std::int64_t row) {
            const std::int64_t at = row * rows.channels;
            const float* const dy = a.in<float>(0) + at;
            const float* const y = a.in<float>(1) + at;
            const double total = log ? sum(rows.channels, dy) : dot(rows.channels, dy, y);
            softmax_gradient(rows.channels, log, dy, y, static_cast<float>(total), a.out<float>(0) + at);
        });
    });
}

// loss of one row with its target distribution or label.
float row_loss(std::int64_t classes, const float* x, const std::int32_t* label, const float* targets) {
    const float top = maximum(classes, x);
    const double log_of_sum = static_cast<double>(top) + std::log(shifted_exp(classes, x, top, nullptr));
    if (label != nullptr) {
        const bool inside = *label >= 0 && *label < classes;
        return inside ? static_cast<float>(log_of_sum - static_cast<double>(x[*label]))
                      : std::numeric_limits<float>::quiet_NaN();
    }
    double total = 0;
    for (std::int64_t k = 0; k < classes; ++k) {
        total += static_cast<double>(targets[k]) * (log_of_sum - static_cast<double>(x[k]));
    }
    return static_cast<float>(total);
}

KernelPtr make_cross_entropy(const ops::SoftmaxCrossEntropy& op, Specs inputs, Specs) {
    if (!all_float32(inputs.first(1))) return nullptr;
    return make_kernel("simd", [rows = rows_of(inputs[0].shape), sparse = op.sparse](const KernelArguments& a) {
        for_rows(rows, [&](std::int64_t row) {
            const std::int64_t at = row * rows.channels;
            const float* const x = a.in<float>(0) + at;
            if (a.outputs[0] != nullptr) {
                a.out<float>(0)[row] = sparse ? row_loss(rows.channels, x, a.in<std::int32_t>(1) + row, nullptr)
                                              : row_loss(rows.channels, x, nullptr, a.in<float>(1) + at);
            }
            if (a.outputs[1] != nullptr) softmax_row(rows.channels, false, x, a.out<float>(1) + at);
        });
    });
}

KernelPtr make_cross_entropy_gradient(const ops::SoftmaxCrossEntropyGradient& op, Specs inputs, Specs) {
    if (!all_float32(inputs.first(2))) return nullptr;
    return make_kernel("loop", [rows = rows_of(inputs[1].shape), sparse = op.sparse](const KernelArguments& a) {
        for_rows(rows, [&](std::int64_t row) {
            const std::int64_t classes = rows.channels;
            const float loss = a.in<float>(0)[row];
            const float* const p = a.in<float>(1) + row * classes;
            float* const dx = a.out<float>(0) + row * classes;
            if (sparse) {
                const std::int32_t label = a.in<std::int32_t>(2)[row];
                const bool inside = label >= 0 && label < classes;
                const float factor = inside ? loss : std::numeric_limits<float>::quiet_NaN();
                for (std::int64_t k = 0; k < classes; ++k) dx[k] = factor * p[k];
                if (inside) dx[label] = loss * (p[label] - 1);
            } else {
                const float* const targets = a.in<float>(2) + row * classes;
                const auto total = static_cast<float>(sum(classes, targets));
                for (std::int64_t k = 0; k < classes; ++k) dx[k] = loss * (p[k] * total - targets[k]);
            }
        });
    });
}

KernelPtr make_sigmoid_cross_entropy(const ops::SigmoidCrossEntropy&, Specs inputs, Specs) {
    if (!all_float32(inputs)) return nullptr;
    return make_kernel("simd", [n = inputs[0].shape.elements()](const KernelArguments& a) {
        parallel_for(n, grain / 8, [&](std::int64_t begin, std::int64_t end) {
            sigmoid_cross_entropy(end - begin, a.in<float>(0) + begin, a.in<float>(1) + begin, a.out<float>(0) + begin);
        });
    });
}

}  // namespace

void add_softmax(graph::KernelTable& table) {
    table.add<ops::Softmax>(make_softmax);
    table.add<ops::SoftmaxGradient>(make_softmax_gradient);
    table.add<ops::SoftmaxCrossEntropy>(make_cross_entropy);
    table.add<ops::SoftmaxCrossEntropyGradient>(make_cross_entropy_gradient);
    table.add<ops::SigmoidCrossEntropy>(make_sigmoid_cross_entropy);
}

}  // namespace markhor::cpu
