// keras.initializers: names and arguments here, the drawing of values in draw().
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/initializers.hpp>
#include <vector>

#include "layers/draw.hpp"
#include "ops/check.hpp"

namespace markhor {
namespace {

using Arguments = std::map<std::string, double>;
using Text = std::map<std::string, std::string>;

struct Kind {
    const char* class_name;
    std::vector<const char*> names;  // by which Keras finds it, besides its class name
    Arguments arguments;             // with Keras's defaults
    Text text;
    bool seeded;
};

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> table = {
        {"Zeros", {"zeros", "zero"}, {}, {}, false},
        {"Ones", {"ones", "one"}, {}, {}, false},
        {"Constant", {"constant"}, {{"value", 0}}, {}, false},
        {"Identity", {"identity", "IdentityInitializer"}, {{"gain", 1}}, {}, false},
        {"RandomNormal", {"random_normal", "normal"}, {{"mean", 0}, {"stddev", 0.05}}, {}, true},
        {"RandomUniform", {"random_uniform", "uniform"}, {{"minval", -0.05}, {"maxval", 0.05}}, {}, true},
        {"TruncatedNormal", {"truncated_normal"}, {{"mean", 0}, {"stddev", 0.05}}, {}, true},
        {"VarianceScaling",
         {"variance_scaling"},
         {{"scale", 1}},
         {{"mode", "fan_in"}, {"distribution", "truncated_normal"}},
         true},
        {"GlorotUniform", {"glorot_uniform"}, {}, {}, true},
        {"GlorotNormal", {"glorot_normal"}, {}, {}, true},
        {"HeUniform", {"he_uniform"}, {}, {}, true},
        {"HeNormal", {"he_normal"}, {}, {}, true},
        {"LecunUniform", {"lecun_uniform"}, {}, {}, true},
        {"LecunNormal", {"lecun_normal"}, {}, {}, true},
        {"Orthogonal", {"orthogonal", "OrthogonalInitializer"}, {{"gain", 1}}, {}, true},
    };
    return table;
}

const Kind& kind_named(const std::string& name) {
    std::string known;
    for (const Kind& kind : kinds()) {
        if (name == kind.class_name) return kind;
        for (const char* other : kind.names) {
            if (name == other) return kind;
        }
        known += (known.empty() ? "" : ", ") + std::string(kind.names[0]);
    }
    throw ValueError("the initializer \"" + name + "\" is unknown; one of " + known + " is wanted");
}

Arguments with_seed(Arguments arguments, std::optional<std::int64_t> seed) {
    if (seed) arguments["seed"] = static_cast<double>(*seed);
    return arguments;
}

void check_range(const std::string& class_name, const std::string& what, double value, bool good, const char* wanted) {
    if (!good) throw ValueError(class_name + ": " + what + " is " + ops::text(value) + "; " + wanted + " is wanted");
}

void check_choice(const std::string& what, const std::string& value, std::initializer_list<const char*> known) {
    std::string choices;
    for (const char* choice : known) {
        if (value == choice) return;
        choices += (choices.empty() ? "\"" : ", \"") + std::string(choice) + "\"";
    }
    throw ValueError("VarianceScaling: " + what + " is \"" + value + "\"; one of " + choices + " is wanted");
}

}  // namespace

Initializer::Initializer(const char* name) : Initializer(std::string(name)) {}

Initializer::Initializer(const std::string& name) {
    const Kind& kind = kind_named(name);
    class_name_ = kind.class_name;
    arguments_ = kind.arguments;
    text_ = kind.text;
}

Initializer Initializer::make(const std::string& class_name, const Arguments& arguments, const Text& text) {
    const Kind& kind = kind_named(class_name);
    Initializer made(class_name);
    for (const auto& [key, value] : arguments) {
        if (!kind.arguments.contains(key) && !(kind.seeded && key == "seed")) {
            throw ValueError(made.class_name_ + " has no argument '" + key + "'");
        }
        check_range(made.class_name_, key, value, std::isfinite(value), "a finite number");
        // A seed is kept as a double, exact up to 2^53.
        const bool is_seed = key == "seed";
        check_range(made.class_name_, key, value, !is_seed || (value >= 0 && value < 0x1p53),
                    "an integer of 0 to 2^53");
        if (key == "scale") check_range(made.class_name_, key, value, value > 0, "a number above 0");
        if (key == "stddev") check_range(made.class_name_, key, value, value >= 0, "a number of at least 0");
        made.arguments_[key] = value;
    }
    for (const auto& [key, value] : text) {
        if (!kind.text.contains(key)) throw ValueError(made.class_name_ + " has no argument '" + key + "'");
        made.text_[key] = value == "normal" && key == "distribution" ? "truncated_normal" : value;
    }
    if (!made.text_.empty()) {
        check_choice("mode", made.text_["mode"], {"fan_in", "fan_out", "fan_avg"});
        check_choice("distribution", made.text_["distribution"], {"truncated_normal", "untruncated_normal", "uniform"});
    }
    return made;
}

