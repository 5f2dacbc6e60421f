// What the tests of insight share: a case study with made-up figures, and a small data set of two kinds of pictures.
#pragma once

#include <filesystem>
#include <markhor/case_study.hpp>
#include <string>

namespace markhor::insight::test {

/// Two heads on 28x28 images, trained for three epochs; the figures are invented, and consistent with each other.
CaseStudy example_study();

/// `count` images of size x size pixels with bright left or bright right halves, and their labels 0 and 1; half as many
/// to test.
data::TrainTest halves(std::int64_t count, std::int64_t size, std::int64_t channels);

/// A new, empty folder, removed at the end.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path / name; }

    std::filesystem::path path;
};

std::string read_text(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace markhor::insight::test
