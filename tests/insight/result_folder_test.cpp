// Results appear when all are there, replace an earlier run's files alone, and what is somebody's own stays.
#include "insight/result_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <markhor/error.hpp>

#include "insight/support.hpp"

namespace markhor::insight {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::HasSubstr;

RunFiles files(Unfinished unfinished = Unfinished::refuse) {
    return {.command = "markhor train",
            .state = {"settings.json", "training.backup"},
            .results = {"model.keras", "results.json"},
            .unfinished = unfinished};
}

std::string folder_error(const fs::path& folder, Unfinished unfinished = Unfinished::refuse) {
    try {
        const ResultFolder result(folder, files(unfinished));
    } catch (const FileError& error) {
        return error.what();
    }
    return "no error";
}

void write_all(const ResultFolder& run, const std::string& text) {
    write_text(run.path() / "model.keras", text);
    write_text(run.path() / "results.json", R"({"files": ["model.keras", "results.json"], "text": ")" + text + "\"}");
}

class ResultFolderTest : public testing::Test {
protected:
    const TemporaryFolder scratch_;
    const fs::path out_ = scratch_ / "results";
    const fs::path run_ = scratch_ / "results.run";
};

TEST_F(ResultFolderTest, AppearsWhenPublished) {
    const fs::path folder = scratch_ / "new/results/";
    {
        ResultFolder result(folder, files());
        write_all(result, "one");
        EXPECT_FALSE(fs::exists(folder));
        result.publish();
    }
    EXPECT_EQ(read_text(folder / "model.keras"), "one");
    EXPECT_FALSE(fs::exists(scratch_ / "new/results.run"));
}

