// An audit of a network: what it costs layer by layer on this machine, how that grows with the image, and what about it
// should be looked at, each finding with its evidence and a remedy.
#pragma once

#include <cstdint>
#include <markhor/dataset.hpp>
#include <markhor/insight.hpp>
#include <optional>
#include <string>
#include <vector>

namespace markhor::insight {

/// What this machine can do at most, measured in a fraction of a second: arithmetic of a large matrix product, and
/// traffic of an array too large for the caches.
struct Machine {
    double flops_per_second = 0;
    double bytes_per_second = 0;
};
Machine measure_machine();

struct AuditOptions {
    /// (height, width, channels) of the images, for which the network is made again; default: the model's own.
    std::optional<Shape> input_shape = std::nullopt;
    std::int64_t batch = 1;            ///< images a run whose time is predicted and measured
    std::int64_t training_batch = 32;  ///< images of the training step whose memory is told
    bool measure = false;              ///< run it on this machine and time each layer
    /// Images to run through the network for the findings that need some; labels are not looked at.
    std::optional<Dataset> data = std::nullopt;
    std::int64_t data_images = 256;  ///< at most so many of them
    /// Ceilings to predict times with; default: measured now.
    std::optional<Machine> machine = std::nullopt;
    /// Sizes, as factors of the sides, for which growth is told.
    std::vector<double> growth = {0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0};
};

struct LayerAudit {
    LayerCost cost = {};
    double multiply_adds = 0;  ///< of convolutions and matrix products alone, as papers count; one image
    double moved_bytes = 0;    ///< of one image: each input of its operations read once, each output written once
    double intensity = 0;      ///< operations a byte moved
    /// Pixels of the image that one number of its output depends on through windows, an axis each; empty: all of it.
    std::vector<std::int64_t> receptive_field = {};
    /// Of `batch` images: the longer of arithmetic and traffic at the machine's ceilings, after merging. What was
    /// merged into the layer before counts there.
    double predicted_seconds = 0;
    std::optional<double> measured_seconds = {};
};

struct Finding {
    std::string name = {};      ///< one of finding_names()
    std::string severity = {};  ///< "warning": costs something or is likely wrong; "note": worth knowing
    std::string layer = {};     ///< empty: the whole model
    std::string evidence = {};
    std::string remedy = {};
    std::int64_t params = 0;  ///< that it is about; 0: not about parameters
};
/// All that an audit looks for: "flatten-before-dense", "dense-outweighs-convolutions", …
std::vector<std::string> finding_names();

/// The same network for other images.
struct Growth {
    Shape input = {};
    std::int64_t params = 0;
    double flops = 0;
};

struct Audit {
    std::string model = {};
    Shape input = {};  ///< without batch
    std::int64_t batch = 1;
    ModelCost cost = {};
    double multiply_adds = 0;  ///< the sum of the layers'
    std::vector<LayerAudit> layers = {};
    Machine machine = {};
    double predicted_seconds = 0;
    std::optional<double> measured_seconds = {};
    std::vector<Growth> growth = {};  ///< by size; without those that the network cannot take
    std::vector<Finding> findings = {};
};

/// The model itself is not changed. Throws ValueError for a model without an input shape or of several inputs,
/// ShapeError where the input has an unknown side and none is given, or the network cannot take the one given.
Audit audit(const Model& model, const AuditOptions& options = {});

/// For a terminal: a line a layer, the totals, growth, findings.
std::string audit_text(const Audit& audit);
/// All figures as JSON; units are in the keys' names, or bytes and seconds.
std::string audit_json(const Audit& audit);
/// Growth of parameters and arithmetic with the image's side, as an SVG file's text.
std::string growth_svg(const Audit& audit);

}  // namespace markhor::insight
