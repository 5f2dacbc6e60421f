// What the tests of losses and metrics share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <markhor/error.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "formats/fields_json.hpp"
#include "support/error_of.hpp"
#include "support/paths.hpp"
#include "training/loss.hpp"
#include "training/metric.hpp"

namespace markhor::training::test {

/// The message of the ValueError that the action throws; "no error" where it throws none.
template <class Action>
std::string error_of(const Action& action) {
    return markhor::test::error_of<ValueError>(action);
}

inline Tensor floats(Shape shape, const std::vector<float>& values) {
    return Tensor::from<float>(std::move(shape), values);
}
inline Tensor labels(Shape shape, const std::vector<std::int32_t>& values) {
    return Tensor::from<std::int32_t>(std::move(shape), values);
}

inline double number(const Tensor& tensor) { return static_cast<double>(tensor.data<float>()[0]); }

/// A loss or metric of this name with the options that the config has.
template <class Base>
std::shared_ptr<Base> made_from(const Registry<Base>& registry, const std::string& name, const nlohmann::json& config) {
    std::shared_ptr<Base> made = registry.make(name);
    formats::FieldReader reader(config, name);
    made->describe(reader);
    made->check();
    return made;
}

template <class Base>
nlohmann::json config_of(Base& base) {
    nlohmann::json config;
    formats::FieldWriter writer(config);
    base.describe(writer);
    return config;
}

/// A JSON file below tests/golden.
inline nlohmann::json golden_json(const std::string& file) {
    std::ifstream stream(markhor::test::golden(file));
    if (!stream) throw FileError(file + ": not found in tests/golden");
    return nlohmann::json::parse(stream);
}

}  // namespace markhor::training::test
