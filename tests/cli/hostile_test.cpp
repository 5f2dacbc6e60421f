// The command among hostile files and streams: pipes in place of files, lists of nothing, names with escape sequences,
// a full disk, closed descriptors. Each ends at once, with one line.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/support.hpp"
#include "support/paths.hpp"

namespace markhor::cli::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The exit status (1000 + signal) of the command with what `prepare` does to its descriptors; its errors in `errors`.
int run_with(const std::vector<std::string>& arguments, const std::filesystem::path& errors,
             const std::function<void()>& prepare) {
    const pid_t child = ::fork();
    if (child == 0) {
        const int descriptor = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(descriptor, STDERR_FILENO);
        ::close(descriptor);
        prepare();
        std::vector<char*> argv{const_cast<char*>(markhor::test::command())};
        for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        ::execv(markhor::test::command(), argv.data());
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::filesystem::path small_model(const TemporaryFolder& folder, const std::string& layer = "dense") {
    std::filesystem::path file = folder / "model.keras";
    Sequential({Input({4, 4, 1}), layers::Flatten(), layers::Dense(2, {.name = layer})}).save(file);
    return file;
}

void write_image(const std::filesystem::path& file) { save_img(file, Tensor::full({4, 4, 1}, 100)); }

TEST(HostileCommand, APipeInPlaceOfAModelIsRefusedAtOnce) {
    const TemporaryFolder folder;
    for (const char* name : {"p.h5", "p.keras", "p.toml"}) {
        ASSERT_EQ(::mkfifo((folder / name).c_str(), 0600), 0);
    }
    const Outcome h5 = run({"summary", (folder / "p.h5").string()});
    EXPECT_EQ(h5.status, 1);
    EXPECT_THAT(h5.errors, HasSubstr("p.h5: is not a file but a pipe; a file is wanted\n"));
    EXPECT_EQ(run({"plot", (folder / "p.keras").string()}).status, 1);
    EXPECT_EQ(run({"train", "--config", (folder / "p.toml").string()}).status, 1);
}

TEST(HostileCommand, EveryOptionRefusesAListOfNothing) {
    const TemporaryFolder folder;
    const Outcome help = run({"train", "--help"});
    std::size_t options = 0;
    for (std::size_t at = 0; (at = help.output.find("--", at)) != std::string::npos; ++options) {
        at += 2;
        const std::string key =
            help.output.substr(at, help.output.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at) - at);
        if (key == "help" || key == "config" || key.empty()) continue;
        // All kinds of nothing for the first few, the list for all.
        const std::vector<const char*> values =
            options < 3 ? std::vector<const char*>{"[]", "[[]]", "null", "{}"} : std::vector<const char*>{"[]"};
        for (const char* value : values) {
            write_text(folder / "c.json", "{\"" + key + "\": " + value + "}");
            const Outcome outcome = run({"train", "--config", (folder / "c.json").string()});
            EXPECT_EQ(outcome.status, 1) << key << " = " << value << ": " << outcome.errors;
            EXPECT_THAT(outcome.errors, HasSubstr("c.json:1: ")) << key << " = " << value;
        }
    }
    EXPECT_GT(options, 10U);
    write_text(folder / "c.toml", "checkpointing = []\n");
    EXPECT_THAT(run({"train", "--config", (folder / "c.toml").string()}).errors,
                HasSubstr("c.toml:1: 'checkpointing' is a list of 0; one value is wanted\n"));
}

TEST(HostileCommand, ARunsSettingsMayHoldAnything) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "x.run");
    const nlohmann::json nothing = nlohmann::json::array();
    const std::vector<nlohmann::json> values = {nothing, {nothing}, nullptr, 1, "1", {nullptr}, {"nan"}};
    for (const char* key : {"checkpointing", "augment", "restart", "resume", "help", "config", "epochs"}) {
        for (const nlohmann::json& value : values) {
            const nlohmann::json settings = {{"command", "train"}, {"options", {{key, value}}}};
            write_text(folder / "x.run/settings.json", settings.dump());
            const Outcome outcome = run({"resume", (folder / "x").string()});
            EXPECT_EQ(outcome.status, 1) << key << " = " << value << ": " << outcome.output;
            EXPECT_THAT(outcome.errors, HasSubstr("settings.json: ")) << key << " = " << value;
        }
    }
}

