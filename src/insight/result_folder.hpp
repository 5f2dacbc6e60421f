// Where a run writes. Its results go into OUT when all are there; until then it keeps its state and what is written of
// the results in OUT.run, with a list of its own files (run.json, written first) and a lock. Only files that a list
// names are ever replaced or removed: run.json's in OUT.run, in OUT those of the earlier run's results.json.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace markhor::insight {

/// What to do about a run to the same place that was not finished.
enum class Unfinished {
    refuse,  ///< FileError: it may be gone on with
    go_on,   ///< its state is kept
    forget,  ///< its state is removed; FileError where others' files lie among it
};

struct RunFiles {
    std::string command = {};               ///< as it was typed, for whom the lock shuts out
    std::vector<std::string> state = {};    ///< names in OUT.run
    std::vector<std::string> results = {};  ///< names in OUT
    bool is_file = false;  ///< OUT is a file: what is written under its name, and names beside it that begin so
    Unfinished unfinished = Unfinished::refuse;
};

class ResultFolder {
public:
    /// Takes OUT.run: nobody else has it until this dies. Results that were being put in place when an earlier run was
    /// killed are, first. Throws FileError where another process has it, where OUT is or would become another's file,
    /// or a folder cannot be made; then nothing has changed.
    ResultFolder(const std::filesystem::path& out, RunFiles files);
    /// Without publish() or finish(): what the run kept stays, unless it is nothing that is worth to go on with.
    ~ResultFolder();
    ResultFolder(const ResultFolder&) = delete;
    ResultFolder& operator=(const ResultFolder&) = delete;

    /// Where to write the results until publish().
    const std::filesystem::path& path() const noexcept { return staged_; }
    /// The file of the run's state of this name, one of those given.
    std::filesystem::path state(const std::string& name) const { return run_ / name; }
    /// The run had all its results when it was killed; they are in place now, and there is nothing to go on with.
    bool was_finished() const noexcept { return was_finished_; }
    /// Puts the results in place, one by one, results.json last; those of an earlier run that this one has not are
    /// removed. `finished`: and the state too, else it stays for a run that goes on. Throws FileError.
    void publish(bool finished = true);
    /// Removes the state, and OUT.run unless others' files are in it.
    void finish();

private:
    void take();
    void begin();
    std::filesystem::path target(const std::string& name) const;
    void roll_forward(bool finished);
    void remove_state();
    void write_manifest(bool publishing, bool finished) const;
    void release() noexcept;

    std::filesystem::path out_;
    std::filesystem::path run_;
    std::filesystem::path staged_;
    RunFiles files_;
    std::vector<std::string> known_;  // names in OUT.run that are this run's or an earlier one's
    int lock_ = -1;
    bool was_finished_ = false;
    bool done_ = false;
};

/// Puts the results of a run in place that had all of them when it was killed; whether there was one.
bool finish_killed(const std::filesystem::path& out);
/// OUT.run.
std::filesystem::path run_folder(const std::filesystem::path& out);
/// Whether a run to `out` was not finished and left something to go on with.
bool is_unfinished(const std::filesystem::path& out);

}  // namespace markhor::insight
