#include "graph/memory.hpp"

namespace markhor::graph {

std::size_t run_bytes(const Executable& executable) {
    std::size_t bytes = executable.arena_bytes() + executable.kept_bytes();
    for (const Node& node : executable.graph().nodes()) {
        if (node.inputs.empty()) bytes += node.outputs[0].bytes();  // a variable, a constant or what is fed
    }
    for (const Value output : executable.graph().outputs()) bytes += executable.graph().spec(output).bytes();
    return bytes;
}

}  // namespace markhor::graph
