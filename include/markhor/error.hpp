// What Markhor throws. Every message says where (layer or file), what came, and what was wanted.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <stdexcept>
#include <string>

namespace markhor {

/// Base of all errors Markhor throws on purpose.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// An argument has a value that the function or layer cannot take.
class ValueError : public Error {
public:
    using Error::Error;
};

/// Shapes that do not fit: of an input to a layer, of data to a model, of a weight to its variable.
class ShapeError : public ValueError {
public:
    using ValueError::ValueError;
};

/// A file that is missing, unreadable, truncated, or not what its name says.
class FileError : public Error {
public:
    using Error::Error;
};

}  // namespace markhor
