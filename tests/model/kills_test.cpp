// A run of the library, killed at a call that changes files and begun again: its checkpoints, its log, its backup and
// what it saves are those of a run that was not killed, and what lies beside them stays. MARKHOR_KILL_POINTS says at
// how many calls (default: a few).
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <markhor/markhor.hpp>

#include "support/faults.hpp"
#include "support/files.hpp"

namespace markhor {
namespace {

using namespace layers;
namespace fs = std::filesystem;

/// The run that is killed: this program again, in the folder that the environment names.
TEST(KilledLibraryRun, DISABLED_Child) {
    const fs::path folder = std::getenv("MARKHOR_KILLED_RUN");
    clear_session();
    set_random_seed(11);
    Sequential model({Input({4}), Dense(6, {.activation = "relu"}), Dropout(0.3), Dense(2, {.activation = "softmax"})});
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    Tensor x = Tensor::zeros({16, 4});
    Tensor y = Tensor::zeros({16}, DType::int32);
    for (std::size_t i = 0; i < 64; ++i) x.data<float>()[i] = static_cast<float>(i * 7 % 13) / 13;
    for (std::size_t i = 0; i < 16; ++i) y.data<std::int32_t>()[i] = static_cast<std::int32_t>(i % 2);
    model.fit(x, y,
              {.batch_size = 4,
               .epochs = 3,
               .verbose = 0,
               .validation_split = 0.25,
               .callbacks = {
                   callbacks::CSVLogger(folder / "log.csv"),
                   callbacks::ModelCheckpoint((folder / "best.keras").string(), {.save_best_only = true}),
                   callbacks::ModelCheckpoint((folder / "w.{epoch}.weights.h5").string(), {.save_weights_only = true}),
                   callbacks::BackupAndRestore(folder / "backup", {.save_freq = 1})}});
    model.save(folder / "end.keras");
    model.save(folder / "end.h5");
}

test::Faulty child(const fs::path& folder, const test::Fault& fault) {
    return test::run_with_fault(
        {fs::read_symlink("/proc/self/exe").string(), "--gtest_filter=KilledLibraryRun.DISABLED_Child",
         "--gtest_also_run_disabled_tests", "--gtest_brief=1"},
        fault, {"MARKHOR_KILLED_RUN=" + folder.string()});
}

std::map<std::string, std::string> contents(const fs::path& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file())
            all[entry.path().lexically_relative(folder).string()] = test::read_text(entry.path());
    }
    return all;
}

TEST(LibraryKills, EndWithTheBytesOfTheUnbrokenRun) {
    const test::TemporaryFolder scratch;
    const auto prepare = [&](const fs::path& folder) {
        fs::remove_all(folder);
        fs::create_directories(folder / "backup");
        test::write_text(folder / "backup/thesis.txt", "mine");
        test::write_text(folder / "notes.txt", "mine");
        fs::create_symlink("real.keras", folder / "end.keras");
    };
    prepare(scratch / "whole");
    const test::Faulty unbroken = child(scratch / "whole", {});
    if (!unbroken.traced) GTEST_SKIP() << "processes may not be traced here";
    ASSERT_EQ(unbroken.status, 0) << unbroken.errors;
    const auto whole = contents(scratch / "whole");
    EXPECT_TRUE(whole.contains("real.keras"));
    EXPECT_FALSE(whole.contains("backup/training.backup"));
    const char* const asked = std::getenv("MARKHOR_KILL_POINTS");
    const int wanted = std::min(asked != nullptr ? std::atoi(asked) : 8, unbroken.calls);
    int killed = 0;
    for (int i = 0; i < wanted; ++i) {
        const int at =
            1 + static_cast<int>(static_cast<std::int64_t>(i) * (unbroken.calls - 1) / std::max(1, wanted - 1));
        prepare(scratch / "run");
        killed += child(scratch / "run", {.at = at}).status == 1000 + SIGKILL ? 1 : 0;
        ASSERT_EQ(child(scratch / "run", {}).status, 0) << "after call " << at;
        EXPECT_EQ(contents(scratch / "run"), whole) << "killed at call " << at;
        EXPECT_TRUE(fs::is_symlink(scratch / "run/end.keras"));
    }
    EXPECT_EQ(killed, wanted);
    std::cout << "kills: library " << killed << " of " << unbroken.calls << " calls\n";
}

TEST(LibraryKills, AFullDiskLeavesNoRests) {
    const test::TemporaryFolder scratch;
    const test::Faulty unbroken = child(scratch.path, {});
    if (!unbroken.traced) GTEST_SKIP() << "processes may not be traced here";
    const auto before = contents(scratch.path);
    const char* const asked = std::getenv("MARKHOR_KILL_POINTS");
    const int wanted = std::min(asked != nullptr ? std::atoi(asked) : 4, unbroken.calls);
    for (int i = 0; i < wanted; ++i) {
        const int at =
            1 + static_cast<int>(static_cast<std::int64_t>(i) * (unbroken.calls - 1) / std::max(1, wanted - 1));
        EXPECT_LT(child(scratch.path, {.at = at, .error = ENOSPC}).status, 1000) << "no space from call " << at;
        const auto now = contents(scratch.path);
        for (const auto& [file, text] : now) EXPECT_EQ(file.find(".markhor-"), std::string::npos) << file;
        for (const auto& [file, text] : before) {
            if (file == "log.csv") continue;  // a log that grows
            if (file == "best.keras") {       // the old one, or a whole one of an epoch before the disk was full
                EXPECT_NO_THROW((void)load_model(scratch / file)) << "no space from call " << at;
                continue;
            }
            EXPECT_EQ(now.at(file), text) << file << ", no space from call " << at;
        }
        fs::remove_all(scratch / "backup");
    }
    std::cout << "full disks: library " << wanted << "\n";
}

}  // namespace
}  // namespace markhor
