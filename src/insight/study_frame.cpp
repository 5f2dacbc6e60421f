#include "insight/study_frame.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <markhor/version.hpp>

#include "core/parallel.hpp"
#include "insight/samples.hpp"

namespace markhor::insight {
namespace {

std::string processor_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    }
    return "unknown processor";
}

}  // namespace

CaseStudy study_frame(const data::TrainTest& data, const CaseStudyOptions& options) {
    CaseStudy study;
    study.options = options;
    study.version = version();
    study.started = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)));
    study.processor = processor_name();
    study.threads = num_threads();
    study.image = data.train.x_shape();
    study.train_images = data.train.size();
    study.test_images = data.test.size();
    study.class_names = data.train.class_names();
    study.test_labels = labels_of(data.test);
    return study;
}

}  // namespace markhor::insight
