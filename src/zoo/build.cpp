#include "zoo/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <markhor/error.hpp>

#include "layers/pending_weights.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

Shape checked_input_shape(const Options& options, std::int64_t size, std::int64_t least) {
    const Shape& given = options.input_shape;
    if (given.rank() == 0) return options.include_top ? Shape{size, size, 3} : Shape{None, None, 3};
    const std::string what = options.name + ": input_shape is " + given.str() + "; ";
    if (given.rank() != 3) throw ShapeError(what + "(height, width, channels) is wanted");
    for (std::size_t axis = 0; axis < 2; ++axis) {
        if (given[axis] == None && options.include_top)
            throw ShapeError(what + "known sizes are wanted where include_top is true");
        if (given[axis] != None && given[axis] < least) {
            throw ShapeError(what + "at least " + std::to_string(least) + "x" + std::to_string(least) + " is wanted");
        }
    }
    if (given[2] < 1) throw ShapeError(what + "at least 1 channel is wanted");
    return given;
}

void check(const Options& options) {
    const auto refuse = [&](const std::string& what) { throw ValueError(options.name + ": " + what); };
    if (options.weights == "imagenet") {
        refuse("weights is \"imagenet\"; nothing is downloaded here: the path of Keras's weight file is wanted");
    }
    if (!options.pooling.empty() && options.pooling != "avg" && options.pooling != "max") {
        refuse("pooling is \"" + options.pooling + "\"; \"avg\", \"max\" or none is wanted");
    }
    if (!options.include_top) return;
    if (options.classes < 1) refuse("classes is " + std::to_string(options.classes) + "; at least 1 is wanted");
    const bool known = options.classifier_activation == "softmax" || options.classifier_activation == "linear";
    if (!options.weights.empty() && !known) {
        refuse("classifier_activation is \"" + options.classifier_activation +
               "\"; softmax or linear is wanted where weights come from a file");
    }
}

Options with_name(Options options, const std::string& keras_name) {
    if (options.name.empty()) options.name = keras_name;
    return options;
}

}  // namespace

Build::Build(const std::string& keras_name, const Options& options, std::int64_t size, std::int64_t least)
    : options_(with_name(options, keras_name)) {
    check(options_);
    const Shape shape = checked_input_shape(options_, size, least);
    if (!options_.weights.empty()) pending_ = std::make_unique<PendingWeights>(std::numeric_limits<std::size_t>::max());
    input_ = Input(shape);
}

Build::~Build() = default;

Model Build::finish(const SymbolicTensor& map, const TopNames& names) const {
    if (!options_.include_top) return model(pooled(map, names.avg, names.max));
    SymbolicTensor x = GlobalAveragePooling2D({.name = names.avg})(map);
    if (names.dropout > 0) x = Dropout(names.dropout, {.name = "top_dropout"})(x);
    return model(Dense(options_.classes, {.activation = options_.classifier_activation,
                                          .kernel_initializer = names.kernel_initializer,
                                          .name = "predictions"})(x));
}

SymbolicTensor Build::pooled(const SymbolicTensor& map, const std::string& avg_name,
                             const std::string& max_name) const {
    if (options_.pooling == "avg") return GlobalAveragePooling2D({.name = avg_name})(map);
    if (options_.pooling == "max") return GlobalMaxPooling2D({.name = max_name})(map);
    return map;
}

Model Build::model(const SymbolicTensor& output) const {
    Model made({.inputs = {input_}, .outputs = {output}, .name = options_.name});
    if (!options_.weights.empty()) made.load_weights(options_.weights);
    return made;
}

SymbolicTensor relu(const SymbolicTensor& x, const std::string& name) { return Activation("relu", {.name = name})(x); }

SymbolicTensor swish(const SymbolicTensor& x, const std::string& name) { return Activation("silu", {.name = name})(x); }

SymbolicTensor relu6(const SymbolicTensor& x, const std::string& name) {
    return ReLU({.max_value = 6.0, .name = name})(x);
}

Ints correct_pad(const SymbolicTensor& map, std::int64_t kernel_size) {
    const std::int64_t after = kernel_size / 2;
    const auto before = [&](std::size_t axis) {
        const bool is_odd = map.shape()[axis] != None && map.shape()[axis] % 2 == 1;
        return after - (is_odd && map.shape()[1] != None ? 0 : 1);
    };
    return {before(1), after, before(2), after};
}

std::int64_t round_to(double value, std::int64_t divisor, bool may_shrink) {
    const auto step = static_cast<double>(divisor);
    const std::int64_t multiple = static_cast<std::int64_t>(value + step / 2) / divisor * divisor;
    const std::int64_t rounded = std::max(divisor, multiple);
    return !may_shrink && static_cast<double>(rounded) < 0.9 * value ? rounded + divisor : rounded;
}

std::string name_with_width(const std::string& family, double alpha, std::int64_t size) {
    check_alpha(family, alpha);
    return fmt::format("{}_{:.2f}_{}", family, alpha, size == None ? "None" : std::to_string(size));
}

void check_alpha(const std::string& network, double alpha) {
    if (alpha > 0 && alpha <= 100) return;
    throw ValueError(network + ": alpha is " + fmt::format("{}", alpha) + "; a factor above 0, at most 100, is wanted");
}

Initializer efficientnet_convolution() {
    return initializers::VarianceScaling({.scale = 2.0, .mode = "fan_out", .distribution = "truncated_normal"});
}

Initializer efficientnet_dense() {
    return initializers::VarianceScaling({.scale = 1.0 / 3.0, .mode = "fan_out", .distribution = "uniform"});
}

}  // namespace markhor::applications
