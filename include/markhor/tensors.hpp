// What belongs to a model's several inputs or outputs: one tensor, loss, weight or list of metrics for each, in the
// model's order or by name.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <markhor/tensor.hpp>

namespace markhor {

/// One T for each output (or input), in the model's order, or by the outputs' names, as Keras's lists and dicts.
template <class T>
class PerOutput {
public:
    PerOutput() = default;
    PerOutput(std::vector<T> in_order) : values_(std::move(in_order)) {}  // NOLINT(google-explicit-constructor)
    PerOutput(std::initializer_list<T> in_order) : values_(in_order) {}
    PerOutput(const std::map<std::string, T>& by_name) { add(by_name); }  // NOLINT(google-explicit-constructor)
    PerOutput(std::initializer_list<std::pair<const std::string, T>> by_name) { add(by_name); }

    bool empty() const noexcept { return values_.empty(); }
    std::size_t size() const noexcept { return values_.size(); }
    const std::vector<T>& values() const noexcept { return values_; }
    /// As many as values(); empty where those are in the model's order.
    const std::vector<std::string>& names() const noexcept { return names_; }

private:
    template <class Named>
    void add(const Named& named) {
        for (const auto& [name, value] : named) {
            names_.push_back(name);
            values_.push_back(value);
        }
    }

    std::vector<T> values_;
    std::vector<std::string> names_;
};

/// One tensor, or one for each input or output: {a, b}, or {{"image", a}, {"numbers", b}} by their names.
class Tensors : public PerOutput<Tensor> {
public:
    using PerOutput<Tensor>::PerOutput;
    Tensors() = default;
    Tensors(Tensor one)
        : PerOutput<Tensor>(std::vector<Tensor>{std::move(one)}) {}  // NOLINT(google-explicit-constructor)
    /// False where no tensor, or one empty Tensor, was given.
    bool defined() const noexcept { return size() > 1 || (size() == 1 && values().front().defined()); }
};

}  // namespace markhor
