#include <atomic>
#include <markhor/error.hpp>
#include <markhor/precision.hpp>

namespace markhor {
namespace {

std::atomic<bool> highest{false};

}  // namespace

void set_float32_matmul_precision(const std::string& precision) {
    if (precision != "high" && precision != "highest") {
        throw ValueError("set_float32_matmul_precision: '" + precision + "' came; it takes 'high' or 'highest'");
    }
    highest.store(precision == "highest");
}

std::string float32_matmul_precision() { return highest.load() ? "highest" : "high"; }

}  // namespace markhor
