// Commands that are ended at a call that changes files, or whose disk is full from there on: nothing of others' is
// touched, each result is the old one or the new one, and going on ends with the bytes of a run that was not ended.
// MARKHOR_KILL_POINTS says at how many calls of each command (default: a few); scripts/check-kills.sh tries all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>

#include "cli/support.hpp"
#include "support/faults.hpp"
#include "support/paths.hpp"

namespace markhor::cli::test {
namespace {

namespace fs = std::filesystem;
using markhor::test::Fault;
using markhor::test::Faulty;
using markhor::test::run_with_fault;

int points(int by_default) {
    const char* const asked = std::getenv("MARKHOR_KILL_POINTS");
    return asked != nullptr ? std::atoi(asked) : by_default;
}

/// Each file and link below a folder: its content or target, and its mode.
using Snapshot = std::map<std::string, std::string>;

Snapshot snapshot(const fs::path& folder) {
    Snapshot all;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        struct stat status {};
        ::lstat(entry.path().c_str(), &status);
        const std::string mode = std::to_string(status.st_mode) + ":";
        const std::string name = entry.path().lexically_relative(folder).string();
        if (entry.is_symlink()) {
            all[name] = mode + fs::read_symlink(entry.path()).string();
        } else {
            all[name] = mode + (entry.is_directory() ? "" : read_text(entry.path()));
        }
    }
    return all;
}

void copy_all(const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

struct Scenario {
    std::string name;
    std::vector<std::string> arguments;  // of markhor, in the folder where it works
    std::string out;
    std::vector<std::string> results;  // files that are equal from run to run
};

class Kills : public testing::TestWithParam<Scenario> {
protected:
    void SetUp() override {
        const fs::path made = scratch_ / "template";
        write_idx_set(made / "data", 16);
        const auto train = [&](const std::string& out, const std::string& head, const std::string& seed) {
            return in(made, {"train", "--data", "data", "--head", head, "--epochs", "1", "--seed", seed, "--threads",
                             "1", "--out", out});
        };
        ASSERT_EQ(train("out", "gap", "7").status, 0);  // an earlier run
        fs::create_directories(made / "out/mine/deeper");
        for (const char* name :
             {"out/notes.txt", "out/mine/deeper/thesis.txt", "out/my-best.weights.h5", "out/flatten.keras"})
            write_text(made / name, std::string("mine: ") + name);
        ::chmod((made / "out/notes.txt").c_str(), 0600);
        fs::create_symlink("notes.txt", made / "out/link");
        fs::create_directories(made / "out.run");
        write_text(made / "out.run/thesis.txt", "mine too");
        fs::copy_file(made / "out/model.keras", made / "source.keras");
        write_text(made / "elsewhere.keras", "old");
        ::chmod((made / "elsewhere.keras").c_str(), 0640);
        fs::create_symlink("elsewhere.keras", made / "to elsewhere.keras");
        const Snapshot all = snapshot(made);
        for (const auto& [file, content] : all) {
            if (file == "out/link" || file == "to elsewhere.keras" || content.find("mine") != std::string::npos ||
                file.find("mine") != std::string::npos)
                others_[file] = content;
        }
    }

    static Faulty in(const fs::path& folder, std::vector<std::string> arguments, const Fault& fault = {}) {
        const fs::path before = fs::current_path();
        arguments.insert(arguments.begin(), markhor::test::command());
        fs::current_path(folder);
        Faulty result = run_with_fault(arguments, fault);
        fs::current_path(before);
        return result;
    }
    /// Files of others as they were; no result is half of one.
    void check_kept(const fs::path& work, const Snapshot& before, const Snapshot& whole,
                    const std::string& when) const {
        const Snapshot now = snapshot(work);
        for (const auto& [file, content] : others_) {
            const auto found = now.find(file);
            ASSERT_TRUE(found != now.end()) << file << " is gone, " << when;
            EXPECT_EQ(found->second, content) << file << ", " << when;
        }
        for (const std::string& file : GetParam().results) {
            const auto found = now.find(file);
            const auto old = before.find(file);
            if (found == now.end()) {
                EXPECT_TRUE(old == before.end()) << file << " is gone, " << when;
                continue;
            }
            EXPECT_TRUE((old != before.end() && found->second == old->second) || found->second == whole.at(file))
                << file << " is neither the old nor the new one, " << when;
        }
    }
    std::string rests(const fs::path& work) const {
        std::string names;
        for (const auto& [file, content] : snapshot(work)) {
            const bool is_state = file.find(".run/") != std::string::npos && file != "out.run/thesis.txt";
            if (file.find(".markhor-") != std::string::npos || is_state) names += file + " ";
        }
        return names;
    }

    const TemporaryFolder scratch_;
    Snapshot others_;
};

TEST_P(Kills, LeaveOldOrNewAndCanBeGoneOnFrom) {
    const Scenario& scenario = GetParam();
    const fs::path work = scratch_ / "work";
    const Snapshot before = snapshot(scratch_ / "template");
    copy_all(scratch_ / "template", work);
    const Faulty unbroken = in(work, scenario.arguments);
    if (!unbroken.traced) GTEST_SKIP() << "processes may not be traced here";
    ASSERT_EQ(unbroken.status, 0) << unbroken.errors;
    const Snapshot whole = snapshot(work);
    EXPECT_EQ(rests(work), "");
    const int wanted = std::min(points(4), unbroken.calls);
    int killed = 0;
    for (int i = 0; i < wanted; ++i) {
        const int at =
            1 + static_cast<int>(static_cast<std::int64_t>(i) * (unbroken.calls - 1) / std::max(1, wanted - 1));
        const std::string when = scenario.name + " killed at call " + std::to_string(at);
        copy_all(scratch_ / "template", work);
        killed += in(work, scenario.arguments, {.at = at}).status == 1000 + SIGKILL ? 1 : 0;
        check_kept(work, before, whole, when);
        // What is there is gone on with; where nothing is, the command begins anew or has ended already.
        const Faulty resumed = in(work, {"resume", scenario.out});
        const auto ended = [&] {
            const Snapshot now = snapshot(work);
            return std::ranges::all_of(scenario.results, [&](const std::string& file) {
                return now.contains(file) && now.at(file) == whole.at(file);
            });
        };
        if (resumed.status != 0 && !ended()) {
            const Faulty again = in(work, scenario.arguments);
            EXPECT_EQ(again.status, 0) << when << ": " << resumed.errors << again.errors;
        }
        EXPECT_TRUE(ended()) << when << ", then gone on with: other bytes (" << resumed.status << ") "
                             << resumed.errors;
        check_kept(work, whole, whole, when + ", then gone on with");
    }
    EXPECT_EQ(killed, wanted);
    std::cout << "kills: " << scenario.name << " " << killed << " of " << unbroken.calls << " calls\n";
}

TEST_P(Kills, AFullDiskIsOneLineAndLeavesTheOldFiles) {
    const Scenario& scenario = GetParam();
    const fs::path work = scratch_ / "work";
    const Snapshot before = snapshot(scratch_ / "template");
    copy_all(scratch_ / "template", work);
    const Faulty unbroken = in(work, scenario.arguments);
    if (!unbroken.traced) GTEST_SKIP() << "processes may not be traced here";
    const Snapshot whole = snapshot(work);
    const int wanted = std::min(points(2), unbroken.calls);
    constexpr std::array<int, 3> errors = {ENOSPC, EIO, EDQUOT};
    for (int i = 0; i < wanted; ++i) {
        const int at =
            1 + static_cast<int>(static_cast<std::int64_t>(i) * (unbroken.calls - 1) / std::max(1, wanted - 1));
        const std::string when = scenario.name + " without space from call " + std::to_string(at);
        copy_all(scratch_ / "template", work);
        const Faulty result =
            in(work, scenario.arguments, {.at = at, .error = errors[static_cast<std::size_t>(i) % 3]});
        EXPECT_TRUE(result.status == 1 || result.status == 0) << when << ": " << result.status;
        EXPECT_EQ(std::ranges::count(result.errors, '\n'), result.status) << when << ": " << result.errors;
        check_kept(work, before, whole, when);
        for (const auto& [file, content] : snapshot(work))
            EXPECT_EQ(file.find(".markhor-"), std::string::npos) << file << ", " << when;
    }
    std::cout << "full disks: " << scenario.name << " " << wanted << "\n";
}

const std::vector<Scenario> scenarios = {
    {"train",
     {"train", "--data", "data", "--head", "gmp", "--epochs", "2", "--batch-size", "4", "--save-every", "2",
      "--threads", "1", "--out", "out"},
     "out",
     {"out/gmp.weights.h5", "out/model.keras"}},
    {"compare",
     {"compare", "--data", "data", "--heads", "gap,gmp", "--seeds", "2", "--epochs", "1", "--batch-size", "8",
      "--skip-sizes", "--threads", "1", "--out", "out"},
     "out",
     {"out/gap.weights.h5", "out/gap.keras", "out/gmp.weights.h5", "out/gmp.keras"}},
    {"finetune",
     {"finetune", "source.keras", "--data", "data", "--head-epochs", "1", "--epochs", "1", "--batch-size", "8", "-o",
      "to elsewhere.keras"},
     "to elsewhere.keras",
     {"elsewhere.keras"}},
    {"slim",
     {"slim", "source.keras", "--head", "keep", "--data", "data", "--prune", "0.3", "--epochs", "1", "--batch-size",
      "8", "-o", "slim.keras"},
     "slim.keras",
     {"slim.keras"}},
    {"convert", {"convert", "source.keras", "to elsewhere.keras"}, "none", {"elsewhere.keras"}},
};

INSTANTIATE_TEST_SUITE_P(Commands, Kills, testing::ValuesIn(scenarios), [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace markhor::cli::test
