// Layers of your own: made of layers there are, by a function, and filed under a class name of theirs, as Keras files a
// Python class that was registered with keras.saving.register_keras_serializable.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <markhor/layer.hpp>

namespace markhor {

/// The keys of a custom layer's config, beyond name, trainable and dtype.
class CustomConfig {
public:
    using Value = std::variant<bool, std::int64_t, double, std::string>;
    using Values = std::map<std::string, Value>;
    CustomConfig(std::initializer_list<Values::value_type> values = {}) : values_(values) {}

    /// Throw ValueError for a key that there is not, or that is of another kind.
    bool flag(const std::string& key) const;
    std::int64_t integer(const std::string& key) const;
    double number(const std::string& key) const;
    const std::string& text(const std::string& key) const;

    const Values& values() const noexcept { return values_; }
    Values& values() noexcept { return values_; }

private:
    template <class T>
    const T& get(const std::string& key, const char* kind) const;

    Values values_;
};

struct CustomObject {
    /// What the layer does: layers applied to its inputs, once. Their names are their places in the file: those of the
    /// attributes that hold them in the Python class ("squeeze" for self.squeeze).
    std::function<std::vector<SymbolicTensor>(const std::vector<SymbolicTensor>& inputs, const CustomConfig& config)>
        call;
    /// The keys there are, with their values where a file has none.
    CustomConfig defaults = {};
    /// The package in register_keras_serializable(package=…).
    std::string package = "Custom";
};

/// Class name -> layer: {{"SqueezeExcite", {.call = …}}}.
using CustomObjects = std::map<std::string, CustomObject>;

/// A layer of the class, to be called like any other. `config` overrides the defaults; throws ValueError for a key that
/// they do not have or of another kind. An empty name asks for Keras's automatic one.
Layer custom_layer(const std::string& class_name, const CustomObject& object, const CustomConfig& config = {},
                   const std::string& name = {});

}  // namespace markhor
