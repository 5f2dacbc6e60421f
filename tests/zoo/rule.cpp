#include "zoo/rule.hpp"

#include <cmath>
#include <string_view>

namespace markhor::applications::test {
namespace {

std::uint64_t fnv(std::string_view text) {
    std::uint64_t value = 0xCBF29CE484222325;
    for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    return value;
}

/// The stream of numbers in [-1, 1) of one name: SplitMix64, of which any element can be computed alone.
class Uniform {
public:
    explicit Uniform(std::string_view name) : seed_(fnv(name)) {}
    double operator[](std::uint64_t index) const {
        std::uint64_t z = seed_ + (index + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EB;
        z ^= z >> 31U;
        return static_cast<double>(z >> 40U) / (1U << 23U) - 1;
    }

private:
    std::uint64_t seed_;
};

/// The inputs that one output of the kernel sums over; a depthwise kernel (…, channels, 1) sees one channel.
std::int64_t inputs_of(const Shape& kernel) {
    if (kernel.rank() == 4 && kernel[3] == 1) return kernel[0] * kernel[1];
    std::int64_t inputs = 1;
    for (std::size_t i = 0; i + 1 < kernel.rank(); ++i) inputs *= kernel[i];
    return inputs;
}

}  // namespace

void set_weights_by_rule(const Model& model, double gain) {
    for (const VariablePtr& weight : model.weights()) {
        if (weight->name == "count") continue;
        const std::string layer = weight->path.substr(0, weight->path.find('/'));
        // What ConvNeXt's LayerScale leaves unnamed.
        const std::string name = weight->name.starts_with("variable") ? "gamma" : weight->name;
        const Uniform uniform(layer + "/" + name);
        double centre = 0;
        double spread = 0.125;
        if (weight->value.shape().rank() > 1) {
            spread = gain * std::sqrt(3 / static_cast<double>(inputs_of(weight->value.shape())));
        } else if (name == "gamma" || name.ends_with("variance")) {
            centre = 1;
            spread = 0.25;
        }
        std::uint64_t index = 0;
        for (float& value : weight->value.data<float>()) value = static_cast<float>(centre + spread * uniform[index++]);
    }
}

Tensor input_by_rule(std::int64_t side, bool pixels) {
    const std::int64_t squares = (side + 7) / 8;
    const Uniform uniform("input");
    Tensor images({2, side, side, 3}, DType::float32);
    std::int64_t at = 0;
    for (float& value : images.data<float>()) {
        const std::int64_t channel = at % 3;
        const std::int64_t column = at / 3 % side;
        const std::int64_t row = at / 3 / side % side;
        const std::int64_t image = at++ / 3 / side / side;
        const std::int64_t square = (image * squares + row / 8) * squares + column / 8;
        const double u = uniform[static_cast<std::uint64_t>(square * 3 + channel)];
        value = static_cast<float>(pixels ? u * 127.5 + 127.5 : u);
    }
    return images;
}

}  // namespace markhor::applications::test
