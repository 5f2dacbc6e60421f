// How weights start: keras.initializers, by the same names, arguments and formulas.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <markhor/tensor.hpp>

namespace markhor {

/// A weight initializer: a Keras class name and its numeric arguments. Made from a string ("he_normal", "HeNormal") or
/// by one of the functions in markhor::initializers.
class Initializer {
public:
    /// Throws ValueError, listing the known names, for a name that is none.
    Initializer(const char* name);         // NOLINT(google-explicit-constructor)
    Initializer(const std::string& name);  // NOLINT(google-explicit-constructor)

    /// Keras's class name: "GlorotUniform".
    const std::string& class_name() const noexcept { return class_name_; }
    /// Its numeric arguments by Keras's names; `seed` only if one was given. VarianceScaling's mode and distribution
    /// are in text().
    const std::map<std::string, double>& arguments() const noexcept { return arguments_; }
    const std::map<std::string, std::string>& text() const noexcept { return text_; }

    /// A float32 tensor of this shape; the fans follow Keras: the last two axes, times the product of the others.
    /// `seed` is used where the initializer was not given a seed of its own. Throws ValueError for a shape it cannot
    /// take.
    Tensor operator()(const Shape& shape, std::uint64_t seed) const;

    friend bool operator==(const Initializer&, const Initializer&) = default;

    /// For the functions below and for reading configs; prefer those.
    static Initializer make(const std::string& class_name, const std::map<std::string, double>& arguments,
                            const std::map<std::string, std::string>& text = {});

private:
    Initializer() = default;
    std::string class_name_;
    std::map<std::string, double> arguments_;
    std::map<std::string, std::string> text_;
};

namespace initializers {

struct SeedOptions {
    std::optional<std::int64_t> seed = std::nullopt;
};
struct NormalOptions {
    double mean = 0.0;
    double stddev = 0.05;
    std::optional<std::int64_t> seed = std::nullopt;
};
struct UniformOptions {
    double minval = -0.05;
    double maxval = 0.05;
    std::optional<std::int64_t> seed = std::nullopt;
};
struct VarianceScalingOptions {
    double scale = 1.0;
    std::string mode = "fan_in";                    ///< fan_in, fan_out, fan_avg
    std::string distribution = "truncated_normal";  ///< truncated_normal, untruncated_normal, uniform
    std::optional<std::int64_t> seed = std::nullopt;
};
struct OrthogonalOptions {
    double gain = 1.0;
    std::optional<std::int64_t> seed = std::nullopt;
};

Initializer Zeros();
Initializer Ones();
Initializer Constant(double value = 0.0);
Initializer RandomNormal(const NormalOptions& options = {});
Initializer RandomUniform(const UniformOptions& options = {});
Initializer TruncatedNormal(const NormalOptions& options = {});
Initializer VarianceScaling(const VarianceScalingOptions& options = {});
Initializer GlorotUniform(const SeedOptions& options = {});
Initializer GlorotNormal(const SeedOptions& options = {});
Initializer HeUniform(const SeedOptions& options = {});
Initializer HeNormal(const SeedOptions& options = {});
Initializer LecunUniform(const SeedOptions& options = {});
Initializer LecunNormal(const SeedOptions& options = {});
Initializer Orthogonal(const OrthogonalOptions& options = {});
Initializer Identity(double gain = 1.0);

}  // namespace initializers
}  // namespace markhor
