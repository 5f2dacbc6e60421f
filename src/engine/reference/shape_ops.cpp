// Ops that move elements of any type, as blocks of bytes, and the cast from one type to another.
#include "ops/shape_ops.hpp"

#include <cstring>

#include "core/bfloat16.hpp"
#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

// Copies element `from` of one array to element `to` of another, whatever their type is.
struct Mover {
    std::size_t width;
    void operator()(const void* source, std::int64_t from, void* target, std::int64_t to) const {
        std::memcpy(static_cast<std::byte*>(target) + static_cast<std::size_t>(to) * width,
                    static_cast<const std::byte*>(source) + static_cast<std::size_t>(from) * width, width);
    }
};

KernelPtr make_transpose(const ops::Transpose& op, Specs inputs, Specs outputs) {
    const std::vector<std::int64_t> strides = strides_of(inputs[0].shape);
    Walk places;
    for (std::size_t axis = 0; axis < op.permutation.size(); ++axis) {
        places.add_axis(outputs[0].shape[axis], strides[static_cast<std::size_t>(op.permutation[axis])]);
    }
    const Mover move{size_of(inputs[0].dtype)};
    return plain_kernel([=](const KernelArguments& a) {
        for (std::int64_t i = 0; i < places.count(); ++i) move(a.inputs[0], places[i], a.outputs[0], i);
    });
}

// All elements of a tensor of shape `part`, as places in one of shape `whole`, counted from its first element's.
Walk part_walk(const Shape& part, const Shape& whole) {
    const std::vector<std::int64_t> strides = strides_of(whole);
    Walk places;
    for (std::size_t axis = 0; axis < part.rank(); ++axis) places.add_axis(part[axis], strides[axis]);
    return places;
}

std::int64_t place_of(const std::vector<std::int64_t>& position, const Shape& shape) {
    const std::vector<std::int64_t> strides = strides_of(shape);
    std::int64_t place = 0;
    for (std::size_t axis = 0; axis < position.size(); ++axis) place += position[axis] * strides[axis];
    return place;
}

KernelPtr make_concatenate(const ops::Concatenate& op, Specs inputs, Specs outputs) {
    const Shape& whole = outputs[0].shape;
    std::vector<Walk> parts;
    std::vector<std::int64_t> firsts;
    std::vector<std::int64_t> position(whole.rank(), 0);
    for (const ops::TensorSpec& input : inputs) {
        parts.push_back(part_walk(input.shape, whole));
        firsts.push_back(place_of(position, whole));
        position[static_cast<std::size_t>(op.axis)] += input.shape[static_cast<std::size_t>(op.axis)];
    }
    const Mover move{size_of(outputs[0].dtype)};
    return plain_kernel([=](const KernelArguments& a) {
        for (std::size_t input = 0; input < parts.size(); ++input) {
            const Walk& places = parts[input];
            for (std::int64_t i = 0; i < places.count(); ++i) {
                move(a.inputs[input], i, a.outputs[0], firsts[input] + places[i]);
            }
        }
    });
}

KernelPtr make_slice(const ops::Slice& op, Specs inputs, Specs outputs) {
    const Walk places = part_walk(outputs[0].shape, inputs[0].shape);
    const std::int64_t first = place_of(op.begin, inputs[0].shape);
    const Mover move{size_of(inputs[0].dtype)};
    return plain_kernel([=](const KernelArguments& a) {
        for (std::int64_t i = 0; i < places.count(); ++i) move(a.inputs[0], first + places[i], a.outputs[0], i);
    });
}

KernelPtr make_pad(const ops::Pad& op, Specs inputs, Specs outputs) {
    const Walk places = part_walk(inputs[0].shape, outputs[0].shape);
    const std::int64_t first = place_of(op.before, outputs[0].shape);
    const Mover move{size_of(inputs[0].dtype)};
    const std::size_t bytes = outputs[0].bytes();
    return plain_kernel([=](const KernelArguments& a) {
        std::memset(a.outputs[0], 0, bytes);
        for (std::int64_t i = 0; i < places.count(); ++i) move(a.inputs[0], i, a.outputs[0], first + places[i]);
    });
}

template <class From, class To>
KernelPtr cast_kernel(std::int64_t count) {
    return plain_kernel([count](const KernelArguments& a) {
        for (std::int64_t i = 0; i < count; ++i) a.out<To>(0)[i] = static_cast<To>(a.in<From>(0)[i]);
    });
}

template <class From>
KernelPtr cast_from(DType to, std::int64_t count) {
    switch (to) {
        case DType::float32: return cast_kernel<From, float>(count);
        case DType::float64: return cast_kernel<From, double>(count);
        case DType::int32: return cast_kernel<From, std::int32_t>(count);
        case DType::int64: return cast_kernel<From, std::int64_t>(count);
        case DType::uint8: return cast_kernel<From, std::uint8_t>(count);
        case DType::bfloat16: return cast_kernel<From, BFloat16>(count);
    }
    return nullptr;
}

KernelPtr make_cast(const ops::Cast& op, Specs inputs, Specs) {
    const std::int64_t count = inputs[0].shape.elements();
    switch (inputs[0].dtype) {
        case DType::float32: return cast_from<float>(op.dtype, count);
        case DType::float64: return cast_from<double>(op.dtype, count);
        case DType::int32: return cast_from<std::int32_t>(op.dtype, count);
        case DType::int64: return cast_from<std::int64_t>(op.dtype, count);
        case DType::uint8: return cast_from<std::uint8_t>(op.dtype, count);
        case DType::bfloat16: return cast_from<BFloat16>(op.dtype, count);
    }
    return nullptr;
}

}  // namespace

void add_shape_ops(graph::KernelTable& table) {
    table.add<ops::Transpose>(make_transpose);
    table.add<ops::Concatenate>(make_concatenate);
    table.add<ops::Slice>(make_slice);
    table.add<ops::Pad>(make_pad);
    table.add<ops::Cast>(make_cast);
}

}  // namespace markhor::engine::plain
