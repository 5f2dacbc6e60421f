// Layers of several inputs. Shapes broadcast as in Keras: sizes of 1 are repeated, and an input of lower rank gets axes
// of size 1 after its batch axis. All throw ShapeError, when called, for shapes that do not fit.
#pragma once

#include <cstdint>
#include <markhor/layer.hpp>
#include <markhor/layers/options.hpp>
#include <markhor/options.hpp>
#include <string>

namespace markhor::layers {

/// The sum of its inputs: Add()({x, y}).
class Add : public Layer {
public:
    explicit Add(const LayerOptions& options = {});
};

/// The first of its two inputs minus the second.
class Subtract : public Layer {
public:
    explicit Subtract(const LayerOptions& options = {});
};

/// The product of its inputs.
class Multiply : public Layer {
public:
    explicit Multiply(const LayerOptions& options = {});
};

/// The mean of its inputs.
class Average : public Layer {
public:
    explicit Average(const LayerOptions& options = {});
};

/// The largest of its inputs, element by element.
class Maximum : public Layer {
public:
    explicit Maximum(const LayerOptions& options = {});
};

/// The smallest of its inputs, element by element.
class Minimum : public Layer {
public:
    explicit Minimum(const LayerOptions& options = {});
};

struct DotOptions {
    bool normalize = false;  ///< of vectors of length 1: the cosine of their angle
    std::string name = {};
};
/// The scalar products of two inputs along an axis of each (one number for both, counted with the batch axis): (batch,
/// a…, n) and (batch, b…, n) become (batch, a…, b…), or (batch, 1). Throws ValueError for another count of axes;
/// ShapeError, when called, for axes of different sizes or the batch's.
class Dot : public Layer {
public:
    explicit Dot(Ints axes, const DotOptions& options = {});
};

struct ConcatenateOptions {
    std::int64_t axis = -1;
    std::string name = {};
};
/// Its inputs one after the other along `axis`; the other sizes must be equal.
class Concatenate : public Layer {
public:
    explicit Concatenate(const ConcatenateOptions& options = {});
};

}  // namespace markhor::layers
