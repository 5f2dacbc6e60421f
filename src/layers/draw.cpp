#include "layers/draw.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <markhor/error.hpp>
#include <numbers>
#include <vector>

#include "core/parallel.hpp"
#include "core/random.hpp"

namespace markhor {
namespace {

// The deviation of a standard normal number that is drawn again beyond two deviations.
constexpr double truncated_deviation = 0.87962566103423978;

using Four = std::array<double, 4>;

// A word as a number in [0, 1), with all its bits: 24 would leave no normal number beyond 5.8 deviations.
double unit(std::uint32_t word) { return static_cast<double>(word) * 0x1.0p-32; }

// Four standard normal numbers: two pairs of Box and Muller's.
Four normal_four(std::uint64_t seed, std::uint64_t stream, std::uint64_t block) {
    const std::array<std::uint32_t, 4> words = Philox(seed, stream).block(block);
    Four values{};
    for (std::size_t i = 0; i < 4; i += 2) {
        const double radius = std::sqrt(-2 * std::log(1 - unit(words[i])));  // 1 - unit is never 0
        const double angle = 2 * std::numbers::pi * unit(words[i + 1]);
        values[i] = radius * std::cos(angle);
        values[i + 1] = radius * std::sin(angle);
    }
    return values;
}

// The same, each drawn again, from the next stream, while it is beyond `bound`.
Four bounded_normal_four(std::uint64_t seed, std::uint64_t block, double bound) {
    Four values = normal_four(seed, 0, block);
    const auto outside = [bound](double value) { return std::abs(value) > bound; };
    for (std::uint64_t stream = 1; std::ranges::any_of(values, outside); ++stream) {
        const Four others = normal_four(seed, stream, block);
        for (std::size_t i = 0; i < 4; ++i) {
            if (outside(values[i])) values[i] = others[i];
        }
    }
    return values;
}

struct Fans {
    double in = 1;
    double out = 1;
};

Fans fans_of(const Shape& shape) {
    if (shape.rank() == 0) return {};
    if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
    double receptive = 1;
    for (std::size_t axis = 0; axis + 2 < shape.rank(); ++axis) receptive *= static_cast<double>(shape[axis]);
    return {receptive * static_cast<double>(shape.dim(-2)), receptive * static_cast<double>(shape.back())};
}

// Elements 4 b … 4 b + 3 are four(b): each block by itself, so that threads share the work and the values do not depend
// on how.
template <class Blocks>
Tensor filled(const Shape& shape, const Blocks& four) {
    Tensor tensor(shape, DType::float32);
    const auto values = tensor.data<float>();
    const std::int64_t count = tensor.size();
    parallel_for((count + 3) / 4, 4096, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t block = begin; block < end; ++block) {
            const Four drawn = four(static_cast<std::uint64_t>(block));
            for (std::int64_t i = 4 * block; i < std::min(4 * block + 4, count); ++i) {
                values[static_cast<std::size_t>(i)] = static_cast<float>(drawn[static_cast<std::size_t>(i % 4)]);
            }
        }
    });
    return tensor;
}

using Column = std::vector<double>;

double dot(const Column& a, const Column& b) {
    double product = 0;
    for (std::size_t i = 0; i < a.size(); ++i) product += a[i] * b[i];
    return product;
}

// Makes the columns orthonormal, in order. Each is freed of the ones before it twice, because once is not enough in
// floating point. R's diagonal comes out positive, which is the sign fix.
void orthonormalize(std::vector<Column>& columns) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
        for (int pass = 0; pass < 2; ++pass) {
            for (std::size_t j = 0; j < k; ++j) {
                const double along = dot(columns[j], columns[k]);
                for (std::size_t i = 0; i < columns[k].size(); ++i) columns[k][i] -= along * columns[j][i];
            }
        }
        const double length = std::sqrt(dot(columns[k], columns[k]));
        for (double& value : columns[k]) value /= length;
    }
}

}  // namespace

Tensor Draw::constant(double value) const { return Tensor::full(shape_, static_cast<float>(value)); }

Tensor Draw::identity(double gain) const {
    if (shape_.rank() != 2) throw ValueError("Identity takes the shape of a matrix; " + shape_.str() + " came");
    Tensor tensor = Tensor::zeros(shape_);
    const auto values = tensor.data<float>();
    for (std::int64_t i = 0; i < std::min(shape_[0], shape_[1]); ++i) {
        values[static_cast<std::size_t>(i * shape_[1] + i)] = static_cast<float>(gain);
    }
    return tensor;
}

Tensor Draw::uniform(double low, double high) const {
    return filled(shape_, [&, philox = Philox(seed_, 0)](std::uint64_t block) {
        const std::array<std::uint32_t, 4> words = philox.block(block);
        Four values{};
        for (std::size_t i = 0; i < 4; ++i) values[i] = low + (high - low) * unit(words[i]);
        return values;
    });
}

Tensor Draw::normal(double mean, double deviation) const {
    return filled(shape_, [&](std::uint64_t block) {
        Four values = normal_four(seed_, 0, block);
        for (double& value : values) value = mean + deviation * value;
        return values;
    });
}

Tensor Draw::truncated_normal(double mean, double deviation) const {
    return filled(shape_, [&](std::uint64_t block) {
        Four values = bounded_normal_four(seed_, block, 2);
        for (double& value : values) value = mean + deviation * value;
        return values;
    });
}

Tensor Draw::variance_scaling(double scale, const std::string& mode, const std::string& distribution) const {
    const Fans fans = fans_of(shape_);
    const double fan = mode == "fan_in" ? fans.in : mode == "fan_out" ? fans.out : (fans.in + fans.out) / 2;
    const double variance = scale / std::max(fan, 1.0);
    if (distribution == "uniform") return uniform(-std::sqrt(3 * variance), std::sqrt(3 * variance));
    if (distribution == "untruncated_normal") return normal(0, std::sqrt(variance));
    return truncated_normal(0, std::sqrt(variance) / truncated_deviation);
}

Tensor Draw::orthogonal(double gain) const {
    if (shape_.rank() < 2) throw ValueError("Orthogonal takes a shape of at least 2 axes; " + shape_.str() + " came");
    Tensor tensor(shape_, DType::float32);
    const auto values = tensor.data<float>();
    const auto width = static_cast<std::size_t>(shape_.back());
    if (values.empty()) return tensor;
    const std::size_t height = values.size() / width;
    std::vector<Column> columns(std::min(width, height), Column(std::max(width, height)));
    std::uint64_t drawn = 0;
    Four four{};
    for (Column& column : columns) {
        for (double& value : column) {
            if (drawn % 4 == 0) four = normal_four(seed_, 0, drawn / 4);
            value = four[drawn++ % 4];
        }
    }
    orthonormalize(columns);
    for (std::size_t row = 0; row < height; ++row) {
        for (std::size_t i = 0; i < width; ++i) {
            const double value = width <= height ? columns[i][row] : columns[row][i];
            values[row * width + i] = static_cast<float>(gain * value);
        }
    }
    return tensor;
}

}  // namespace markhor
