// Comparisons and powers, element by element.
#include "ops/comparison.hpp"

#include <cmath>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

using ops::Comparison;

template <class T>
bool holds(Comparison kind, T x, T y) {
    switch (kind) {
        case Comparison::equal: return x == y;
        case Comparison::not_equal: return x != y;
        case Comparison::greater: return x > y;
        case Comparison::greater_equal: return x >= y;
    }
    return false;
}

KernelPtr make_compare(const ops::Compare& op, Specs inputs, Specs outputs) {
    const Shape& shape = outputs[0].shape;
    const Walk x_walk = broadcast_walk(inputs[0].shape, shape);
    const Walk y_walk = broadcast_walk(inputs[1].shape, shape);
    return floating_kernel(inputs[0].dtype,
                           [x_walk, y_walk, kind = op.kind]<class T>(const KernelArguments& arguments) {
                               const T* const x = arguments.in<T>(0);
                               const T* const y = arguments.in<T>(1);
                               T* const z = arguments.out<T>(0);
                               for (std::int64_t i = 0; i < x_walk.count(); ++i)
                                   z[i] = holds(kind, x[x_walk[i]], y[y_walk[i]]) ? T{1} : T{0};
                           });
}

KernelPtr make_power(const ops::Power& op, Specs inputs, Specs) {
    const std::int64_t count = inputs[0].shape.elements();
    return floating_kernel(inputs[0].dtype, [count, exponent = op.exponent]<class T>(const KernelArguments& arguments) {
        const T* const x = arguments.in<T>(0);
        T* const y = arguments.out<T>(0);
        for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<T>(std::pow(static_cast<double>(x[i]), exponent));
    });
}

}  // namespace

void add_comparison(graph::KernelTable& table) {
    table.add<ops::Compare>(make_compare);
    table.add<ops::Power>(make_power);
}

}  // namespace markhor::engine::plain
