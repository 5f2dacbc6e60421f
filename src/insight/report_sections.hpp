// The parts of the report, in the order in which the page has them. A part without figures to show is an empty text.
#pragma once

#include <markhor/case_study.hpp>
#include <string>
#include <string_view>

namespace markhor::insight {

std::string_view report_style();
std::string cards_section(const CaseStudy& study);
std::string advice_section(const CaseStudy& study);
std::string figures_section(const CaseStudy& study);
std::string curves_section(const CaseStudy& study);
std::string repeats_section(const CaseStudy& study);
std::string behaviour_section(const CaseStudy& study);
std::string classes_section(const CaseStudy& study);
std::string wrong_section(const CaseStudy& study);
std::string layers_section(const CaseStudy& study);
std::string growth_section(const CaseStudy& study);
std::string machines_section(const CaseStudy& study);
std::string samples_section(const CaseStudy& study);
std::string summaries_section(const CaseStudy& study);

}  // namespace markhor::insight