TEST_F(ResultFolderTest, ReplacesWhatResultsJsonNamesAndNothingElse) {
    fs::create_directory(out_);
    write_text(out_ / "results.json", R"({"files": ["gmp.weights.h5", "model.keras", "results.json", "../mine"]})");
    for (const char* name : {"gmp.weights.h5", "model.keras", "my-best.weights.h5", "flatten.keras", "notes.txt"})
        write_text(out_ / name, "old");
    write_text(scratch_ / "mine", "mine");
    ::chmod((out_ / "model.keras").c_str(), 0600);
    {
        ResultFolder result(out_, files());
        write_all(result, "new");
        EXPECT_EQ(read_text(out_ / "model.keras"), "old");
        result.publish();
    }
    EXPECT_EQ(read_text(out_ / "model.keras"), "new");
    struct stat status {};
    ASSERT_EQ(::stat((out_ / "model.keras").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    for (const char* name : {"my-best.weights.h5", "flatten.keras", "notes.txt"})
        EXPECT_EQ(read_text(out_ / name), "old");
    EXPECT_FALSE(fs::exists(out_ / "gmp.weights.h5"));
    EXPECT_EQ(read_text(scratch_ / "mine"), "mine");
    EXPECT_FALSE(fs::exists(run_));
}

TEST_F(ResultFolderTest, RefusesToReplaceAFileThatNoRunWrote) {
    fs::create_directory(out_);
    write_text(out_ / "results.json", R"({"files": ["results.json"]})");
    write_text(out_ / "model.keras", "mine");
    EXPECT_THAT(folder_error(out_), HasSubstr("model.keras: is no file of the earlier run"));
    EXPECT_EQ(read_text(out_ / "model.keras"), "mine");
    EXPECT_FALSE(fs::exists(run_));
}

TEST_F(ResultFolderTest, GoesWhereALinkPoints) {
    fs::create_directory(scratch_ / "disk");
    for (const char* target : {"disk", "later"}) {
        const fs::path link = scratch_ / (std::string("to ") + target);
        fs::create_directory_symlink(target, link);
        ResultFolder result(link, files());
        write_all(result, target);
        result.publish();
        EXPECT_TRUE(fs::is_symlink(link));
        EXPECT_EQ(read_text(scratch_ / target / "model.keras"), target);
    }
}

TEST_F(ResultFolderTest, LeavesNothingOfARunThatKeptNothing) {
    { const ResultFolder result(out_, files()); }
    EXPECT_TRUE(fs::is_empty(scratch_.path));
}

TEST_F(ResultFolderTest, ARunThatWasNotFinishedIsGoneOnWithOrForgotten) {
    {
        const ResultFolder result(out_, files());
        write_text(result.state("training.backup"), "half");
        write_text(result.path() / "model.keras", "half");
    }
    EXPECT_TRUE(is_unfinished(out_));
    EXPECT_THAT(folder_error(out_), HasSubstr("results.run holds a run that was not finished; `markhor resume "));
    {
        const ResultFolder result(out_, files(Unfinished::go_on));
        EXPECT_EQ(read_text(result.state("training.backup")), "half");
    }
    write_text(run_ / "thesis.txt", "mine");
    EXPECT_THAT(folder_error(out_, Unfinished::forget),
                HasSubstr("results.run: holds thesis.txt, which is not the run's"));
    EXPECT_EQ(read_text(run_ / "training.backup"), "half");
    fs::remove(run_ / "thesis.txt");
    EXPECT_EQ(folder_error(out_, Unfinished::forget), "no error");
    EXPECT_TRUE(fs::is_empty(scratch_.path));
}

TEST_F(ResultFolderTest, OthersFilesInTheRunsFolderStay) {
    fs::create_directory(run_);
    write_text(run_ / "thesis.txt", "mine");
    {
        ResultFolder result(out_, files());
        write_all(result, "new");
        write_text(result.state("training.backup"), "state");
        result.publish();
    }
    EXPECT_EQ(read_text(out_ / "model.keras"), "new");
    EXPECT_EQ(read_text(run_ / "thesis.txt"), "mine");
    EXPECT_FALSE(fs::exists(run_ / "training.backup"));
    EXPECT_FALSE(fs::exists(run_ / "lock"));
    write_text(run_ / "settings.json", "mine");
    EXPECT_THAT(folder_error(out_), HasSubstr("settings.json: is no file of a run"));
    EXPECT_EQ(read_text(run_ / "settings.json"), "mine");
}

TEST_F(ResultFolderTest, OneAtATimeAndTheSecondIsToldWhoIsThere) {
    const ResultFolder first(out_, files());
    const std::string error = folder_error(out_);
    EXPECT_THAT(error,
                HasSubstr("results: a run to it is going on: process " + std::to_string(::getpid()) + " since "));
    EXPECT_THAT(error, HasSubstr("markhor train"));
}

TEST_F(ResultFolderTest, OfAFilePutsInPlaceWhatBeginsWithItsName) {
    const fs::path file = scratch_ / "tuned.h5";
    {
        ResultFolder run(file, {.state = {"tune.backup"}, .is_file = true});
        write_text(run.path() / "tuned.h5", "model");
        write_text(run.path() / "tuned.h5.json", "record");
        run.publish();
    }
    EXPECT_EQ(read_text(file), "model");
    EXPECT_EQ(read_text(scratch_ / "tuned.h5.json"), "record");
    EXPECT_EQ(scratch_.entries(), 2U);
}

TEST_F(ResultFolderTest, RefusesFoldersOfOtherThings) {
    fs::create_directory(scratch_ / "photos");
    write_text(scratch_ / "photos/cat.png", "cat");
    EXPECT_THAT(folder_error(scratch_ / "photos"), HasSubstr("photos: holds files but no results.json"));
    EXPECT_EQ(read_text(scratch_ / "photos/cat.png"), "cat");
    write_text(scratch_ / "file", "text");
    EXPECT_THAT(folder_error(scratch_ / "file"), HasSubstr("file: is a file; the name of a folder"));
    EXPECT_THAT(folder_error(scratch_ / "file/below"), HasSubstr("Not a directory"));
    EXPECT_THAT(folder_error(""), HasSubstr("empty name"));
    EXPECT_EQ(scratch_.entries(), 2U);
}

TEST_F(ResultFolderTest, ALinkInPlaceOfTheRunsFolderStays) {
    fs::create_directory_symlink("disk", run_);  // to what is not there yet
    for (const char* text : {"old", "new"}) {
        ResultFolder result(out_, files());
        write_all(result, text);
        result.publish();
        EXPECT_EQ(read_text(out_ / "model.keras"), text);
    }
    EXPECT_TRUE(fs::is_symlink(run_));
    EXPECT_TRUE(fs::is_empty(scratch_ / "disk"));
}

TEST_F(ResultFolderTest, RefusesWhatIsNoneOfItsFilesBeforeItBegins) {
    fs::create_directories(run_ / "results");
    write_text(run_ / "results/model.keras", "mine");
    EXPECT_THAT(folder_error(out_), HasSubstr("results.run/results/model.keras: is no file of a run"));
    EXPECT_EQ(read_text(run_ / "results/model.keras"), "mine");
    fs::remove_all(run_);
    fs::create_directory(run_);
    ASSERT_EQ(::mkfifo((run_ / "lock").c_str(), 0600), 0);
    EXPECT_THAT(folder_error(out_), HasSubstr("lock: is no lock of a run"));  // and nothing waits
    fs::remove_all(run_);
    fs::create_directories(out_ / "model.keras");
    write_text(out_ / "results.json", R"({"files": ["model.keras"]})");
    EXPECT_THAT(folder_error(out_),
                HasSubstr("model.keras: is a folder, where a file of the results is to be written"));
    EXPECT_THROW(ResultFolder(out_, {.is_file = true}), FileError);
    EXPECT_FALSE(fs::exists(run_));
    const fs::path file = scratch_ / "tuned.h5";
    fs::create_directories(scratch_ / "tuned.h5.run/results");
    write_text(scratch_ / "tuned.h5.run/results/tuned.h5.notes", "mine");
    EXPECT_THROW(ResultFolder(file, {.is_file = true}), FileError);
    EXPECT_EQ(read_text(scratch_ / "tuned.h5.run/results/tuned.h5.notes"), "mine");
}

}  // namespace
}  // namespace markhor::insight
