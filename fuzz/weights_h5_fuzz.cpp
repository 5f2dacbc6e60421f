// Any bytes at all as the .weights.h5 of a small network: its weights, or a FileError.
#include <cstddef>
#include <cstdint>
#include <markhor/markhor.hpp>
#include <span>

#include "formats/weights_h5.hpp"
#include "model/weight_tree.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace markhor::layers;
    static const markhor::Sequential model({markhor::Input({6, 6, 1}), Conv2D(2, {3, 3}), Flatten(), Dense(2)});
    static const markhor::formats::WeightGroup weights = markhor::weight_tree(*model.model_base());
    try {
        markhor::formats::MemorySource source(std::as_bytes(std::span(data, size)));
        markhor::formats::read_weights_h5(source, "fuzz.weights.h5", weights,
                                          markhor::formats::IncomingWeights::Into::copies);
    } catch (const markhor::FileError&) {  // the only way to refuse
    }
    return 0;
}
