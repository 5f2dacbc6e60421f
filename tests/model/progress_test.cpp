// The progress line, character by character as Keras 3.15 prints it (recorded from keras.utils.Progbar with a clock of
// our own).
#include "model/progress.hpp"

#include <gtest/gtest.h>

#include <markhor/error.hpp>
#include <sstream>

namespace markhor {
namespace {

TEST(Progress, DrawsKerasBarOverItself) {
    std::ostringstream output;
    ProgressBar bar(output, 1, 40, 100.0);
    bar.update(1, {{"accuracy", 0.5}, {"loss", 2.25}}, 101.0);
    bar.update(2, {{"accuracy", 0.5}, {"loss", 2.25}}, 101.01);  // too soon after the last
    bar.update(21, {{"accuracy", 0.625}, {"loss", 0.0004}}, 101.2);
    bar.update(40, {{"accuracy", 0.75}, {"loss", 1.5}, {"val_loss", 2.0}}, 104.0, true);
    EXPECT_EQ(output.str(),
              "\r\x1b[1m 1/40\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m39s\x1b[0m 1s/step - accuracy: 0.5000"
              " - loss: 2.2500" +
                  std::string(72, '\b') +
                  "\r\x1b[1m21/40\x1b[0m \x1b[32m━━━━━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━\x1b[0m \x1b[1m0s\x1b[0m 10ms/step"
                  " - accuracy: 0.6250 - loss: 4.0000e-04" +
                  std::string(77, '\b') +
                  "\r\x1b[1m40/40\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m4s\x1b[0m 77ms/step"
                  " - accuracy: 0.7500 - loss: 1.5000 - val_loss: 2.0000\n");
}

TEST(Progress, WritesOneLineWhereTwoIsAskedFor) {
    std::ostringstream output;
    ProgressBar bar(output, 2, 469, 0.0);
    bar.update(1, {{"loss", 1.0}}, 1.0);
    bar.update(469, {{"accuracy", 0.9}, {"loss", -0.25}}, 3.5, true);
    EXPECT_EQ(output.str(), "469/469 - 4s - 7ms/step - accuracy: 0.9000 - loss: -2.5000e-01\n");
}

TEST(Progress, IsSilentAtZero) {
    std::ostringstream output;
    ProgressBar bar(output, 0, 2, 0.0);
    bar.update(2, {{"loss", 1.0}}, 1.0, true);
    EXPECT_EQ(output.str(), "");
}

TEST(Progress, VerboseIsResolvedAsKerasDoesItAndPlainWithoutATerminal) {
    EXPECT_EQ(resolve_verbose(-1, true), 1);
    EXPECT_EQ(resolve_verbose(-1, false), 2);
    EXPECT_EQ(resolve_verbose(2, true), 2);
    EXPECT_EQ(resolve_verbose(0, true), 0);
    EXPECT_THROW(resolve_verbose(3, true), ValueError);
}

}  // namespace
}  // namespace markhor
