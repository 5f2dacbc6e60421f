// What the tests of files share: folders that go away again, the recorded arrays beside a model, errors as texts.
#pragma once

#include <filesystem>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/error_of.hpp"
#include "support/files.hpp"

namespace markhor::formats {

/// tests/golden
std::filesystem::path golden_folder();
nlohmann::json golden_json(const std::string& name);
std::string bytes_of(const std::filesystem::path& file);
/// Files below tests/golden/FOLDER that end so, in order, as paths relative to tests/golden.
std::vector<std::string> golden_files(const std::string& folder, const std::vector<std::string>& endings);
/// "saved/keras2/demo_a.h5" as the name of a test.
std::string test_name(const std::string& file);

using test::TemporaryFolder;

/// The message of the Error that `action` throws, or "no error".
template <class Action>
std::string error_text(const Action& action) {
    return test::error_of(action);
}

/// The values of all weights, bit for bit.
std::vector<std::vector<float>> weight_values(const Layer& model);

}  // namespace markhor::formats
