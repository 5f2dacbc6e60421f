// Pooling and its gradients. A gradient is gathered: each input element sums what the windows over it owe it.
#include "ops/pooling.hpp"

#include <cmath>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

struct WindowGeometry {
    ops::Window window;
    std::int64_t batch, channels;
    Spatial in, out;
};

WindowGeometry geometry_of(const ops::Window& window, const Shape& image) {
    const Spatial in = window.spatial(image);
    return {window, image[0], image.back(), in, window.positions(in)};
}

// Calls f(n, position, channel, element's index) for every element of a batch of images of these sizes.
template <class F>
void for_each_element(const WindowGeometry& g, const Spatial& sizes, const F& f) {
    std::int64_t index = 0;
    for (std::int64_t n = 0; n < g.batch; ++n) {
        for_each(sizes, [&](const Spatial& at) {
            for (std::int64_t c = 0; c < g.channels; ++c) f(n, at, c, index++);
        });
    }
}

// y and index may each be null.
template <class T>
void max_pool(const WindowGeometry& g, const T* x, T* y, std::uint8_t* index) {
    for_each_element(g, g.out, [&](std::int64_t n, const Spatial& o, std::int64_t c, std::int64_t at) {
        T best{};
        std::int64_t winner = -1;
        for_each(g.window.size, [&](const Spatial& k) {
            Spatial i;
            if (!input_of(g.window, o, k, g.in, i)) return;
            const T value = x[index_of(n, g.in, i) * g.channels + c];
            if (winner < 0 || value > best || (std::isnan(value) && !std::isnan(best))) {
                best = value;
                winner = index_of(0, g.window.size, k);
            }
        });
        if (y != nullptr) y[at] = best;
        if (index != nullptr) index[at] = static_cast<std::uint8_t>(winner);
    });
}

template <class T>
void max_pool_gradient(const WindowGeometry& g, const T* dy, const std::uint8_t* index, T* dx) {
    for_each_element(g, g.in, [&](std::int64_t n, const Spatial& i, std::int64_t c, std::int64_t at) {
        double sum = 0;
        for_each(g.window.size, [&](const Spatial& k) {
            Spatial o;
            if (!output_of(g.window, i, k, g.out, o)) return;
            const std::int64_t from = index_of(n, g.out, o) * g.channels + c;
            if (index[from] == index_of(0, g.window.size, k)) sum += static_cast<double>(dy[from]);
        });
        dx[at] = static_cast<T>(sum);
    });
}

// The real elements under the window at an output position.
std::int64_t real_elements(const WindowGeometry& g, const Spatial& o) {
    std::int64_t count = 0;
    for_each(g.window.size, [&](const Spatial& k) {
        Spatial i;
        if (input_of(g.window, o, k, g.in, i)) ++count;
    });
    return count;
}

template <class T>
void average_pool(const WindowGeometry& g, const T* x, T* y) {
    for_each_element(g, g.out, [&](std::int64_t n, const Spatial& o, std::int64_t c, std::int64_t at) {
        double sum = 0;
        for_each(g.window.size, [&](const Spatial& k) {
            Spatial i;
            if (input_of(g.window, o, k, g.in, i)) sum += static_cast<double>(x[index_of(n, g.in, i) * g.channels + c]);
        });
        y[at] = static_cast<T>(sum / static_cast<double>(real_elements(g, o)));
    });
}

template <class T>
void average_pool_gradient(const WindowGeometry& g, const T* dy, T* dx) {
    for_each_element(g, g.in, [&](std::int64_t n, const Spatial& i, std::int64_t c, std::int64_t at) {
        double sum = 0;
        for_each(g.window.size, [&](const Spatial& k) {
            Spatial o;
            if (!output_of(g.window, i, k, g.out, o)) return;
            const T share = dy[index_of(n, g.out, o) * g.channels + c];
            sum += static_cast<double>(share) / static_cast<double>(real_elements(g, o));
        });
        dx[at] = static_cast<T>(sum);
    });
}

}  // namespace

void add_pooling(graph::KernelTable& table) {
    table.add<ops::MaxPool>([](const ops::MaxPool& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype,
                               [g = geometry_of(op.window, inputs[0].shape)]<class T>(const KernelArguments& a) {
                                   max_pool<T>(g, a.in<T>(0), a.out<T>(0), a.out<std::uint8_t>(1));
                               });
    });
    table.add<ops::MaxPoolGradient>([](const ops::MaxPoolGradient& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype,
                               [g = geometry_of(op.window, op.input_shape)]<class T>(const KernelArguments& a) {
                                   max_pool_gradient<T>(g, a.in<T>(0), a.in<std::uint8_t>(1), a.out<T>(0));
                               });
    });
    table.add<ops::AveragePool>([](const ops::AveragePool& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype,
                               [g = geometry_of(op.window, inputs[0].shape)]<class T>(const KernelArguments& a) {
                                   average_pool<T>(g, a.in<T>(0), a.out<T>(0));
                               });
    });
    table.add<ops::AveragePoolGradient>([](const ops::AveragePoolGradient& op, Specs inputs, Specs) {
        return floating_kernel(inputs[0].dtype,
                               [g = geometry_of(op.window, op.input_shape)]<class T>(const KernelArguments& a) {
                                   average_pool_gradient<T>(g, a.in<T>(0), a.out<T>(0));
                               });
    });
}

}  // namespace markhor::engine::plain
