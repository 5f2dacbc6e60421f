// Batch normalization. Memory is passed over as seldom as can be: statistics read once and y is written in a second
// pass; the gradient reads twice and writes once.
#include "ops/normalization.hpp"

#include <cmath>
#include <cstddef>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/kernels.hpp"
#include "engine/cpu/simd/normalization.hpp"

namespace markhor::cpu {
namespace {

// Rows of few channels seen as fewer rows of several times as many, so that vectors are full; rows that are left over
// keep their width and follow. Then cut into pieces.
struct Layout {
    explicit Layout(const Shape& shape) : rows(rows_of(shape)) {
        repeat = rows.channels > 0 && rows.channels < 32 ? 32 / rows.channels : 1;
        if (rows.count < repeat) repeat = 1;
        wide = {rows.count / repeat, rows.channels * repeat};
        left = rows.count - wide.count * repeat;
        pieces = Pieces(wide.count, grain / std::max<std::int64_t>(wide.channels, 1), 128);
    }
    // The first element of the rows left over.
    std::int64_t tail() const { return wide.count * wide.channels; }
    // Two doubles a channel for each piece and for the rows left over.
    std::int64_t partials() const { return 2 * (pieces.count * wide.channels + rows.channels); }
    static constexpr std::int64_t constants = 4;  // arrays of floats, one a channel of the wide rows
    std::size_t scratch() const {
        return static_cast<std::size_t>(partials()) * sizeof(double) +
               static_cast<std::size_t>(constants * wide.channels) * sizeof(float);
    }
    double* partial(const KernelArguments& a, std::int64_t piece) const {
        return reinterpret_cast<double*>(a.scratch) + 2 * piece * wide.channels;
    }
    float* constant(const KernelArguments& a, std::int64_t which) const {
        return reinterpret_cast<float*>(reinterpret_cast<double*>(a.scratch) + partials()) + which * wide.channels;
    }

    // Repeats an array's first `rows.channels` constants over the wide row.
    void spread(float* array) const {
        for (std::int64_t i = rows.channels; i < wide.channels; ++i) array[i] = array[i - rows.channels];
    }

    // Calls body(rows, channels, first element, two doubles a channel for the result) for each piece and for the rows
    // left over, the pieces on several threads.
    template <class Body>
    void for_pieces(const KernelArguments& a, const Body& body) const {
        parallel_for(pieces.count, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t piece = begin; piece < end; ++piece) {
                const std::int64_t first = pieces.begin(piece);
                body(pieces.end(piece) - first, wide.channels, first * wide.channels, partial(a, piece));
            }
        });
        body(left, rows.channels, tail(), partial(a, pieces.count));
    }

    // Calls body(count of rows, first value, second value) for each partial result of a channel, in a fixed order.
    template <class Body>
    void for_partials(const KernelArguments& a, std::int64_t channel, const Body& body) const {
        for (std::int64_t piece = 0; piece < pieces.count; ++piece) {
            const double* const part = partial(a, piece);
            for (std::int64_t c = channel; c < wide.channels; c += rows.channels) {
                body(pieces.end(piece) - pieces.begin(piece), part[c], part[wide.channels + c]);
            }
        }
        const double* const part = partial(a, pieces.count);
        if (left > 0) body(left, part[channel], part[rows.channels + channel]);
    }

    // Calls body(rows, channels, first element) for all rows, on several threads.
    template <class Body>
    void for_rows(const Body& body) const {
        parallel_rows(wide, [&](std::int64_t begin, std::int64_t end) {
            body(end - begin, wide.channels, begin * wide.channels);
        });
        body(left, rows.channels, tail());
    }

    Rows rows, wide{};
    std::int64_t repeat = 1, left = 0;
    Pieces pieces;
};

// The first `values` inputs and the first output are of the type T; scales, shifts and statistics are float32.
template <class T>
bool holds(Specs inputs, Specs outputs, std::size_t values) {
    const auto is_value = [](const ops::TensorSpec& spec) { return spec.dtype == stored_as<T>; };
    return std::ranges::all_of(inputs.first(values), is_value) && is_value(outputs[0]) &&
           all_float32(inputs.subspan(values)) && all_float32(outputs.subspan(1));
}

double inverse_deviation(double variance, double epsilon) { return 1 / std::sqrt(variance + epsilon); }

struct Moments {
    double mean, variance;
};

Moments combine(const Layout& layout, const KernelArguments& a, std::int64_t channel) {
    double count = 0, mean = 0, squares = 0;
    layout.for_partials(a, channel, [&](std::int64_t rows, double part_mean, double part_squares) {
        const auto more = static_cast<double>(rows);
        const double share = more / (count + more);
        const double delta = part_mean - mean;
        mean += delta * share;
        squares += part_squares + delta * delta * count * share;
        count += more;
    });
    return {mean, squares / count};
}

// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, statistics(channel) in double. The mean's rounding goes into
// the shift, so that (x - mean) loses nothing where the mean is large.
template <class T, class Statistics>
void run_normalize(const Layout& layout, const KernelArguments& a, double epsilon, const Statistics& statistics) {
    float* const mean = layout.constant(a, 0);
    float* const scale = layout.constant(a, 1);
    float* const shift = layout.constant(a, 2);
    for (std::int64_t c = 0; c < layout.rows.channels; ++c) {
        const Moments m = statistics(c);
        const double factor = static_cast<double>(a.in<float>(1)[c]) * inverse_deviation(m.variance, epsilon);
        mean[c] = static_cast<float>(m.mean);
        scale[c] = static_cast<float>(factor);
        shift[c] = static_cast<float>(static_cast<double>(a.in<float>(2)[c]) -
                                      (m.mean - static_cast<double>(mean[c])) * factor);
    }
    for (float* const constant : {mean, scale, shift}) layout.spread(constant);
    const auto* const x = a.in<T>(0);
    auto* const y = a.out<T>(0);
    layout.for_rows([&](std::int64_t rows, std::int64_t channels, std::int64_t first) {
        normalize(rows, channels, x + first, mean, scale, shift, y + first);
    });
}

