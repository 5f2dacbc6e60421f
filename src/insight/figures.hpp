// The rows of the case study's table, for the terminal and the page alike.
#pragma once

#include <markhor/case_study.hpp>
#include <string>
#include <vector>

namespace markhor::insight {

struct Figure {
    std::string name;                 ///< "Test accuracy"
    std::vector<std::string> values;  ///< one a head, with unit; "–" where not measured
};
std::vector<Figure> figures(const CaseStudy& study);

}  // namespace markhor::insight
