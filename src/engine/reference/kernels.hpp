// The reference engine's kernels: one function a family adds it to the table. Below, what the families share: kernels
// made from functions, and walks over images and over axes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "graph/engine.hpp"
#include "ops/convolution.hpp"
#include "ops/window.hpp"

namespace markhor::engine::plain {

void add_convolution(graph::KernelTable& table);
void add_pooling(graph::KernelTable& table);
void add_reduction(graph::KernelTable& table);
void add_normalization(graph::KernelTable& table);
void add_matmul(graph::KernelTable& table);
void add_elementwise(graph::KernelTable& table);
void add_comparison(graph::KernelTable& table);
void add_softmax(graph::KernelTable& table);
void add_sparsemax(graph::KernelTable& table);
void add_shape_ops(graph::KernelTable& table);
void add_random(graph::KernelTable& table);
void add_resample(graph::KernelTable& table);
void add_update(graph::KernelTable& table);

using graph::KernelArguments;
using graph::KernelPtr;
using graph::Specs;
using ops::Spatial;

/// A kernel that calls a function, unless nobody reads any of its outputs.
template <class Body>
class PlainKernel final : public graph::Kernel {
public:
    explicit PlainKernel(Body body) : body_(std::move(body)) {}
    void run(const KernelArguments& arguments) const override {
        for (const void* output : arguments.outputs) {
            if (output != nullptr) return body_(arguments);
        }
    }
    std::string_view algorithm() const override { return "plain loops"; }

private:
    Body body_;
};

/// A kernel of body(arguments).
template <class Body>
KernelPtr plain_kernel(Body body) {
    return std::make_unique<PlainKernel<Body>>(std::move(body));
}

/// A kernel of body.operator()<T>(arguments) with T the C++ type of `dtype`; null for a type that is not floating.
template <class Body>
KernelPtr floating_kernel(DType dtype, Body body) {
    if (dtype == DType::float32) {
        return plain_kernel([body](const KernelArguments& arguments) { body.template operator()<float>(arguments); });
    }
    if (dtype == DType::float64) {
        return plain_kernel([body](const KernelArguments& arguments) { body.template operator()<double>(arguments); });
    }
    return nullptr;
}

/// Calls f(position) for all positions of three axes, row-major.
template <class F>
void for_each(const Spatial& sizes, const F& f) {
    for (std::int64_t d = 0; d < sizes[0]; ++d) {
        for (std::int64_t h = 0; h < sizes[1]; ++h) {
            for (std::int64_t w = 0; w < sizes[2]; ++w) f(Spatial{d, h, w});
        }
    }
}

/// The row-major index of a position of the n-th image of these sizes.
inline std::int64_t index_of(std::int64_t n, const Spatial& sizes, const Spatial& at) {
    return ((n * sizes[0] + at[0]) * sizes[1] + at[1]) * sizes[2] + at[2];
}

/// The input position that tap `k` of the window at output `o` sees; false where that is padding.
inline bool input_of(const ops::Window& window, const Spatial& o, const Spatial& k, const Spatial& in, Spatial& i) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
        i[axis] = o[axis] * window.stride[axis] + k[axis] * window.dilation[axis] - window.pad_before[axis];
        if (i[axis] < 0 || i[axis] >= in[axis]) return false;
    }
    return true;
}

/// The output position whose tap `k` sees input `i`; false where there is none.
inline bool output_of(const ops::Window& window, const Spatial& i, const Spatial& k, const Spatial& out, Spatial& o) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::int64_t steps = i[axis] - k[axis] * window.dilation[axis] + window.pad_before[axis];
        if (steps < 0 || steps % window.stride[axis] != 0) return false;
        o[axis] = steps / window.stride[axis];
        if (o[axis] >= out[axis]) return false;
    }
    return true;
}

/// The elements of a part of a tensor, in row-major order: sizes of some axes, and how far apart neighbours lie.
class Walk {
public:
    void add_axis(std::int64_t size, std::int64_t stride) {
        sizes_.push_back(size);
        strides_.push_back(stride);
        count_ *= size;
    }
    std::int64_t count() const noexcept { return count_; }
    /// Where the i-th element lies.
    std::int64_t operator[](std::int64_t i) const {
        std::int64_t place = 0;
        for (std::size_t axis = sizes_.size(); axis-- > 0; i /= sizes_[axis])
            place += i % sizes_[axis] * strides_[axis];
        return place;
    }

private:
    std::vector<std::int64_t> sizes_;
    std::vector<std::int64_t> strides_;
    std::int64_t count_ = 1;
};

/// An epilogue of one element.
double apply(ops::Epilogue epilogue, double x);

/// Row-major strides.
std::vector<std::int64_t> strides_of(const Shape& shape);
/// All elements of `to` in order, as places in a tensor of shape `from` that is broadcast to it.
Walk broadcast_walk(const Shape& from, const Shape& to);

}  // namespace markhor::engine::plain
