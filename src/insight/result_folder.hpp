// A folder of results that appears whole: filled under another name beside, then put in its place.
#pragma once

#include <filesystem>

namespace markhor::insight {

class ResultFolder {
public:
    /// `folder` may be absent, empty, or hold an earlier run's results (it has a results.json). Throws FileError where
    /// it is something else, or the folder beside cannot be made.
    explicit ResultFolder(std::filesystem::path folder);
    /// Without publish(): removes what was written if nothing of worth is there (no file), else leaves FOLDER.partial.
    ~ResultFolder();
    ResultFolder(const ResultFolder&) = delete;
    ResultFolder& operator=(const ResultFolder&) = delete;

    /// Where to write until publish(): FOLDER.partial. What an earlier run left there is removed at the start.
    const std::filesystem::path& path() const noexcept { return partial_; }
    /// Puts the results in place of an earlier run's. Files of other kinds that someone put among those are kept.
    /// Throws FileError.
    void publish();

private:
    std::filesystem::path folder_;
    std::filesystem::path partial_;
};

}  // namespace markhor::insight
