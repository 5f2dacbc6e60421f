#include "formats/hdf5/chunk_index.hpp"

#include <algorithm>
#include <bit>

#include "formats/hdf5/btree1.hpp"
#include "formats/hdf5/btree2.hpp"
#include "formats/hdf5/chunk_array.hpp"

namespace markhor::formats::h5 {
namespace {

bool lies_in(const ChunkGrid& grid, const std::vector<std::uint64_t>& scaled) {
    for (std::size_t axis = 0; axis < scaled.size(); ++axis) {
        if (scaled[axis] >= grid.counts[axis]) return false;
    }
    return true;
}

void scale(const ChunkGrid& grid, std::vector<std::uint64_t>& origin) {
    for (std::size_t axis = 0; axis < origin.size(); ++axis) origin[axis] *= grid.dims[axis];
}

std::vector<Chunk> in_older_tree(File& file, std::uint64_t address, const ChunkGrid& grid, const std::string& where) {
    std::vector<Chunk> chunks;
    const std::size_t rank = grid.dims.size();
    walk_btree1(file, address, Tree1::chunks, 8 + 8 * (rank + 1), where, [&](Cursor key, std::uint64_t child) {
        Chunk chunk;
        chunk.stored_bytes = key.u32();
        chunk.skipped_filters = key.u32();
        chunk.address = child;
        bool is_inside = true;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            const std::uint64_t origin = key.number(8);
            if (origin % grid.dims[axis] != 0) key.fail("a chunk that begins within another");
            is_inside = is_inside && origin / grid.dims[axis] < grid.counts[axis];
            chunk.origin.push_back(origin);
        }
        if (is_inside) chunks.push_back(std::move(chunk));
    });
    return chunks;
}

std::vector<Chunk> in_newer_tree(File& file, std::uint64_t address, const ChunkGrid& grid, const std::string& where) {
    std::vector<Chunk> chunks;
    constexpr std::uint8_t plain_chunks = 10;
    constexpr std::uint8_t filtered_chunks = 11;
    const std::uint8_t type = grid.is_filtered ? filtered_chunks : plain_chunks;
    walk_btree2(file, address, type, where, [&](Cursor record) {
        Chunk chunk = grid.stored_chunk(record);
        for (std::size_t axis = 0; axis < grid.dims.size(); ++axis) chunk.origin.push_back(record.number(8));
        if (!lies_in(grid, chunk.origin)) return;
        scale(grid, chunk.origin);
        chunks.push_back(std::move(chunk));
    });
    return chunks;
}

/// One after the other, all of them.
std::vector<Chunk> implied(File& file, std::uint64_t address, const ChunkGrid& grid, const std::string& where) {
    const std::uint64_t count = grid.count();
    if (grid.is_filtered || !file.holds(address, saturating_product(count, grid.chunk_bytes))) {
        fail_at(where, address,
                std::to_string(count) + " chunks of " + std::to_string(grid.chunk_bytes) +
                    " bytes lie beyond the end of the file");
    }
    std::vector<Chunk> chunks;
    for (std::uint64_t i = 0; chunks.size() < count; ++i) {
        const std::uint64_t offset = saturating_product(i, grid.chunk_bytes);
        if (!file.holds(address, offset)) fail_at(where, address, "chunks lie beyond the end of the file");
        Chunk chunk = {{}, address + offset, grid.chunk_bytes, 0};
        if (grid.origin_of(i, 0, chunk.origin)) chunks.push_back(std::move(chunk));
    }
    return chunks;
}

}  // namespace

ChunkGrid::ChunkGrid(const Dataspace& space, const std::vector<std::uint64_t>& chunk_dims, std::uint64_t bytes,
                     bool has_filters)
    : dims(chunk_dims), chunk_bytes(bytes), is_filtered(has_filters) {
    const auto chunks_of = [](std::uint64_t size, std::uint64_t chunk) {
        return size / chunk + (size % chunk != 0 ? 1 : 0);
    };
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        counts.push_back(chunks_of(space.dims[axis], dims[axis]));
        const bool is_bounded = space.most[axis] != undefined_address;
        most.push_back(is_bounded ? chunks_of(space.most[axis], dims[axis]) : undefined_address);
    }
}

std::uint64_t ChunkGrid::count() const noexcept {
    std::uint64_t product = 1;
    for (const std::uint64_t along : counts) product = saturating_product(product, along);
    return product;
}

bool ChunkGrid::origin_of(std::uint64_t index, std::size_t first_axis, std::vector<std::uint64_t>& origin) const {
    origin.assign(dims.size(), 0);
    const auto split = [&](std::size_t axis) {
        if (most[axis] == 0) return;
        origin[axis] = index % most[axis];
        index /= most[axis];
    };
    for (std::size_t axis = dims.size(); axis-- > 0;) {
        if (axis != first_axis) split(axis);
    }
    origin[first_axis] = index;
    if (!lies_in(*this, origin)) return false;
    scale(*this, origin);
    return true;
}

std::size_t ChunkGrid::size_width() const noexcept {
    // HDF5 leaves room for chunks that filters make larger.
    const std::size_t log2 = static_cast<std::size_t>(std::bit_width(chunk_bytes)) - 1;
    return std::min<std::size_t>(8, 1 + (log2 + 8) / 8);
}

Chunk ChunkGrid::stored_chunk(Cursor& entry) const {
    Chunk chunk;
    chunk.address = entry.address();
    chunk.stored_bytes = chunk_bytes;
    if (is_filtered) {
        chunk.stored_bytes = entry.number(size_width());
        chunk.skipped_filters = entry.u32();
    }
    return chunk;
}

std::vector<Chunk> find_chunks(File& file, const ChunkIndex& index, const ChunkGrid& grid, const std::string& where) {
    if (index.address == undefined_address || grid.count() == 0) return {};
    switch (index.kind) {
        case ChunkIndex::Kind::tree1: return in_older_tree(file, index.address, grid, where);
        case ChunkIndex::Kind::tree2: return in_newer_tree(file, index.address, grid, where);
        case ChunkIndex::Kind::implicit: return implied(file, index.address, grid, where);
        case ChunkIndex::Kind::fixed_array: return chunks_in_fixed_array(file, index.address, grid, where);
        case ChunkIndex::Kind::extensible_array: return chunks_in_extensible_array(file, index.address, grid, where);
        case ChunkIndex::Kind::single: break;
    }
    const std::uint64_t stored = grid.is_filtered ? index.stored_bytes : grid.chunk_bytes;
    return {{std::vector<std::uint64_t>(grid.dims.size(), 0), index.address, stored, index.skipped_filters}};
}

}  // namespace markhor::formats::h5
