// The global dtype policy, and policies of single layers.
#include <markhor/dtype_policy.hpp>
#include <markhor/error.hpp>
#include <mutex>

#include "layers/layer_base.hpp"

namespace markhor {
namespace {

struct GlobalPolicy {
    std::mutex mutex;
    std::string name = "float32";
};

// Made on first use: layers may be made before this file's objects are.
GlobalPolicy& global() {
    static GlobalPolicy policy;
    return policy;
}

void check_policy(const std::string& where, const std::string& policy) {
    if (policy != "float32" && policy != mixed_bfloat16) {
        throw ValueError(where + ": the policy '" + policy + "' came; 'float32' or 'mixed_bfloat16' is wanted");
    }
}

}  // namespace

void set_global_policy(const std::string& policy) {
    check_policy("set_global_policy", policy);
    const std::lock_guard lock(global().mutex);
    global().name = policy;
}

std::string global_policy() {
    const std::lock_guard lock(global().mutex);
    return global().name;
}

Layer with_dtype(Layer layer, const std::string& policy) {
    check_policy(layer.name(), policy);
    layer.base()->set_dtype_policy(policy);
    return layer;
}

}  // namespace markhor
