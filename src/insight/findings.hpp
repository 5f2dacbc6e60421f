// What an audit looks for, in two parts: what the network's form shows, and what shows when images run through it.
#pragma once

#include <markhor/audit.hpp>
#include <string>
#include <vector>

#include "insight/layer_graph.hpp"

namespace markhor::insight {

/// `compiled` is the model that the user compiled, where the audited one was made again from it.
std::vector<Finding> structural_findings(const ModelBase& model, const ModelBase& compiled, const Audit& audit);

/// Runs at most options.data_images through the model. Throws ShapeError for images of another shape than its input.
std::vector<Finding> data_findings(const Model& model, const AuditOptions& options);

}  // namespace markhor::insight
