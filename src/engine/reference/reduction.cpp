// Reductions over axes, and spreading a reduced tensor back.
#include "ops/reduction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

// A tensor seen as its kept axes and, for each of their elements, the axes that are reduced.
struct Split {
    Walk kept, reduced;
};

Split split(const Shape& shape, const std::vector<int>& axes) {
    const std::vector<std::int64_t> strides = strides_of(shape);
    Split result;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        const bool is_reduced = std::ranges::find(axes, static_cast<int>(axis)) != axes.end();
        (is_reduced ? result.reduced : result.kept).add_axis(shape[axis], strides[axis]);
    }
    return result;
}

template <class T>
void reduce(const Split& s, ops::Reduction kind, const T* x, T* y) {
    for (std::int64_t o = 0; o < s.kept.count(); ++o) {
        const T* const first = x + s.kept[o];
        double sum = 0;
        double maximum = -std::numeric_limits<double>::infinity();
        for (std::int64_t r = 0; r < s.reduced.count(); ++r) {
            const auto value = static_cast<double>(first[s.reduced[r]]);
            sum += value;
            if (value > maximum || std::isnan(value)) maximum = value;
        }
        switch (kind) {
            case ops::Reduction::sum: y[o] = static_cast<T>(sum); break;
            case ops::Reduction::mean: y[o] = static_cast<T>(sum / static_cast<double>(s.reduced.count())); break;
            case ops::Reduction::max: y[o] = static_cast<T>(maximum); break;
        }
    }
}

template <class T>
void max_gradient(const Split& s, const T* dy, const T* x, const T* y, T* dx) {
    for (std::int64_t o = 0; o < s.kept.count(); ++o) {
        const std::int64_t first = s.kept[o];
        std::int64_t equals = 0;
        for (std::int64_t r = 0; r < s.reduced.count(); ++r) equals += x[first + s.reduced[r]] == y[o] ? 1 : 0;
        const double share = static_cast<double>(dy[o]) / static_cast<double>(equals);
        for (std::int64_t r = 0; r < s.reduced.count(); ++r) {
            const std::int64_t at = first + s.reduced[r];
            dx[at] = x[at] == y[o] ? static_cast<T>(share) : T{0};
        }
    }
}

template <class T>
void broadcast(const Split& s, double scale, const T* x, T* y) {
    for (std::int64_t o = 0; o < s.kept.count(); ++o) {
        const T value = static_cast<T>(static_cast<double>(x[o]) * scale);
        for (std::int64_t r = 0; r < s.reduced.count(); ++r) y[s.kept[o] + s.reduced[r]] = value;
    }
}

}  // namespace

void add_reduction(graph::KernelTable& table) {
    table.add<ops::Reduce>([](const ops::Reduce& op, Specs inputs, Specs) {
        return floating_kernel(
            inputs[0].dtype, [s = split(inputs[0].shape, op.axes), kind = op.kind]<class T>(const KernelArguments& a) {
                reduce<T>(s, kind, a.in<T>(0), a.out<T>(0));
            });
    });
    table.add<ops::ReduceMaxGradient>([](const ops::ReduceMaxGradient& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype,
                               [s = split(inputs[1].shape, op.axes)]<class T>(const KernelArguments& a) {
                                   max_gradient<T>(s, a.in<T>(0), a.in<T>(1), a.in<T>(2), a.out<T>(0));
                               });
    });
    table.add<ops::BroadcastTo>([](const ops::BroadcastTo& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype,
                               [s = split(op.shape, op.axes), scale = op.scale]<class T>(const KernelArguments& a) {
                                   broadcast<T>(s, scale, a.in<T>(0), a.out<T>(0));
                               });
    });
}

}  // namespace markhor::engine::plain