template <class T>
KernelPtr make_training(const ops::BatchNormTraining& op, Specs inputs, Specs outputs) {
    if (!holds<T>(inputs, outputs, 1)) return nullptr;
    const Layout layout(inputs[0].shape);
    return make_kernel(
        "simd",
        [layout, epsilon = op.epsilon](const KernelArguments& a) {
            layout.for_pieces(a, [&](std::int64_t rows, std::int64_t channels, std::int64_t first, double* results) {
                moments(rows, channels, a.in<T>(0) + first, results, results + channels);
            });
            const auto statistics = [&](std::int64_t c) { return combine(layout, a, c); };
            for (std::int64_t c = 0; c < layout.rows.channels; ++c) {
                const Moments m = statistics(c);
                if (a.outputs[1] != nullptr) a.out<float>(1)[c] = static_cast<float>(m.mean);
                if (a.outputs[2] != nullptr) a.out<float>(2)[c] = static_cast<float>(m.variance);
            }
            if (a.outputs[0] != nullptr) run_normalize<T>(layout, a, epsilon, statistics);
        },
        layout.scratch());
}

template <class T>
KernelPtr make_inference(const ops::BatchNormInference& op, Specs inputs, Specs outputs) {
    if (!holds<T>(inputs, outputs, 1)) return nullptr;
    const Layout layout(inputs[0].shape);
    return make_kernel(
        "simd",
        [layout, epsilon = op.epsilon](const KernelArguments& a) {
            run_normalize<T>(layout, a, epsilon, [&](std::int64_t c) {
                return Moments{static_cast<double>(a.in<float>(3)[c]), static_cast<double>(a.in<float>(4)[c])};
            });
        },
        layout.scratch());
}

// With n = (x - mean) / sqrt(variance + epsilon): dbeta = sum dy, dgamma = sum dy n, and dx = gamma / sqrt(variance +
// epsilon) (dy - dbeta / N - n dgamma / N); where the statistics are constants the last two terms are gone.
template <class T>
KernelPtr make_gradient(const Layout& layout, double epsilon, bool statistics_depend_on_x) {
    const auto run = [=](const KernelArguments& a) {
        const auto* const dy = a.in<T>(0);
        const auto* const x = a.in<T>(1);
        float* const mean = layout.constant(a, 0);
        float* const dy_scale = layout.constant(a, 1);
        float* const x_scale = layout.constant(a, 2);
        float* const shift = layout.constant(a, 3);
        std::copy_n(a.in<float>(3), layout.rows.channels, mean);
        layout.spread(mean);
        layout.for_pieces(a, [&](std::int64_t rows, std::int64_t channels, std::int64_t first, double* results) {
            gradient_sums(rows, channels, dy + first, x + first, mean, results, results + channels);
        });
        const double share = statistics_depend_on_x ? 1 / static_cast<double>(layout.rows.count) : 0.0;
        for (std::int64_t c = 0; c < layout.rows.channels; ++c) {
            const double inverse = inverse_deviation(static_cast<double>(a.in<float>(4)[c]), epsilon);
            double dbeta = 0, dgamma = 0;
            layout.for_partials(a, c, [&](std::int64_t, double dy_sum, double product_sum) {
                dbeta += dy_sum;
                dgamma += product_sum * inverse;
            });
            const double factor = static_cast<double>(a.in<float>(2)[c]) * inverse;
            dy_scale[c] = static_cast<float>(factor);
            x_scale[c] = static_cast<float>(-factor * share * dgamma * inverse);
            shift[c] = static_cast<float>(-factor * share * dbeta);
            if (a.outputs[1] != nullptr) a.out<float>(1)[c] = static_cast<float>(dgamma);
            if (a.outputs[2] != nullptr) a.out<float>(2)[c] = static_cast<float>(dbeta);
        }
        if (a.outputs[0] == nullptr) return;
        for (float* const constant : {dy_scale, x_scale, shift}) layout.spread(constant);
        auto* const dx = a.out<T>(0);
        layout.for_rows([&](std::int64_t rows, std::int64_t channels, std::int64_t first) {
            normalize_gradient(rows, channels, dy + first, x + first, mean, dy_scale, x_scale, shift, dx + first);
        });
    };
    return make_kernel("simd", run, layout.scratch());
}

template <class T>
void add(graph::KernelTable& table) {
    table.add<ops::BatchNormTraining>(make_training<T>);
    table.add<ops::BatchNormInference>(make_inference<T>);
    table.add<ops::BatchNormTrainingGradient>(
        [](const ops::BatchNormTrainingGradient& op, Specs inputs, Specs outputs) -> KernelPtr {
            return holds<T>(inputs, outputs, 2) ? make_gradient<T>(Layout(inputs[1].shape), op.epsilon, true) : nullptr;
        });
    table.add<ops::BatchNormInferenceGradient>([](const ops::BatchNormInferenceGradient& op, Specs inputs,
                                                  Specs outputs) -> KernelPtr {
        return holds<T>(inputs, outputs, 2) ? make_gradient<T>(Layout(inputs[1].shape), op.epsilon, false) : nullptr;
    });
}

}  // namespace

void add_normalization(graph::KernelTable& table, graph::KernelTable& in_bfloat16) {
    add<float>(table);
    add<BFloat16>(in_bfloat16);
}

}  // namespace markhor::cpu
