// Joining the axes of a broadcast, and running it row by row.
#include "engine/cpu/broadcast.hpp"

#include <algorithm>

#include "engine/cpu/kernels.hpp"

namespace markhor::cpu {
namespace {

// The distance between neighbours along each axis of `to` in a dense tensor of shape `from`; 0 where it is repeated.
std::vector<std::int64_t> steps_of(const Shape& from, const Shape& to) {
    std::vector<std::int64_t> steps(to.rank(), 0);
    std::int64_t step = 1;
    for (std::size_t i = 1; i <= from.rank(); ++i) {
        const std::int64_t size = from[from.rank() - i];
        if (size != 1) steps[to.rank() - i] = step;
        step *= size;
    }
    return steps;
}

}  // namespace

BroadcastPlan::BroadcastPlan(const Shape& x, const Shape& y, const Shape& z) {
    const std::vector<std::int64_t> x_steps = steps_of(x, z);
    const std::vector<std::int64_t> y_steps = steps_of(y, z);
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < z.rank(); ++i) {
        const Axis axis{z[i], x_steps[i], y_steps[i]};
        if (axis.size == 1) continue;
        const bool joins = !axes.empty() && axes.back().x_step == axis.x_step * axis.size &&
                           axes.back().y_step == axis.y_step * axis.size;
        if (joins) {
            axes.back() = {axes.back().size * axis.size, axis.x_step, axis.y_step};
        } else {
            axes.push_back(axis);
        }
    }
    if (!axes.empty()) {
        width_ = axes.back().size;
        x_.element = axes.back().x_step;
        y_.element = axes.back().y_step;
        axes.pop_back();
    }
    if (!axes.empty()) {
        rows_ = axes.back().size;
        x_.row = axes.back().x_step;
        y_.row = axes.back().y_step;
        axes.pop_back();
    }
    for (const Axis& axis : axes) groups_ *= axis.size;
    outer_ = std::move(axes);
}

void BroadcastPlan::run(ops::BinaryKind kind, const float* x, const float* y, float* z) const {
    if (rows_ * groups_ == 1) {
        parallel_for(width_, grain, [&](std::int64_t begin, std::int64_t end) {
            binary(kind, 1, end - begin, x + begin * x_.element, x_, y + begin * y_.element, y_, z + begin);
        });
        return;
    }
    parallel_rows({groups_ * rows_, width_}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t at = begin; at < end;) {
            const std::int64_t row = at % rows_;
            const std::int64_t count = std::min(rows_ - row, end - at);
            std::int64_t x_place = row * x_.row;
            std::int64_t y_place = row * y_.row;
            std::int64_t group = at / rows_;
            for (std::size_t i = outer_.size(); i-- > 0; group /= outer_[i].size) {
                x_place += group % outer_[i].size * outer_[i].x_step;
                y_place += group % outer_[i].size * outer_[i].y_step;
            }
            binary(kind, count, width_, x + x_place, x_, y + y_place, y_, z + at * width_);
            at += count;
        }
    });
}

}  // namespace markhor::cpu
