// Runs whose disk is full, whose folder cannot be written, whose log cannot: a clear error, and the last good
// checkpoint as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <markhor/markhor.hpp>
#include <sstream>

#include "support/error_of.hpp"
#include "support/files.hpp"

namespace markhor {
namespace {

using namespace layers;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// Files cannot grow beyond so many bytes: what a full disk does to a write, without one.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    rlimit before_{};
};

class LastingTest : public testing::Test {
protected:
    const test::TemporaryFolder folder;
};

/// Some 40 kB of weights.
Sequential lasting_network() {
    clear_session();
    set_random_seed(3);
    Sequential model({Input({64}), Dense(128, {.activation = "relu"}), Dense(1)});
    model.compile({.optimizer = "adam", .loss = "mse"});
    return model;
}

void train_lasting(Sequential& model, const std::vector<CallbackPtr>& callbacks) {
    model.fit(Tensor::full({16, 64}, 0.5F), Tensor::full({16, 1}, 1),
              {.batch_size = 8, .epochs = 2, .verbose = 0, .callbacks = callbacks});
}

std::vector<std::string> files_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

struct Kept {
    const char* file;
    std::function<CallbackPtr(const fs::path&)> make;
};

const std::vector<Kept>& kept() {
    static const std::vector<Kept> all = {
        {"training.backup",
         [](const fs::path& file) {
             return callbacks::BackupAndRestore(file.parent_path(), {.delete_checkpoint = false});
         }},
        {"model.keras", [](const fs::path& file) { return callbacks::ModelCheckpoint(file.string()); }},
        {"m.weights.h5",
         [](const fs::path& file) { return callbacks::ModelCheckpoint(file.string(), {.save_weights_only = true}); }},
    };
    return all;
}

TEST_F(LastingTest, AFullDiskIsAnErrorAndLeavesTheLastCheckpoint) {
    /// Puts the checkpoint aside until the run has begun, which would go on with it else and write nothing.
    struct Back final : Callback {
        fs::path file, aside;
        void on_epoch_begin(Model&, int) override {
            if (fs::exists(aside)) fs::rename(aside, file);
        }
    };
    for (const Kept& each : kept()) {
        SCOPED_TRACE(each.file);
        const fs::path where = folder / "in" / each.file;
        fs::create_directories(where);
        const fs::path file = where / each.file;
        Sequential model = lasting_network();
        train_lasting(model, {each.make(file)});
        const std::string good = test::read_text(file);
        ASSERT_GT(good.size(), 30000U);

        const auto back = std::make_shared<Back>();
        back->file = file;
        back->aside = folder / "aside";
        fs::rename(file, back->aside);
        Sequential other = lasting_network();
        other.optimizer().set_learning_rate(0.5);
        std::string error;
        {
            const FullDisk full(10000);
            error = test::error_of<FileError>([&] { train_lasting(other, {back, each.make(file)}); });
        }
        EXPECT_THAT(error, HasSubstr(file.string() + ": "));
        EXPECT_EQ(test::read_text(file), good);
        EXPECT_EQ(files_in(where), std::vector<std::string>{each.file});
        train_lasting(other, {each.make(where / ("again-" + std::string(each.file)))});  // and the process goes on
    }
}

TEST_F(LastingTest, AFolderThatCannotBeWrittenIsNamedBeforeOrAtTheFirstCheckpoint) {
    std::ofstream(folder / "file") << "no folder";
    const fs::path below = folder / "file" / "below";
    Sequential model = lasting_network();
    EXPECT_THAT(test::error_of<FileError>([&] { train_lasting(model, {callbacks::BackupAndRestore(below)}); }),
                HasSubstr("file/below: BackupAndRestore cannot make the folder: Not a directory"));
    EXPECT_EQ(model.optimizer().iterations(), 0);
    EXPECT_THAT(test::error_of<FileError>(
                    [&] { train_lasting(model, {callbacks::ModelCheckpoint((below / "m.keras").string())}); }),
                HasSubstr("file/below/m.keras"));
    EXPECT_THAT(test::error_of<FileError>([&] { train_lasting(model, {callbacks::TensorBoard(below)}); }),
                HasSubstr("TensorBoard cannot write"));
    EXPECT_EQ(test::read_text(folder / "file"), "no folder");
}

TEST_F(LastingTest, ALogThatCannotBeWrittenIsNamedAndEarlierLinesStay) {
    Sequential model = lasting_network();
    EXPECT_THAT(
        test::error_of<FileError>([&] { train_lasting(model, {callbacks::CSVLogger(folder / "none/log.csv")}); }),
        HasSubstr("none/log.csv: CSVLogger cannot write it"));
    if (fs::exists("/dev/full")) {
        EXPECT_THAT(test::error_of<FileError>([&] { train_lasting(model, {callbacks::CSVLogger("/dev/full")}); }),
                    HasSubstr("/dev/full: CSVLogger cannot write it"));
    }
    const fs::path log = folder / "log.csv";
    train_lasting(model, {callbacks::CSVLogger(log)});
    const std::string before = test::read_text(log);
    {
        const FullDisk full(before.size());
        EXPECT_THAT(
            test::error_of<FileError>([&] { train_lasting(model, {callbacks::CSVLogger(log, {.append = true})}); }),
            HasSubstr("log.csv: CSVLogger cannot write it"));
    }
    EXPECT_EQ(test::read_text(log), before);
}

}  // namespace
}  // namespace markhor
