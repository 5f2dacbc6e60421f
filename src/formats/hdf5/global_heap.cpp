#include "formats/hdf5/global_heap.hpp"

#include <algorithm>

#include "formats/hdf5/file.hpp"

namespace markhor::formats::h5 {

std::span<const std::byte> GlobalHeap::object(File& file, std::uint64_t address, std::uint64_t number,
                                              const std::string& where) {
    const Collection& known = collection(file, address, where);
    const auto found = known.objects.find(number);
    if (found == known.objects.end()) {
        fail_at(where, address, "it refers to text " + std::to_string(number) + " of a collection without that one");
    }
    return found->second;
}

GlobalHeap::Collection& GlobalHeap::collection(File& file, std::uint64_t address, const std::string& where) {
    const auto known = collections_.find(address);
    if (known != collections_.end()) return known->second;
    constexpr std::uint64_t aligned_head = 16;  // of the collection and of each object, whatever a length's width is
    const Block start = file.block(address, aligned_head, where);
    Cursor head = file.cursor(start, where);
    head.signature("GCOL");
    head.version(1);
    head.skip(3);
    const std::uint64_t size = head.length();
    // Collections do not overlap, so that all of them are no more than the file.
    if (size < aligned_head || size > file.size() - loaded_) {
        head.fail("a collection of " + std::to_string(size) + " bytes, more than the file can hold");
    }
    Collection loaded = {file.block(address, size, where), {}};
    loaded_ += size;
    Cursor bytes = file.cursor(loaded.block, where);
    bytes.skip(aligned_head);
    while (bytes.left() >= aligned_head) {
        const std::uint64_t number = bytes.u16();
        bytes.skip(6);
        const std::uint64_t length = bytes.length();
        bytes.skip(8 - file.widths().length);
        if (number == 0) break;  // the rest is free
        loaded.objects[number] = bytes.take(length);
        bytes.skip(std::min<std::uint64_t>(bytes.left(), (8 - length % 8) % 8));
    }
    return collections_.emplace(address, std::move(loaded)).first->second;
}

}  // namespace markhor::formats::h5
