// Where a network's time goes: each op of its planned graph, run and timed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <markhor/model.hpp>
#include <string>
#include <vector>

namespace markhor::insight {

struct ProfileOptions {
    std::int64_t batch = 1;
    bool training = false;  ///< a whole training step; the model must be compiled
    int runs = 5;           ///< timed runs after one to warm up; each op's time is its fastest
};

/// One op as it was planned. FLOPs count a multiply-add as two, and Winograd as the direct sum it stands for; bytes are
/// each input read once and each output written once. All images of the batch together.
struct ProfileStep {
    std::string layer = {};  ///< empty: of no layer (the loss)
    std::string op = {};
    std::string algorithm = {};
    Shape output_shape = {};  ///< channels last: every tensor is kept in Keras's own layout
    double seconds = 0;
    double flops = 0;
    double bytes = 0;
};

/// What the machine can do with the threads in use, measured just before: multiply-adds in registers, and a copy
/// between arrays larger than the caches (read and written bytes).
struct MachineCeiling {
    double flops_per_second = 0;
    double bytes_per_second = 0;
};
MachineCeiling measure_ceiling();

struct Profile {
    std::string model = {};
    std::int64_t batch = 0;     ///< images at once
    std::int64_t of_batch = 0;  ///< what was asked for: predict() may compute a large batch a few images at a time
    bool training = false;
    int threads = 0;
    MachineCeiling ceiling = {};
    std::vector<ProfileStep> steps = {};  ///< in the order in which they run
    double seconds = 0;                   ///< the fastest whole run
    std::size_t arena_bytes = 0;          ///< intermediate values and scratch
    std::size_t weight_bytes = 0;         ///< the model's and, in training, the optimizer's
    std::size_t kept_bytes = 0;           ///< weights in the form that kernels read, made once for all runs
};

/// Runs the model on noise. Its weights end as they were. Throws ValueError for a model without an input shape, one not
/// compiled where training is asked for, or a batch or runs below 1.
Profile profile(const Model& model, const ProfileOptions& options = {});

/// A line an op: time, share, GFLOP/s and GB/s with their shares of the ceilings, algorithm, layer.
std::string profile_table(const Profile& profile);
/// The same as a trace that chrome://tracing and https://ui.perfetto.dev open.
std::string profile_trace(const Profile& profile);

}  // namespace markhor::insight
