// Ops that move elements of any type, and the cast from one type to another. Every move is a walk over a few axes that
// copies runs of bytes; axes that lie one behind the other on both sides are joined first.
#include "ops/shape_ops.hpp"

#include <cstring>
#include <vector>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/kernels.hpp"

namespace markhor::cpu {
namespace {

std::vector<std::int64_t> strides_of(const Shape& shape) {
    std::vector<std::int64_t> strides(shape.rank(), 1);
    for (std::size_t axis = shape.rank(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
    return strides;
}

// One part of a tensor copied to one part of another.
class Move {
public:
    explicit Move(std::size_t width) : width_(width) {}

    // Axes from the outermost; strides and places in elements.
    void add_axis(std::int64_t size, std::int64_t from_stride, std::int64_t to_stride) {
        if (size == 1) return;
        if (!axes_.empty() && axes_.back().from == from_stride * size && axes_.back().to == to_stride * size) {
            axes_.back() = {axes_.back().size * size, from_stride, to_stride};
        } else {
            axes_.push_back({size, from_stride, to_stride});
        }
    }
    void start(std::int64_t from, std::int64_t to) {
        from_ = from;
        to_ = to;
    }
    // After the last axis: a last axis without gaps becomes the run.
    void finish() {
        if (!axes_.empty() && axes_.back().from == 1 && axes_.back().to == 1) {
            run_ = axes_.back().size;
            axes_.pop_back();
        }
        inner_ = axes_.empty() ? Axis{1, 0, 0} : axes_.back();
        if (!axes_.empty()) axes_.pop_back();
        rows_ = 1;
        for (const Axis& axis : axes_) rows_ *= axis.size;
    }

    void run(const void* from, void* to) const {
        const auto* const source = static_cast<const std::byte*>(from);
        auto* const target = static_cast<std::byte*>(to);
        const std::int64_t row_elements = std::max<std::int64_t>(run_ * inner_.size, 1);
        parallel_for(rows_, std::max<std::int64_t>(grain / row_elements, 1), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t row = begin; row < end; ++row) {
                std::int64_t rest = row, a = from_, b = to_;
                for (std::size_t axis = axes_.size(); axis-- > 0; rest /= axes_[axis].size) {
                    const std::int64_t at = rest % axes_[axis].size;
                    a += at * axes_[axis].from;
                    b += at * axes_[axis].to;
                }
                copy_row(source, a, target, b);
            }
        });
    }

private:
    struct Axis {
        std::int64_t size, from, to;
    };

    void copy_row(const std::byte* source, std::int64_t a, std::byte* target, std::int64_t b) const {
        if (run_ == 1 && width_ == sizeof(float)) {
            copy_elements<std::uint32_t>(source, a, target, b);
            return;
        }
        const std::size_t bytes = static_cast<std::size_t>(run_) * width_;
        for (std::int64_t i = 0; i < inner_.size; ++i, a += inner_.from, b += inner_.to) {
            std::memcpy(target + static_cast<std::size_t>(b) * width_, source + static_cast<std::size_t>(a) * width_,
                        bytes);
        }
    }
    template <class Element>
    void copy_elements(const std::byte* source, std::int64_t a, std::byte* target, std::int64_t b) const {
        const auto* const from = reinterpret_cast<const Element*>(source) + a;
        auto* const to = reinterpret_cast<Element*>(target) + b;
        for (std::int64_t i = 0; i < inner_.size; ++i) to[i * inner_.to] = from[i * inner_.from];
    }

    std::size_t width_;
    std::vector<Axis> axes_;  // around the rows
    Axis inner_{1, 0, 0};     // along a row
    std::int64_t rows_ = 1, run_ = 1, from_ = 0, to_ = 0;
};

// The move of all of `part` between itself and its place in `whole`.
Move part_move(const Shape& part, const Shape& whole, std::int64_t place, bool into_whole, DType dtype) {
    Move move(size_of(dtype));
    const auto part_strides = strides_of(part);
    const auto whole_strides = strides_of(whole);
    for (std::size_t axis = 0; axis < part.rank(); ++axis) {
        if (into_whole) {
            move.add_axis(part[axis], part_strides[axis], whole_strides[axis]);
        } else {
            move.add_axis(part[axis], whole_strides[axis], part_strides[axis]);
        }
    }
    move.start(into_whole ? 0 : place, into_whole ? place : 0);
    move.finish();
    return move;
}

std::int64_t place_of(const std::vector<std::int64_t>& position, const Shape& shape) {
    const auto strides = strides_of(shape);
    std::int64_t place = 0;
    for (std::size_t axis = 0; axis < position.size(); ++axis) place += position[axis] * strides[axis];
    return place;
}

KernelPtr make_transpose(const ops::Transpose& op, Specs inputs, Specs outputs) {
    const auto from = strides_of(inputs[0].shape);
    const auto to = strides_of(outputs[0].shape);
    Move move(size_of(inputs[0].dtype));
    for (std::size_t axis = 0; axis < op.permutation.size(); ++axis) {
        move.add_axis(outputs[0].shape[axis], from[static_cast<std::size_t>(op.permutation[axis])], to[axis]);
    }
    move.finish();
    return make_kernel("copies", [move](const KernelArguments& a) { move.run(a.inputs[0], a.outputs[0]); });
}

KernelPtr make_concatenate(const ops::Concatenate& op, Specs inputs, Specs outputs) {
    const Shape& whole = outputs[0].shape;
    const auto axis = static_cast<std::size_t>(op.axis);
    std::vector<Move> moves;
    std::vector<std::int64_t> position(whole.rank(), 0);
    for (const ops::TensorSpec& input : inputs) {
        moves.push_back(part_move(input.shape, whole, place_of(position, whole), true, input.dtype));
        position[axis] += input.shape[axis];
    }
    return make_kernel("copies", [moves](const KernelArguments& a) {
        for (std::size_t i = 0; i < moves.size(); ++i) moves[i].run(a.inputs[i], a.outputs[0]);
    });
}

KernelPtr make_slice(const ops::Slice& op, Specs inputs, Specs outputs) {
    const Move move =
        part_move(outputs[0].shape, inputs[0].shape, place_of(op.begin, inputs[0].shape), false, inputs[0].dtype);
    return make_kernel("copies", [move](const KernelArguments& a) { move.run(a.inputs[0], a.outputs[0]); });
}

KernelPtr make_pad(const ops::Pad& op, Specs inputs, Specs outputs) {
    const Move move =
        part_move(inputs[0].shape, outputs[0].shape, place_of(op.before, outputs[0].shape), true, inputs[0].dtype);
    const auto bytes = static_cast<std::int64_t>(outputs[0].bytes());
    return make_kernel("copies", [move, bytes](const KernelArguments& a) {
        auto* const target = a.out<std::byte>(0);
        parallel_for(bytes, 4 * grain, [target](std::int64_t begin, std::int64_t end) {
            std::memset(target + begin, 0, static_cast<std::size_t>(end - begin));
        });
        move.run(a.inputs[0], target);
    });
}

template <class From, class To>
KernelPtr cast_kernel(std::int64_t count) {
    return make_kernel("loop", [count](const KernelArguments& a) {
        const auto* const from = a.in<From>(0);
        auto* const to = a.out<To>(0);
        parallel_for(count, grain, [from, to](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) to[i] = static_cast<To>(from[i]);
        });
    });
}

// The types that images and labels come in; others are the reference engine's.
KernelPtr make_cast(const ops::Cast& op, Specs inputs, Specs) {
    const std::int64_t count = inputs[0].shape.elements();
    const DType from = inputs[0].dtype;
    if (op.dtype == DType::bfloat16 && from == DType::float32) {
        return make_kernel("simd",
                           [count](const KernelArguments& a) { round_all(count, a.in<float>(0), a.out<BFloat16>(0)); });
    }
    if (op.dtype == DType::float32 && from == DType::bfloat16) {
        return make_kernel("simd",
                           [count](const KernelArguments& a) { widen_all(count, a.in<BFloat16>(0), a.out<float>(0)); });
    }
    if (op.dtype == DType::float32) {
        if (from == DType::uint8) return cast_kernel<std::uint8_t, float>(count);
        if (from == DType::int32) return cast_kernel<std::int32_t, float>(count);
        if (from == DType::float64) return cast_kernel<double, float>(count);
        if (from == DType::float32) return cast_kernel<float, float>(count);
    }
    if (op.dtype == DType::int32 && from == DType::float32) return cast_kernel<float, std::int32_t>(count);
    return nullptr;
}

}  // namespace

void add_shape_ops(graph::KernelTable& table, graph::KernelTable& in_bfloat16) {
    for (graph::KernelTable* moving : {&table, &in_bfloat16}) {
        moving->add<ops::Transpose>(make_transpose);
        moving->add<ops::Concatenate>(make_concatenate);
        moving->add<ops::Slice>(make_slice);
        moving->add<ops::Pad>(make_pad);
    }
    table.add<ops::Cast>(make_cast);
}

}  // namespace markhor::cpu
