// Sums, means and maxima over neighbouring axes, the gradient of a maximum, and spreading back. Reductions over axes
// with kept ones between them stay with the reference engine.
#include "ops/reduction.hpp"

#include <limits>
#include <optional>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/broadcast.hpp"
#include "engine/cpu/kernels.hpp"
#include "engine/cpu/simd/reduction.hpp"

namespace markhor::cpu {
namespace {

// A tensor seen as (outer, reduced, inner).
struct Fold {
    std::int64_t outer = 1, reduced = 1, inner = 1;
};

std::optional<Fold> fold(const Shape& shape, const std::vector<int>& axes) {
    Fold f;
    enum class At { outer, reduced, inner } at = At::outer;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        if (shape[axis] == 1) continue;
        const bool is_reduced = std::ranges::find(axes, static_cast<int>(axis)) != axes.end();
        if (is_reduced) {
            if (at == At::inner) return std::nullopt;
            at = At::reduced;
            f.reduced *= shape[axis];
        } else if (at == At::outer) {
            f.outer *= shape[axis];
        } else {
            at = At::inner;
            f.inner *= shape[axis];
        }
    }
    return f;
}

double scale_of(const ops::Reduce& op, const Fold& f) {
    return op.kind == ops::Reduction::mean ? 1.0 / static_cast<double>(f.reduced) : 1.0;
}

// Each of many outer positions is one thread's work from start to end.
KernelPtr make_many(const ops::Reduce& op, const Fold& f) {
    return make_kernel("simd", [f, kind = op.kind, scale = scale_of(op, f)](const KernelArguments& a) {
        const auto* const x = a.in<float>(0);
        auto* const y = a.out<float>(0);
        const std::int64_t block = f.reduced * f.inner;
        parallel_rows({f.outer, block}, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t o = begin; o < end; ++o) {
                const float* const from = x + o * block;
                float* const to = y + o * f.inner;
                if (kind == ops::Reduction::max) {
                    f.inner == 1 ? void(*to = maximum(block, from)) : max_rows(f.reduced, f.inner, from, to);
                } else if (f.inner == 1) {
                    *to = static_cast<float>(scale * sum(block, from));
                } else {
                    scaled_sum_rows(f.reduced, f.inner, from, scale, to);
                }
            }
        });
    });
}

// Few outer positions and long sums: each is cut into pieces.
KernelPtr make_long(const ops::Reduce& op, const Fold& f, const Pieces& pieces) {
    const auto scratch = static_cast<std::size_t>(f.outer * pieces.count * f.inner) * sizeof(double);
    return make_kernel(
        "simd pieces",
        [f, pieces, scale = scale_of(op, f)](const KernelArguments& a) {
            const auto* const x = a.in<float>(0);
            auto* const parts = reinterpret_cast<double*>(a.scratch);
            parallel_for(f.outer * pieces.count, 1, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t i = begin; i < end; ++i) {
                    const std::int64_t piece = i % pieces.count;
                    const std::int64_t rows = pieces.end(piece) - pieces.begin(piece);
                    const float* const from = x + (i / pieces.count * f.reduced + pieces.begin(piece)) * f.inner;
                    if (f.inner == 1) {
                        parts[i] = sum(rows, from);
                    } else {
                        sum_rows(rows, f.inner, from, parts + i * f.inner);
                    }
                }
            });
            for (std::int64_t o = 0; o < f.outer; ++o) {
                for (std::int64_t c = 0; c < f.inner; ++c) {
                    double total = 0;
                    for (std::int64_t piece = 0; piece < pieces.count; ++piece) {
                        total += parts[(o * pieces.count + piece) * f.inner + c];
                    }
                    a.out<float>(0)[o * f.inner + c] = static_cast<float>(scale * total);
                }
            }
        },
        scratch);
}

KernelPtr make_reduce(const ops::Reduce& op, Specs inputs, Specs) {
    const std::optional<Fold> f = fold(inputs[0].shape, op.axes);
    if (!f || !all_float32(inputs)) return nullptr;
    const Pieces pieces(f->reduced, grain / f->inner, 128);
    const bool is_long = f->outer < 8 && pieces.count > 1 && op.kind != ops::Reduction::max;
    return is_long ? make_long(op, *f, pieces) : make_many(op, *f);
}

