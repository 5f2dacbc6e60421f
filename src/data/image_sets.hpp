// Which folders are sets of images and not classes.
#pragma once

#include <string>
#include <vector>

namespace markhor::data {

/// "train" first, then a set to validate on and "test", as far as they are there; empty where `folders` are classes.
std::vector<std::string> image_sets(const std::vector<std::string>& folders);

}  // namespace markhor::data
