#include "formats/files.hpp"
#include "support/paths.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>

namespace markhor::formats {

namespace fs = std::filesystem;

fs::path golden_folder() { return markhor::test::golden(); }

nlohmann::json golden_json(const std::string& name) { return nlohmann::json::parse(bytes_of(golden_folder() / name)); }

std::string bytes_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> golden_files(const std::string& folder, const std::vector<std::string>& endings) {
    std::vector<std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(golden_folder() / folder)) {
        const std::string name = fs::relative(entry.path(), golden_folder()).string();
        if (std::ranges::any_of(endings, [&](const std::string& ending) { return name.ends_with(ending); }))
            files.push_back(name);
    }
    std::ranges::sort(files);
    return files;
}

std::string test_name(const std::string& file) {
    std::string name;
    for (const char c : file) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    return name;
}

std::vector<std::vector<float>> weight_values(const Layer& model) {
    std::vector<std::vector<float>> values;
    for (const Tensor& weight : model.get_weights()) {
        const Tensor converted = weight.cast(DType::float32);
        const auto data = converted.data<float>();
        values.emplace_back(data.begin(), data.end());
    }
    return values;
}

}  // namespace markhor::formats
