// Where Keras defines a layer's class, for those that are not in keras.layers.
#pragma once

#include <string_view>

namespace markhor {

/// A further base of such layers: their configs name the module, and the class as registered.
class DefinedIn {
public:
    explicit DefinedIn(std::string_view module) : module_(module) {}
    std::string_view module() const noexcept { return module_; }
    virtual ~DefinedIn() = default;
    DefinedIn(const DefinedIn&) = delete;
    DefinedIn& operator=(const DefinedIn&) = delete;

private:
    std::string_view module_;
};

}  // namespace markhor
