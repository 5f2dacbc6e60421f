// What is known of a study before anything is trained.
#pragma once

#include <markhor/case_study.hpp>

namespace markhor::insight {

/// The options, the data, the machine and the time of its start, without results.
CaseStudy study_frame(const data::TrainTest& data, const CaseStudyOptions& options);

}  // namespace markhor::insight
