// Arguments by position, in Keras's order, for what takes a struct of options: Adam(1e-4, 0.9) is
// Adam({.learning_rate = 1e-4, .beta_1 = 0.9}). The struct stays the one place of names, order and defaults.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <concepts>
#include <optional>
#include <type_traits>

namespace markhor::detail {

/// A Value may stand where a T is expected. No text or number is taken for a bool, no fraction for a whole number.
template <class Value, class T>
inline constexpr bool stands_for = std::is_convertible_v<const Value&, T>;
template <class Value, class T>
requires std::integral<T>
inline constexpr bool stands_for<Value, T> = std::integral<Value> && std::same_as<Value, bool> == std::same_as<T, bool>;
// Anything else becomes an optional's value by its own constructor.
template <class Value, class T>
inline constexpr bool stands_for<Value, std::optional<T>> =
    std::same_as<Value, std::nullopt_t> || std::same_as<Value, std::optional<T>>;

/// One argument on its way to a field: becomes what the field is, so that a 1 may stand for a double.
template <class Value>
struct Positional {
    Value value;
    template <class T>
    requires stands_for<Value, T>
    operator T() const {  // NOLINT(google-explicit-constructor)
        return static_cast<T>(value);
    }
};

/// These arguments, one or more, fit the first fields of Options.
template <class Options, class... Arguments>
concept ByPosition = sizeof...(Arguments) > 0 && !(std::same_as<Arguments, Options> || ...) &&
                     requires(Positional<std::decay_t<const Arguments>>... arguments) {
    Options{arguments...};
};

}  // namespace markhor::detail

// Defines `function` by position, beside the one of its options. NOLINTBEGIN(bugprone-macro-parentheses)
#define MARKHOR_BY_POSITION(Result, function, Options)                                                             \
    template <class... Arguments>                                                                                  \
    requires ::markhor::detail::ByPosition<Options, Arguments...> Result function(const Arguments&... arguments) { \
        return function(Options{::markhor::detail::Positional<std::decay_t<const Arguments>>{arguments}...});      \
    }
// NOLINTEND(bugprone-macro-parentheses)
