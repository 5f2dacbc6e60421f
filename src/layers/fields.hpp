// The one table of a layer: which option has which of Keras's config keys. describe() calls the visitor once for each
// field, in Keras's order; readers, writers and the documentation are visitors.
#pragma once

#include <cstdint>
#include <markhor/constraints.hpp>
#include <markhor/initializers.hpp>
#include <markhor/options.hpp>
#include <markhor/regularizers.hpp>
#include <optional>
#include <string>
#include <vector>

namespace markhor {

class ActivationFunction;  // <markhor/activation_function.hpp>
class LearningRate;        // <markhor/optimizers.hpp>

/// Sees each field of an options struct by reference: a writer reads it, a reader sets it.
class FieldVisitor {
public:
    virtual ~FieldVisitor() = default;
    virtual void field(const char* key, bool& value) = 0;
    virtual void field(const char* key, std::int64_t& value) = 0;
    virtual void field(const char* key, double& value) = 0;
    virtual void field(const char* key, std::string& value) = 0;
    virtual void field(const char* key, Ints& value) = 0;
    /// Pairs (before, after), one after the other, which Keras nests: ((top, bottom), (left, right)).
    virtual void pairs(const char* key, Ints& value) { field(key, value); }
    /// Sizes of which one may be -1, "what is left over", or axes counted from the end; in the others -1 is None.
    virtual void open_sizes(const char* key, Ints& value) { field(key, value); }
    /// Integers of which Keras writes a single one plain: 0, or [0, 1].
    virtual void one_or_more(const char* key, Ints& value) { field(key, value); }
    /// Numbers, of which Keras writes a single one plain.
    virtual void field(const char* key, Numbers& value) = 0;
    virtual void field(const char* key, ActivationFunction& value) = 0;
    virtual void field(const char* key, Initializer& value) = 0;
    virtual void field(const char* key, Regularizer& value) = 0;
    virtual void field(const char* key, Constraint& value) = 0;
    virtual void field(const char* key, std::optional<double>& value) = 0;
    virtual void field(const char* key, std::optional<std::int64_t>& value) = 0;
    virtual void field(const char* key, std::optional<std::string>& value) = 0;
    virtual void field(const char* key, std::vector<double>& value) = 0;
    /// A number, or a schedule in its serialized form.
    virtual void field(const char* key, LearningRate& value) = 0;
};

}  // namespace markhor
