// Several trainings of one head at one size, summed up.
#pragma once

#include <markhor/case_study.hpp>
#include <string>
#include <vector>

namespace markhor::insight {

struct Repeated {
    std::string head;
    std::int64_t size = 0;
    std::size_t runs = 0;
    double mean = 0;       ///< of the test accuracy
    double deviation = 0;  ///< of the runs (n - 1); 0 for one
    double low = 0;
    double high = 0;
    std::int64_t params = 0;
    double epoch_seconds = 0;  ///< the mean
};
/// By size, then in the heads' order.
std::vector<Repeated> repeated(const CaseStudy& study);

}  // namespace markhor::insight
