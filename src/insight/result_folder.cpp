#include "insight/result_folder.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <functional>
#include <markhor/error.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "core/atomic_file.hpp"
#include "core/input_file.hpp"
#include "insight/own_files.hpp"

namespace markhor::insight {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* manifest_name = "run.json";
constexpr const char* lock_name = "lock";
constexpr const char* staged_name = "results";
constexpr const char* settings_name = "settings.json";
constexpr std::string_view lock_begin = "markhor run: ";

[[noreturn]] void fail(const fs::path& path, const std::string& what, const std::error_code& error) {
    throw FileError(path.string() + ": " + what + ": " + error.message());
}

/// The path without a slash at its end, so that a suffix can be added.
fs::path named(fs::path folder) {
    if (folder.empty()) throw FileError("the results' folder has an empty name; a name is wanted");
    folder = fs::absolute(folder).lexically_normal();
    folder = folder.has_filename() ? folder : folder.parent_path();
    if (!folder.has_filename()) throw FileError(folder.string() + ": is the root; a folder below it is wanted");
    return folder;
}

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(fs::symlink_status(path, error));
}

struct Manifest {
    std::vector<std::string> state;
    std::vector<std::string> results;
    bool publishing = false;
    bool finished = false;
    bool is_file = false;
};

/// None where there is no file; throws FileError for one that is no manifest.
std::optional<Manifest> read_manifest(const fs::path& run) {
    const fs::path file = run / manifest_name;
    if (!is_there(file)) return std::nullopt;
    try {
        const json kept = json::parse(read_text_file(file));
        Manifest manifest{kept.at("files"), kept.at("results"), kept.at("publishing"), kept.at("finished"),
                          kept.at("is_file")};
        if (std::ranges::all_of(manifest.state, is_plain_name) && std::ranges::all_of(manifest.results, is_plain_name))
            return manifest;
    } catch (const json::exception&) {  // said below
    }
    throw FileError(file.string() + ": is no list of a run's files; move it, or give another --out");
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    // A link to a folder that is not there yet: the folder is made where it points.
    fs::path to = folder;
    for (int links = 0; links < 40 && fs::is_symlink(fs::symlink_status(to, error)) && !fs::exists(to, error);
         ++links) {
        const fs::path next = fs::read_symlink(to, error);
        to = next.is_absolute() ? next : to.parent_path() / next;
    }
    fs::create_directories(to, error);
    if (error && !fs::is_directory(to)) fail(folder, "the folder cannot be made", error);
}

std::string lock_text(int lock) {
    constexpr std::size_t most = 4096;
    std::string text(most, '\0');
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(lock, text.data(), text.size(), 0))));
    return text;
}

/// Of a file in OUT.run that no list names.
[[noreturn]] void refuse_foreign(const fs::path& file) {
    throw FileError(file.string() + ": is no file of a run (there is no " + manifest_name +
                    " that names it), and would be replaced; move it, or give another --out");
}

/// Names in a folder that are not among these.
std::vector<std::string> others_in(const fs::path& folder, const std::set<std::string>& own) {
    std::vector<std::string> others;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (!own.contains(name)) others.push_back(name);
    }
    std::ranges::sort(others);
    return others;
}

void remove_file(const fs::path& file) {
    std::error_code error;
    if (fs::is_directory(fs::symlink_status(file, error))) return;  // nothing that a run wrote
    fs::remove(file, error);
    if (error) fail(file, "cannot be removed", error);
}

