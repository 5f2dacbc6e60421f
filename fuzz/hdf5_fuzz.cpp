// Any bytes at all as an HDF5 file: every group, attribute and dataset that can be reached in it is read, or a
// FileError.
#include <cstddef>
#include <cstdint>
#include <markhor/error.hpp>
#include <span>

#include "formats/hdf5/group.hpp"

namespace {

using namespace markhor::formats;

/// At most so many things, so that links in circles end.
void walk(const h5::Group& group, int depth, int& left) {
    for (const std::string& name : group.attribute_names()) {
        if (--left < 0) return;
        try {
            group.texts(name);
        } catch (const markhor::FileError&) {
        }
    }
    for (const std::string& name : group.names()) {
        if (--left < 0) return;
        try {
            const h5::Dataset data = group.data(name);
            constexpr std::int64_t most_elements = 1 << 16;
            if (data.shape().elements() > most_elements) continue;
            const markhor::DType dtype = left % 2 == 0 ? markhor::DType::float32 : markhor::DType::int64;
            markhor::Tensor tensor(data.shape(), dtype);
            data.read(tensor);
        } catch (const markhor::FileError&) {
        }
        if (depth == 0) continue;
        try {
            walk(group.group(name), depth - 1, left);
        } catch (const markhor::FileError&) {
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        MemorySource source(std::as_bytes(std::span(data, size)));
        h5::File file(source, "fuzz.h5");
        int left = 100;
        walk(h5::Group::root(file), 6, left);
    } catch (const markhor::FileError&) {  // the only way to refuse
    }
    return 0;
}
