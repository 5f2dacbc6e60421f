// What the tests of insight share: a case study with made-up figures, and a small data set of two kinds of pictures.
#pragma once

#include <filesystem>
#include <markhor/case_study.hpp>
#include <string>

#include "support/files.hpp"

namespace markhor::insight::test {

/// Two heads on 28x28 images, trained for three epochs; the figures are invented, and consistent with each other.
CaseStudy example_study();

/// `count` images of size x size pixels with bright left or bright right halves, and their labels 0 and 1; half as many
/// to test.
data::TrainTest halves(std::int64_t count, std::int64_t size, std::int64_t channels);

using markhor::test::read_text;
using markhor::test::TemporaryFolder;
using markhor::test::write_text;

}  // namespace markhor::insight::test
