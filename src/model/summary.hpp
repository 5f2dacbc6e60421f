// What summary() shows, apart from how: one row a layer, and the totals. Layouts turn it into text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/model_base.hpp"

namespace markhor {

struct SummaryRow {
    std::string name;
    std::string class_name;
    std::vector<Shape> outputs;  // of the layer's last call; empty where it was never called
    bool one_shape = true;       // all its calls have these output shapes
    bool is_input = false;
    bool built = true;
    std::int64_t params = 0;
    bool has_weights = false;
    bool trainable = true;
    std::vector<std::string> connections;  // "conv2d[0][0]"
    std::vector<SummaryRow> nested;        // the layers of a model, with expand_nested
};

struct SummaryCount {
    std::int64_t params = 0;
    std::size_t bytes = 0;
};

struct SummaryContent {
    std::string model_name;
    bool is_chain = true;  // no "Connected to" column
    bool show_trainable = false;
    std::vector<SummaryRow> rows;
    SummaryCount trainable;
    SummaryCount non_trainable;
    SummaryCount optimizer;  // none before the first training step
};

/// Throws ValueError for a layer_range that is not two regular expressions matching layers.
SummaryContent collect_summary(const ModelBase& model, const SummaryOptions& options);

/// Keras 3's box table. `columns` is the width of the console, at which lines are cut; 0: 80 columns, and nothing is
/// cut. Throws ValueError where the width leaves a column less than four characters.
std::string keras3_summary(const SummaryContent& content, const SummaryOptions& options, int columns);
/// The table of Keras 2, with ____ and ==== rules.
std::string classic_summary(const SummaryContent& content, const SummaryOptions& options);

/// "44.15 MB"; below a kilobyte "192.00 B", where `unit` is "B".
std::string readable_size(std::size_t bytes, const char* unit);

}  // namespace markhor