TEST(HostileCommand, OutputThatIsNotWrittenIsOneLineAndAFailure) {
    const TemporaryFolder folder;
    const std::filesystem::path errors = folder / "errors";
    const auto to_full_disk = [] { ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO); };
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"summary", "gap"}, {"--version"}, {"--help"}, {"audit", "gap", "--json"}}) {
        EXPECT_EQ(run_with(arguments, errors, to_full_disk), 1);
        const std::string name = arguments[0][0] == '-' ? "" : " " + arguments[0];
        EXPECT_EQ(read_text(errors), "markhor" + name + ": the output cannot be written: No space left on device\n");
    }
    EXPECT_EQ(run_with({"summary", "gap"}, errors, [] { ::close(STDOUT_FILENO); }), 1);
    EXPECT_EQ(read_text(errors), "markhor summary: the output cannot be written: Bad file descriptor\n");
}

TEST(HostileCommand, AClosedPipeIsSilent) {
    const TemporaryFolder folder;
    const std::filesystem::path errors = folder / "errors";
    const auto to_closed_pipe = [](bool ignores) {
        std::signal(SIGPIPE, ignores ? SIG_IGN : SIG_DFL);
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) return;
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[0]);
    };
    EXPECT_EQ(run_with({"summary", "gap"}, errors, [&] { to_closed_pipe(true); }), 1);
    EXPECT_EQ(read_text(errors), "");
    EXPECT_EQ(run_with({"summary", "gap"}, errors, [&] { to_closed_pipe(false); }), 1000 + SIGPIPE);
    EXPECT_EQ(read_text(errors), "");
}

TEST(HostileCommand, NoFileTakesTheDescriptorOfAClosedStream) {
    const TemporaryFolder folder;
    const std::filesystem::path model = small_model(folder);
    const std::filesystem::path out = folder / "out.keras";
    const int status =
        run_with({"export", model.string(), "-o", (folder / "out.onnx").string()}, folder / "errors", [] {
            for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(descriptor);
        });
    EXPECT_LE(status, 1);
    EXPECT_TRUE(std::filesystem::exists(folder / "out.onnx"));
}

TEST(HostileCommand, PredictTellsImagesWhoseNamesAreEvil) {
    const TemporaryFolder folder;
    const std::filesystem::path model = small_model(folder);
    std::vector<std::string> names = {"caf\xe9.png", "\x1b[31mred.png",   "a\nb.png", "a,b\"c.png",
                                      "=1+1.png",    "gpj.\u202Eexe.png", "<b>.png"};
    std::vector<std::string> arguments = {"predict", model.string()};
    for (const std::string& name : names) {
        write_image(folder / name);
        arguments.push_back((folder / name).string());
    }
    for (const std::string form : {"json", "csv", "table"}) {
        std::vector<std::string> all = arguments;
        all.insert(all.end(), {"--format", form});
        const Outcome outcome = run(all);
        EXPECT_EQ(outcome.status, 0) << outcome.errors;
        EXPECT_THAT(outcome.output, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\xe9.png")), Not(HasSubstr("\u202E"))))
            << form;
        const auto lines = std::count(outcome.output.begin(), outcome.output.end(), '\n');
        if (form == "json") {
            const nlohmann::json told = nlohmann::json::parse(outcome.output);
            ASSERT_EQ(told.size(), names.size());
            EXPECT_EQ(told[1]["file"], (folder / names[1]).string());
            EXPECT_EQ(told[2]["file"], (folder / names[2]).string());
        } else {
            EXPECT_EQ(lines, static_cast<long>(names.size()) + (form == "csv" ? 1 : 0)) << outcome.output;
        }
    }
}

TEST(HostileCommand, ErrorsAreOneLineWhateverTheNamesInThem) {
    const Outcome outcome = run({"summary", "no\x1b[31m\nsuch\xff.keras"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.errors, AllOf(HasSubstr("no\\x1b[31m such\\xff.keras"), Not(HasSubstr("\x1b"))));
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1);
}

TEST(HostileCommand, LayersNamesAreShownAsNames) {
    const TemporaryFolder folder;
    const std::filesystem::path model = small_model(folder, "x\x1b[2J\u202Ey");
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"summary"}, {"summary", "--classic", "--cost"}, {"audit"}, {"audit", "--json"}}) {
        std::vector<std::string> all = arguments;
        all.insert(all.begin() + 1, model.string());
        const Outcome outcome = run(all);
        EXPECT_EQ(outcome.status, 0) << outcome.errors;
        EXPECT_THAT(outcome.output, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\u202E")), HasSubstr("202e")));
    }
}

}  // namespace
}  // namespace markhor::cli::test