void copy_content(const fs::path& from, AtomicFile& to) {
    const InputFile input(from);
    std::string block(std::size_t{1} << 20U, '\0');
    for (;;) {
        const ssize_t got = ::read(input.descriptor(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(from, "cannot be read", std::error_code(errno, std::generic_category()));
        if (got == 0) return;
        to.write(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
    }
}

/// `from` becomes `to`: by its name, or where that does not do (a link, another disk) by its content.
void put_in_place(const fs::path& from, const fs::path& to) {
    struct stat old {};
    const bool there = ::lstat(to.c_str(), &old) == 0;
    if (!there || S_ISREG(old.st_mode)) {
        constexpr mode_t plain = 0777;
        if (there && ::chown(from.c_str(), old.st_uid, old.st_gid) != 0) errno = 0;
        if (there && ::chmod(from.c_str(), old.st_mode & plain) != 0) errno = 0;
        if (::rename(from.c_str(), to.c_str()) == 0) return;
        if (errno != EXDEV) fail(to, "cannot be put in place", std::error_code(errno, std::generic_category()));
    }
    AtomicFile copy(to);
    copy_content(from, copy);
    copy.commit();
    remove_file(from);
}

void sync(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

/// Refuses an OUT that is no folder of results, and one where a result would replace somebody's file.
void check_usable(const fs::path& out, const std::vector<std::string>& results) {
    std::error_code error;
    const fs::file_status status = fs::status(out, error);
    if (!fs::exists(status)) {
        if (error && error != std::errc::no_such_file_or_directory) fail(out, "cannot be used", error);
        return;
    }
    if (!fs::is_directory(status)) {
        throw FileError(out.string() + ": is a file; the name of a folder for the results is wanted");
    }
    if (::faccessat(AT_FDCWD, out.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
        fail(out, "cannot be written", std::error_code(errno, std::generic_category()));
    }
    if (fs::is_empty(out, error)) return;
    const std::optional<std::vector<std::string>> own = own_results(out);
    if (!own) {
        throw FileError(
            out.string() +
            ": holds files but no results.json of an earlier run; a new, an empty or a results folder is wanted");
    }
    for (const std::string& name : results) {
        if (fs::is_directory(fs::symlink_status(out / name, error)))
            throw FileError((out / name).string() + ": is a folder, where a file of the results is to be written");
        if (!is_there(out / name) || std::ranges::find(*own, name) != own->end()) continue;
        throw FileError((out / name).string() +
                        ": is no file of the earlier run (results.json does not name it), and "
                        "would be replaced; move it, or give another --out");
    }
}

}  // namespace

fs::path run_folder(const fs::path& out) {
    const fs::path folder = named(out);
    std::string name = folder.filename().string();
    constexpr std::size_t most = 255;
    constexpr std::size_t kept = 200;
    if (name.size() + 4 > most) name = fmt::format("{}-{:x}", name.substr(0, kept), std::hash<std::string>()(name));
    return folder.parent_path() / (name + ".run");
}

bool is_unfinished(const fs::path& out) {
    const fs::path run = run_folder(out);
    std::optional<Manifest> manifest;
    try {
        manifest = read_manifest(run);
    } catch (const FileError&) {
        return false;  // not a run's; ResultFolder says so
    }
    return manifest && (manifest->publishing || std::ranges::any_of(manifest->state, [&](const std::string& name) {
                            return name != settings_name && is_there(run / name);
                        }));
}

bool finish_killed(const fs::path& out) {
    const std::optional<Manifest> manifest = read_manifest(run_folder(out));
    if (!manifest || !manifest->publishing || !manifest->finished) return false;
    return ResultFolder(out, {.unfinished = Unfinished::go_on}).was_finished();
}

ResultFolder::ResultFolder(const fs::path& out, RunFiles files)
    : out_(named(out)), run_(run_folder(out)), staged_(run_ / staged_name), files_(std::move(files)) {
    take();
    try {
        begin();
    } catch (...) {
        release();
        throw;
    }
}

ResultFolder::~ResultFolder() {
    try {
        const auto is_left = [](const std::vector<std::string>& names, const fs::path& folder) {
            return std::ranges::any_of(
                names, [&](const std::string& name) { return name != settings_name && is_there(folder / name); });
        };
        if (!done_ && !is_left(known_, run_) && !is_left(files_.results, staged_)) remove_state();
    } catch (const std::exception&) {  // what cannot be removed stays
        done_ = false;
    }
    release();
}

/// Opens OUT.run and its lock.
void ResultFolder::take() {
    const fs::path file = run_ / lock_name;
    constexpr int attempts = 100;
    for (int i = 0; i < attempts; ++i) {
        make_folder(run_);
        lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (lock_ < 0) {
            if (errno == ENOENT) continue;  // another process has removed the folder
            fail(file, "cannot be opened", std::error_code(errno, std::generic_category()));
        }
        const bool held = ::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        struct stat opened {};
        struct stat there {};
        const bool same = ::fstat(lock_, &opened) == 0 && ::lstat(file.c_str(), &there) == 0 &&
                          opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
        const bool regular = same && S_ISREG(opened.st_mode);
        const std::string text = regular ? lock_text(lock_) : std::string();
        if (regular && !held && (text.empty() || text.starts_with(lock_begin))) break;
        ::close(std::exchange(lock_, -1));
        if (!same) continue;
        if (!held) throw FileError(file.string() + ": is no lock of a run; move it, or give another --out");
        std::string who = text.starts_with(lock_begin) ? text.substr(lock_begin.size()) : "another process";
        while (who.ends_with('\n')) who.pop_back();
        throw FileError(out_.string() + ": a run to it is going on: " + who);
    }
    if (lock_ < 0) throw FileError(file.string() + ": cannot be locked");
    const std::string text =
        fmt::format("{}process {} since {:%Y-%m-%d %H:%M:%S} UTC: {}\n", lock_begin, ::getpid(),
                    fmt::gmtime(std::time(nullptr)), files_.command.empty() ? "a program" : files_.command);
    if (::ftruncate(lock_, 0) != 0 || ::write(lock_, text.data(), text.size()) < 0) {
        const std::error_code error(errno, std::generic_category());
        release();
        fail(file, "cannot be written", error);
    }
}

void ResultFolder::begin() {
    std::optional<Manifest> manifest = read_manifest(run_);
    if (manifest) known_ = manifest->state;
    if (manifest && manifest->publishing) {
        std::vector<std::string> wanted = std::exchange(files_.results, manifest->results);
        const bool is_file = std::exchange(files_.is_file, manifest->is_file);
        roll_forward(manifest->finished);
        files_.is_file = is_file;
        was_finished_ = manifest->finished && files_.unfinished == Unfinished::go_on;
        files_.results = std::move(wanted);
        if (manifest->finished) manifest = std::nullopt;
        if (was_finished_) {
            done_ = true;
            return;
        }
    }
    std::set<std::string> own = {manifest_name, lock_name, staged_name};
    own.insert(known_.begin(), known_.end());
    if (files_.unfinished == Unfinished::forget) {
        std::vector<std::string> others = others_in(run_, own);
        const std::set<std::string> results(manifest ? manifest->results.begin() : files_.results.begin(),
                                            manifest ? manifest->results.end() : files_.results.end());
        if (others.empty() && is_there(staged_)) others = others_in(staged_, results);
        if (!others.empty()) {
            throw FileError(run_.string() + ": holds " + others.front() +
                            (others.size() > 1 ? fmt::format(" and {} more", others.size() - 1) : "") +
                            ", which is not the run's own; move it before --restart");
        }
    }
    if (!manifest) {
        for (const std::string& name : files_.state) {
            if (!is_there(run_ / name)) continue;
            refuse_foreign(run_ / name);
        }
        const std::string begin = out_.filename().string();
        for (const std::string& name : others_in(staged_, {})) {
            const bool taken = files_.is_file ? name.starts_with(begin)
                                              : std::ranges::find(files_.results, name) != files_.results.end();
            if (taken) refuse_foreign(staged_ / name);
        }
    }
    if (files_.is_file) {
        std::error_code ignored;
        if (fs::is_directory(out_, ignored)) throw FileError(out_.string() + ": is a folder; a file's name is wanted");
    } else {
        check_usable(out_, files_.results);
    }
    if (files_.unfinished == Unfinished::refuse && is_unfinished(out_)) {
        throw FileError(run_.string() + " holds a run that was not finished; `markhor resume " + out_.string() +
                        "` goes on with it, --restart forgets it");
    }
    if (files_.unfinished != Unfinished::go_on) {
        for (const std::string& name : known_) remove_file(run_ / name);
        if (manifest) {
            for (const std::string& name : manifest->results) remove_file(staged_ / name);
        }
    } else if (manifest) {
        for (const std::string& name : manifest->results) {
            if (std::ranges::find(files_.results, name) == files_.results.end()) remove_file(staged_ / name);
        }
    }
    for (const std::string& name : files_.state) {
        if (std::ranges::find(known_, name) == known_.end()) known_.push_back(name);
    }
    write_manifest(false, false);
    try {
        make_folder(staged_);
    } catch (const FileError&) {
        if (!manifest) remove_state();
        throw;
    }
}

void ResultFolder::write_manifest(bool publishing, bool finished) const {
    const json manifest = {{"command", files_.command}, {"files", known_},      {"results", files_.results},
                           {"publishing", publishing},  {"finished", finished}, {"is_file", files_.is_file}};
    write_file(run_ / manifest_name, manifest.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

fs::path ResultFolder::target(const std::string& name) const {
    return files_.is_file ? out_.parent_path() / name : out_ / name;
}

void ResultFolder::publish(bool finished) {
    if (files_.is_file) {
        files_.results.clear();
        for (const std::string& name : others_in(staged_, {})) {
            if (name.starts_with(out_.filename().string())) files_.results.push_back(name);
        }
    }
    write_manifest(true, finished);
    roll_forward(finished);
    done_ = true;
}

void ResultFolder::roll_forward(bool finished) {
    if (!files_.is_file) make_folder(out_);
    std::optional<std::vector<std::string>> old;
    if (!files_.is_file && is_there(staged_ / results_file)) old = own_results(out_);  // else it is the new one
    for (const std::string& name : files_.results) {
        if (name != results_file && is_there(staged_ / name)) put_in_place(staged_ / name, target(name));
    }
    for (const std::string& name : old.value_or(std::vector<std::string>())) {
        if (std::ranges::find(files_.results, name) == files_.results.end()) remove_file(out_ / name);
    }
    if (is_there(staged_ / results_file)) put_in_place(staged_ / results_file, target(results_file));
    sync(files_.is_file ? out_.parent_path() : out_);
    ::rmdir(staged_.c_str());  // an empty folder only
    if (finished) return remove_state();
    write_manifest(false, false);
}

void ResultFolder::finish() {
    remove_state();
    done_ = true;
}

/// All that is listed, the list last.
void ResultFolder::remove_state() {
    for (const std::string& name : known_) {
        if (name != settings_name) remove_file(run_ / name);
    }
    ::rmdir(staged_.c_str());
    remove_file(run_ / settings_name);
    remove_file(run_ / manifest_name);
    known_.clear();
}

void ResultFolder::release() noexcept {
    if (lock_ < 0) return;
    if (!is_there(run_ / manifest_name)) {
        ::unlink((run_ / lock_name).c_str());
        ::rmdir(run_.c_str());  // an empty folder only, and no link to one
    }
    ::close(std::exchange(lock_, -1));
}

}  // namespace markhor::insight
