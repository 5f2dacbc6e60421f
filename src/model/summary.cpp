#include "model/summary.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace markhor {
namespace {

/// $COLUMNS, as Python reads it; else 0.
int stated_columns() {
    const char* stated = std::getenv("COLUMNS");
    int columns = 0;
    if (stated) std::from_chars(stated, stated + std::strlen(stated), columns);
    return columns;
}

/// The width of the console behind the standard output; 0 where that is a file.
int console_columns() {
    if (const int stated = stated_columns(); stated > 0) return stated;
    winsize size{};
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return is_terminal ? size.ws_col : 0;
}

std::string text_of(const ModelBase& model, const SummaryOptions& options, int columns) {
    const SummaryContent content = collect_summary(model, options);
    return options.style == SummaryStyle::classic ? classic_summary(content, options)
                                                  : keras3_summary(content, options, columns);
}

}  // namespace

void Model::summary(const SummaryOptions& options) const {
    const std::string text = text_of(*model_, options, options.print_fn ? stated_columns() : console_columns());
    if (options.print_fn) {
        options.print_fn(text);
    } else {
        std::cout << text << std::flush;
    }
}

void Model::summary(std::ostream& output, const SummaryOptions& options) const {
    output << text_of(*model_, options, stated_columns());
}

std::string Model::summary_text(const SummaryOptions& options) const {
    return text_of(*model_, options, stated_columns());
}

}  // namespace markhor
