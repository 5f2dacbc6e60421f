// predict --copy-to: pictures copied into a folder for each class. Nothing that is there is ever replaced.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace markhor::cli {

class SortedCopies {
public:
    /// Copies go below `folder`; those less probable than `least` into its folder "unsure".
    SortedCopies(std::filesystem::path folder, double least) : folder_(std::move(folder)), least_(least) {}

    /// Copies the file into the folder of its class: cat.jpg, or cat-2.jpg where another cat.jpg is there. A file that
    /// is there with the same bytes is not copied again. Throws FileError where it cannot be copied.
    void add(const std::filesystem::path& file, const std::string& class_name, double probability);

    /// "cat 12, dog 3, unsure 1", and how many of them were there already.
    std::string summary() const;

private:
    std::filesystem::path folder_;
    double least_;
    std::map<std::string, std::int64_t> counts_;
    std::int64_t there_already_ = 0;
};

}  // namespace markhor::cli
