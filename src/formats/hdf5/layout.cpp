#include "formats/hdf5/layout.hpp"

namespace markhor::formats::h5 {
namespace {

constexpr std::uint64_t most_axes = 33;  // HDF5's 32, and the element's bytes as one more

/// The sizes of a chunk's axes; the last is the element's.
void read_chunk_dims(Cursor& bytes, std::uint64_t axes, std::size_t width, Layout& layout) {
    if (axes < 2 || axes > most_axes) bytes.fail("chunks of " + std::to_string(axes) + " axes");
    if (width < 1 || width > 8) bytes.fail("sizes of " + std::to_string(width) + " bytes");
    for (std::uint64_t axis = 0; axis < axes; ++axis) layout.chunk_dims.push_back(bytes.number(width));
    layout.chunk_dims.pop_back();
    for (const std::uint64_t dim : layout.chunk_dims) {
        if (dim == 0) bytes.fail("a chunk without elements");
    }
}

void take_compact(Cursor& bytes, std::uint64_t size, Layout& layout) {
    layout.compact.address = bytes.start() + bytes.at();
    const std::span<const std::byte> data = bytes.take(size);
    layout.compact.bytes.assign(data.begin(), data.end());
}

Layout::Kind kind_of(Cursor& bytes) {
    const std::uint8_t kind = bytes.u8();
    if (kind > 3) bytes.fail("data of the unknown layout " + std::to_string(kind));
    return static_cast<Layout::Kind>(kind);
}

/// Versions 1 and 2.
Layout read_older(Cursor& bytes) {
    Layout layout;
    const std::uint64_t axes = bytes.u8();
    if (axes > most_axes) bytes.fail("data of " + std::to_string(axes) + " axes");
    layout.kind = kind_of(bytes);
    bytes.skip(5);
    if (layout.kind == Layout::Kind::contiguous) {
        layout.address = bytes.address();
        bytes.skip(4 * axes);
    } else if (layout.kind == Layout::Kind::chunked) {
        layout.index.address = bytes.address();
        read_chunk_dims(bytes, axes, 4, layout);
    } else if (layout.kind == Layout::Kind::compact) {
        bytes.skip(4 * axes);
        take_compact(bytes, bytes.u32(), layout);
    }
    return layout;
}

/// Version 4's, where each dataset has the index that suits it.
void read_chunk_index(Cursor& bytes, Layout& layout) {
    const std::uint8_t flags = bytes.u8();
    layout.leaves_edges_unfiltered = (flags & 1U) != 0;
    const std::uint64_t axes = bytes.u8();
    const std::size_t width = bytes.u8();
    read_chunk_dims(bytes, axes, width, layout);
    const std::uint8_t kind = bytes.u8();
    if (kind < 1 || kind > 5) bytes.fail("chunks in the unknown index " + std::to_string(kind));
    layout.index.kind = static_cast<ChunkIndex::Kind>(kind);
    // What follows of an array or a tree stands in its own header too.
    switch (layout.index.kind) {
        case ChunkIndex::Kind::single:
            if ((flags & 2U) != 0) {
                layout.index.stored_bytes = bytes.length();
                layout.index.skipped_filters = bytes.u32();
            }
            break;
        case ChunkIndex::Kind::fixed_array: bytes.skip(1); break;
        case ChunkIndex::Kind::extensible_array: bytes.skip(5); break;
        case ChunkIndex::Kind::tree2: bytes.skip(6); break;
        case ChunkIndex::Kind::implicit:
        case ChunkIndex::Kind::tree1: break;
    }
    layout.index.address = bytes.address();
}

}  // namespace

Layout read_layout(Cursor& bytes) {
    const std::uint8_t version = bytes.u8();
    if (version < 1 || version > 4) bytes.fail("a layout of version " + std::to_string(version) + "; 1 to 4 are read");
    if (version < 3) return read_older(bytes);
    Layout layout;
    layout.kind = kind_of(bytes);
    switch (layout.kind) {
        case Layout::Kind::compact: take_compact(bytes, bytes.u16(), layout); break;
        case Layout::Kind::contiguous:
            layout.address = bytes.address();
            layout.size = bytes.length();
            break;
        case Layout::Kind::chunked:
            if (version == 4) {
                read_chunk_index(bytes, layout);
            } else {
                const std::uint64_t axes = bytes.u8();
                layout.index.address = bytes.address();
                read_chunk_dims(bytes, axes, 4, layout);
            }
            break;
        case Layout::Kind::virtual_: break;
    }
    return layout;
}

}  // namespace markhor::formats::h5
