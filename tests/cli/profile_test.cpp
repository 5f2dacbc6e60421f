// markhor profile, as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ProfileCommand, PrintsATableAndWritesATrace) {
    const TemporaryFolder folder;
    const Outcome outcome = run({"profile", "gap", "--image-size", "20", "--channels", "1", "--train", "--batch", "2",
                                 "--runs", "1", "--trace", folder / "trace.json"});
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    for (const char* text : {"conv2d_3", "convolution_weight_gradient", "a training step of 2 images"}) {
        EXPECT_THAT(outcome.output, HasSubstr(text));
    }
    EXPECT_THAT(read_text(folder / "trace.json"), HasSubstr("traceEvents"));
}

TEST(ProfileCommand, NetworksAreMadeInThePolicyThatIsAskedFor) {
    const std::vector<std::string> command{"profile", "gap", "--image-size", "20", "--runs", "1", "--policy"};
    const auto with = [&](const char* policy) {
        std::vector<std::string> arguments = command;
        arguments.emplace_back(policy);
        return run(arguments);
    };
    EXPECT_THAT(with("mixed_bfloat16").output, HasSubstr("cast"));
    EXPECT_THAT(with("float32").output, Not(HasSubstr("cast")));
    EXPECT_EQ(with("float8").status, 2);
}

TEST(ProfileCommand, SaysWhatItCannotDo) {
    const Outcome unknown = run({"profile", "nothing.keras"});
    EXPECT_EQ(unknown.status, 1);
    EXPECT_THAT(unknown.errors, HasSubstr("nothing.keras"));
    const TemporaryFolder folder;
    const Outcome no_trace = run({"profile", "gap", "--image-size", "20", "--runs", "1", "--trace", folder / "no/t"});
    EXPECT_EQ(no_trace.status, 1);
    EXPECT_THAT(no_trace.errors, HasSubstr("cannot be written"));
    EXPECT_EQ(run({"profile", "gap", "--batch", "0"}).status, 2);
}

}  // namespace
}  // namespace markhor::cli::test