Tensor Initializer::operator()(const Shape& shape, std::uint64_t seed) const {
    const auto number = [&](const char* key) { return arguments_.at(key); };
    const auto own = arguments_.find("seed");
    Draw draw(shape, own == arguments_.end() ? seed : static_cast<std::uint64_t>(own->second));
    const std::string& name = class_name_;
    if (name == "Zeros") return draw.constant(0);
    if (name == "Ones") return draw.constant(1);
    if (name == "Constant") return draw.constant(number("value"));
    if (name == "Identity") return draw.identity(number("gain"));
    if (name == "RandomNormal") return draw.normal(number("mean"), number("stddev"));
    if (name == "RandomUniform") return draw.uniform(number("minval"), number("maxval"));
    if (name == "TruncatedNormal") return draw.truncated_normal(number("mean"), number("stddev"));
    if (name == "Orthogonal") return draw.orthogonal(number("gain"));
    if (name == "VarianceScaling")
        return draw.variance_scaling(number("scale"), text_.at("mode"), text_.at("distribution"));
    const char* distribution = name.ends_with("Uniform") ? "uniform" : "truncated_normal";
    if (name.starts_with("Glorot")) return draw.variance_scaling(1, "fan_avg", distribution);
    return draw.variance_scaling(name.starts_with("He") ? 2 : 1, "fan_in", distribution);
}

namespace initializers {

Initializer Zeros() { return Initializer("Zeros"); }
Initializer Ones() { return Initializer("Ones"); }
Initializer Constant(double value) { return Initializer::make("Constant", {{"value", value}}); }
Initializer Identity(double gain) { return Initializer::make("Identity", {{"gain", gain}}); }

Initializer RandomNormal(const NormalOptions& options) {
    return Initializer::make("RandomNormal",
                             with_seed({{"mean", options.mean}, {"stddev", options.stddev}}, options.seed));
}
Initializer RandomUniform(const UniformOptions& options) {
    return Initializer::make("RandomUniform",
                             with_seed({{"minval", options.minval}, {"maxval", options.maxval}}, options.seed));
}
Initializer TruncatedNormal(const NormalOptions& options) {
    return Initializer::make("TruncatedNormal",
                             with_seed({{"mean", options.mean}, {"stddev", options.stddev}}, options.seed));
}
Initializer VarianceScaling(const VarianceScalingOptions& options) {
    return Initializer::make("VarianceScaling", with_seed({{"scale", options.scale}}, options.seed),
                             {{"mode", options.mode}, {"distribution", options.distribution}});
}
Initializer Orthogonal(const OrthogonalOptions& options) {
    return Initializer::make("Orthogonal", with_seed({{"gain", options.gain}}, options.seed));
}
Initializer GlorotUniform(const SeedOptions& options) {
    return Initializer::make("GlorotUniform", with_seed({}, options.seed));
}
Initializer GlorotNormal(const SeedOptions& options) {
    return Initializer::make("GlorotNormal", with_seed({}, options.seed));
}
Initializer HeUniform(const SeedOptions& options) {
    return Initializer::make("HeUniform", with_seed({}, options.seed));
}
Initializer HeNormal(const SeedOptions& options) { return Initializer::make("HeNormal", with_seed({}, options.seed)); }
Initializer LecunUniform(const SeedOptions& options) {
    return Initializer::make("LecunUniform", with_seed({}, options.seed));
}
Initializer LecunNormal(const SeedOptions& options) {
    return Initializer::make("LecunNormal", with_seed({}, options.seed));
}

}  // namespace initializers
}  // namespace markhor
