// Value types of keyword arguments: what in Python is "an int or a tuple of ints, or None".
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace markhor {

/// One integer for all axes, or one for each; default-constructed it is Keras's None.
class Ints {
public:
    Ints() = default;
    Ints(std::int64_t value) : values_{value} {}                            // NOLINT(google-explicit-constructor)
    Ints(int value) : values_{value} {}                                     // NOLINT(google-explicit-constructor)
    Ints(std::initializer_list<std::int64_t> values) : values_(values) {}   // NOLINT(google-explicit-constructor)
    Ints(std::vector<std::int64_t> values) : values_(std::move(values)) {}  // NOLINT(google-explicit-constructor)

    bool is_set() const noexcept { return !values_.empty(); }
    const std::vector<std::int64_t>& values() const noexcept { return values_; }
    /// One value an axis. `what` names the argument in the ValueError for another count than 1 or `axes`.
    std::vector<std::int64_t> expand(std::size_t axes, const std::string& what) const;

    friend bool operator==(const Ints&, const Ints&) = default;

private:
    std::vector<std::int64_t> values_;
};

/// One number, or several; default-constructed it is Keras's None.
class Numbers {
public:
    Numbers() = default;
    Numbers(double value) : values_{value} {}                            // NOLINT(google-explicit-constructor)
    Numbers(std::initializer_list<double> values) : values_(values) {}   // NOLINT(google-explicit-constructor)
    Numbers(std::vector<double> values) : values_(std::move(values)) {}  // NOLINT(google-explicit-constructor)

    bool is_set() const noexcept { return !values_.empty(); }
    const std::vector<double>& values() const noexcept { return values_; }

    friend bool operator==(const Numbers&, const Numbers&) = default;

private:
    std::vector<double> values_;
};

}  // namespace markhor
