// What summary() shows, apart from how: one row a layer, and the totals. Layouts turn it into text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/model_base.hpp"

namespace markhor {

/// Of one image at inference. Known where summary() was asked for it.
struct SummaryCost {
    double flops = 0;
    double bytes = 0;  // of outputs, float32
};

struct SummaryRow {
    const LayerBase* layer = nullptr;
    std::string name;  // this and all other names as text::printable() shows them
    std::string class_name;
    std::vector<Shape> outputs;  // of the layer's last call; empty where it was never called
    bool one_shape = true;       // all its calls have these output shapes
    bool is_input = false;
    bool built = true;
    std::int64_t params = 0;
    bool has_weights = false;
    bool trainable = true;
    SummaryCost cost = {};
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
    bool show_flops = false;
    bool show_memory = false;
    std::vector<SummaryRow> rows;
    SummaryCost cost = {};
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

/// "3.71 G"; below a thousand "512".
std::string readable_count(double count);
/// The cells of the columns that cost is asked for in, their headers, and the lines below the table.
std::vector<std::string> cost_cells(const SummaryContent& content, const SummaryCost& cost);
std::vector<std::string> cost_headers(const SummaryContent& content);
std::string cost_totals(const SummaryContent& content, const char* before);

/// "44.15 MB"; below a kilobyte "192.00 B", where `unit` is "B".
std::string readable_size(std::size_t bytes, const char* unit);

}  // namespace markhor
