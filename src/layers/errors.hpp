// The errors with which layers tell LayerBase more than a text.
#pragma once

#include <markhor/error.hpp>
#include <string>

namespace markhor {

/// An error whose message starts with the layer at fault: the layers (models) around that one pass it on as it is.
template <class Base>
class Named final : public Base {
public:
    using Base::Base;
};

/// A map that a window does not fit. What calls the layer knows where the map comes from and can say so.
class MapTooSmall final : public ShapeError {
public:
    /// "a pool of 2x2 does not fit the 1x1 map it receives" and "; use a larger input".
    MapTooSmall(std::string problem, std::string remedy)
        : ShapeError(problem + remedy), problem_(std::move(problem)), remedy_(std::move(remedy)) {}

    std::string with_source(const std::string& layer) const { return problem_ + " from " + layer + remedy_; }

private:
    std::string problem_;
    std::string remedy_;
};

}  // namespace markhor