KernelPtr make_max_gradient(const ops::ReduceMaxGradient& op, Specs inputs, Specs) {
    const std::optional<Fold> f = fold(inputs[1].shape, op.axes);
    if (!f || !all_float32(inputs)) return nullptr;
    return make_kernel("simd", [f = *f](const KernelArguments& a) {
        const std::int64_t block = f.reduced * f.inner;
        parallel_rows({f.outer, block}, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t o = begin; o < end; ++o) {
                max_rows_gradient(f.reduced, f.inner, a.in<float>(0) + o * f.inner, a.in<float>(1) + o * block,
                                  a.in<float>(2) + o * f.inner, a.out<float>(0) + o * block);
            }
        });
    });
}

KernelPtr make_broadcast(const ops::BroadcastTo& op, Specs inputs, Specs outputs) {
    if (!all_float32(inputs)) return nullptr;
    Shape kept = op.shape;  // the input's shape with its reduced axes put back
    for (const int axis : op.axes) kept[static_cast<std::size_t>(axis)] = 1;
    const BroadcastPlan plan(kept, {}, outputs[0].shape);
    return make_kernel("simd", [plan, scale = static_cast<float>(op.scale)](const KernelArguments& a) {
        plan.run(ops::BinaryKind::multiply, a.in<float>(0), &scale, a.out<float>(0));
    });
}

// Sums and means of columns, as global average pooling takes them.
KernelPtr make_reduce_in_bfloat16(const ops::Reduce& op, Specs inputs, Specs outputs) {
    const std::optional<Fold> f = fold(inputs[0].shape, op.axes);
    if (!f || f->inner == 1 || op.kind == ops::Reduction::max) return nullptr;
    if (!all_bfloat16(inputs) || !all_bfloat16(outputs)) return nullptr;
    const auto scratch = static_cast<std::size_t>(f->outer * f->inner) * sizeof(float);
    return make_kernel(
        "simd",
        [f = *f, scale = scale_of(op, *f)](const KernelArguments& a) {
            auto* const sums = reinterpret_cast<float*>(a.scratch);
            const std::int64_t block = f.reduced * f.inner;
            parallel_rows({f.outer, block}, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t o = begin; o < end; ++o) {
                    scaled_sum_rows(f.reduced, f.inner, a.in<BFloat16>(0) + o * block, scale, sums + o * f.inner);
                }
            });
            round(f.outer * f.inner, sums, a.out<BFloat16>(0));
        },
        scratch);
}

// One row of channels spread over rows, the gradient of the above.
KernelPtr make_broadcast_in_bfloat16(const ops::BroadcastTo& op, Specs inputs, Specs outputs) {
    const std::optional<Fold> f = fold(outputs[0].shape, op.axes);
    if (!f || !all_bfloat16(inputs) || !all_bfloat16(outputs)) return nullptr;
    const auto scratch = static_cast<std::size_t>(f->outer * f->inner) * (sizeof(float) + sizeof(BFloat16));
    return make_kernel(
        "simd",
        [f = *f, scale = static_cast<float>(op.scale)](const KernelArguments& a) {
            auto* const values = reinterpret_cast<float*>(a.scratch);
            auto* const scaled = reinterpret_cast<BFloat16*>(values + f.outer * f.inner);
            widen(f.outer * f.inner, a.in<BFloat16>(0), values);
            for (std::int64_t i = 0; i < f.outer * f.inner; ++i) values[i] *= scale;
            round(f.outer * f.inner, values, scaled);
            parallel_rows({f.outer * f.reduced, f.inner}, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t row = begin; row < end; ++row) {
                    std::copy_n(scaled + row / f.reduced * f.inner, f.inner, a.out<BFloat16>(0) + row * f.inner);
                }
            });
        },
        scratch);
}

}  // namespace

void add_reduction(graph::KernelTable& table, graph::KernelTable& in_bfloat16) {
    table.add<ops::Reduce>(make_reduce);
    table.add<ops::ReduceMaxGradient>(make_max_gradient);
    table.add<ops::BroadcastTo>(make_broadcast);
    in_bfloat16.add<ops::Reduce>(make_reduce_in_bfloat16);
    in_bfloat16.add<ops::BroadcastTo>(make_broadcast_in_bfloat16);
}

}  // namespace markhor::cpu
