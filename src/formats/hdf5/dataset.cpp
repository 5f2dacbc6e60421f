#include "formats/hdf5/dataset.hpp"

#include <algorithm>
#include <markhor/error.hpp>

#include "formats/hdf5/attribute.hpp"
#include "formats/hdf5/elements.hpp"

namespace markhor::formats::h5 {
namespace {

constexpr std::uint64_t megabyte = std::uint64_t{1} << 20;

}  // namespace

bool is_dataset(const std::vector<Message>& messages) noexcept {
    return find_message(messages, MessageType::dataspace) && find_message(messages, MessageType::datatype) &&
           find_message(messages, MessageType::layout);
}

Dataset::Dataset(File& file, const std::vector<Message>& messages, std::string where)
    : file_(file), where_(std::move(where)) {
    read_type(messages);
    read_shape(*find_message(messages, MessageType::dataspace));
    read_fill_value(messages);
    find_data(messages);
}

void Dataset::fail(const std::string& what) const { throw FileError(where_ + ": " + what); }

void Dataset::read_type(const std::vector<Message>& messages) {
    const Block message = resolve_shared(file_, *find_message(messages, MessageType::datatype), where_);
    Cursor bytes = file_.cursor(message, where_);
    type_ = read_datatype(bytes);
    if (type_.kind == Datatype::Kind::opaque && type_.size == 2) {
        // How Keras files bfloat16, which HDF5 does not know.
        const auto attributes = read_attributes(file_, messages, where_);
        const auto dtype = attributes.find("dtype");
        const bool is_bfloat16 = dtype != attributes.end() &&
                                 texts_of(file_, dtype->second, 64, where_) == std::vector<std::string>{"bfloat16"};
        if (is_bfloat16) type_ = Datatype::bfloat16();
    }
    if (!type_.is_number()) fail("its elements are no numbers of at most 64 bits");
}

void Dataset::read_shape(const Message& message) {
    const Block body = resolve_shared(file_, message, where_);
    Cursor bytes = file_.cursor(body, where_);
    space_ = read_dataspace(bytes);
    if (space_.is_null) fail("the dataset has no shape");
    for (const std::uint64_t dim : space_.dims) {
        if (dim >> 62 != 0) fail("a size of the dataset is out of range");
        shape_.push_back(static_cast<std::int64_t>(dim));
    }
    bytes_ = saturating_product(space_.count(), type_.size);
    if (bytes_ >> 62 != 0) fail("the dataset's size overflows");
}

void Dataset::read_fill_value(const std::vector<Message>& messages) {
    if (const Message* message = find_message(messages, MessageType::fill_value)) {
        const Block body = resolve_shared(file_, *message, where_);
        Cursor bytes = file_.cursor(body, where_);
        const std::uint8_t version = bytes.u8();
        if (version < 1 || version > 3) bytes.fail("a fill value of version " + std::to_string(version));
        constexpr std::uint8_t defined_flag = 0x20;
        if (version < 3) bytes.skip(2);
        const std::uint8_t flags = bytes.u8();
        const bool has_value = version == 1 || (version == 2 ? flags != 0 : (flags & defined_flag) != 0);
        if (!has_value) return;
        const std::span<const std::byte> value = bytes.take(bytes.u32());
        fill_value_.assign(value.begin(), value.end());
    } else if (const Message* old = find_message(messages, MessageType::old_fill_value)) {
        const Block body = resolve_shared(file_, *old, where_);
        Cursor bytes = file_.cursor(body, where_);
        const std::span<const std::byte> value = bytes.take(bytes.u32());
        fill_value_.assign(value.begin(), value.end());
    }
    if (!fill_value_.empty() && fill_value_.size() != type_.size) {
        fail("a fill value of " + std::to_string(fill_value_.size()) + " bytes; an element has " +
             std::to_string(type_.size));
    }
}

void Dataset::find_data(const std::vector<Message>& messages) {
    if (find_message(messages, MessageType::external_files)) fail("data in another file, which is not followed");
    const Block body = resolve_shared(file_, *find_message(messages, MessageType::layout), where_);
    Cursor bytes = file_.cursor(body, where_);
    layout_ = read_layout(bytes);
    std::uint64_t stored = 0;
    switch (layout_.kind) {
        case Layout::Kind::virtual_: fail("a virtual dataset, which is not followed");
        case Layout::Kind::compact:
            stored = layout_.compact.bytes.size();
            is_whole_ = stored >= bytes_;
            break;
        case Layout::Kind::contiguous:
            is_whole_ = layout_.address != undefined_address;
            if (is_whole_) stored = std::min(layout_.size.value_or(bytes_), file_.size());
            break;
        case Layout::Kind::chunked:
            if (const Message* message = find_message(messages, MessageType::filters)) {
                const Block filters = resolve_shared(file_, *message, where_);
                Cursor filter_bytes = file_.cursor(filters, where_);
                filters_ = read_filters(filter_bytes);
            }
            stored = find_chunked();
            break;
    }
    // What is not in the file has the fill value, as much as the shape says: a little of that is harmless.
    const bool is_chunked = layout_.kind == Layout::Kind::chunked;
    const bool is_enough = is_chunked ? bytes_ / deflate_ratio <= stored : bytes_ <= stored;
    if (!is_enough && (bytes_ > megabyte || (stored > 0 && !is_chunked))) {
        fail("the shape " + shape_.str() + " needs " + std::to_string(bytes_) + " bytes; " + std::to_string(stored) +
             " are stored");
    }
}

/// The bytes of all chunks as they are stored.
std::uint64_t Dataset::find_chunked() {
    if (layout_.chunk_dims.size() != space_.dims.size()) {
        fail("chunks of " + std::to_string(layout_.chunk_dims.size()) + " axes for the shape " + shape_.str());
    }
    chunk_bytes_ = type_.size;
    for (const std::uint64_t dim : layout_.chunk_dims) chunk_bytes_ = saturating_product(chunk_bytes_, dim);
    if (chunk_bytes_ > std::max(bytes_, 16 * megabyte)) fail("the dataset's chunks are larger than its data");
    const ChunkGrid grid(space_, layout_.chunk_dims, chunk_bytes_, !filters_.empty());
    chunks_ = find_chunks(file_, layout_.index, grid, where_);
    is_whole_ = chunks_.size() >= grid.count();
    std::uint64_t stored = 0;
    for (const Chunk& chunk : chunks_) {
        // Chunks do not overlap, so that all of them are no more than the file.
        if (!file_.holds(chunk.address, chunk.stored_bytes) || chunk.stored_bytes > file_.size() - stored) {
            fail_at(where_, chunk.address,
                    "a chunk of " + std::to_string(chunk.stored_bytes) + " bytes, more than the file can hold");
        }
        stored += chunk.stored_bytes;
    }
    return stored;
}

void Dataset::read(Tensor& to) const {
    if (to.shape() != shape_) fail("its shape is " + shape_.str() + "; " + to.shape().str() + " is wanted");
    if (bytes_ == 0) return;
    if (!is_whole_) fill(to);
    switch (layout_.kind) {
        case Layout::Kind::compact:
            if (is_whole_) {
                convert_elements(type_, std::span(layout_.compact.bytes).first(static_cast<std::size_t>(bytes_)), to,
                                 0);
            }
            break;
        case Layout::Kind::contiguous:
            if (is_whole_) read_contiguous(to);
            break;
        case Layout::Kind::chunked:
            for (const Chunk& chunk : chunks_) read_chunk(chunk, to);
            break;
        case Layout::Kind::virtual_: break;
    }
}

void Dataset::fill(Tensor& to) const {
    const Bytes value = fill_value_.empty() ? Bytes(static_cast<std::size_t>(type_.size)) : fill_value_;
    for (std::size_t i = 0; i < static_cast<std::size_t>(to.size()); ++i) convert_elements(type_, value, to, i);
}

void Dataset::read_contiguous(Tensor& to) const {
    if (is_same_type(type_, to.dtype())) {
        return file_.read(layout_.address, {static_cast<std::byte*>(to.raw()), to.bytes()}, where_);
    }
    const std::uint64_t elements_at_once = megabyte / type_.size;
    Bytes piece(static_cast<std::size_t>(std::min(bytes_, elements_at_once * type_.size)));
    for (std::uint64_t at = 0; at < bytes_; at += piece.size()) {
        const std::span<std::byte> part =
            std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), bytes_ - at)));
        file_.read(layout_.address + at, part, where_);
        convert_elements(type_, part, to, static_cast<std::size_t>(at / type_.size));
    }
}

void Dataset::read_chunk(const Chunk& chunk, Tensor& to) const {
    bool is_edge = false;
    for (std::size_t axis = 0; axis < chunk.origin.size(); ++axis) {
        is_edge = is_edge || layout_.chunk_dims[axis] > space_.dims[axis] - chunk.origin[axis];
    }
    Block stored = {chunk.address, Bytes(static_cast<std::size_t>(chunk.stored_bytes))};
    file_.read(stored.address, stored.bytes, where_);
    const bool is_plain = is_edge && layout_.leaves_edges_unfiltered;
    const Bytes elements = undo_filters(is_plain ? std::vector<Filter>() : filters_, chunk.skipped_filters,
                                        std::move(stored), chunk_bytes_, where_);
    place(elements, chunk, to);
}

/// Row by row, what lies within the shape.
void Dataset::place(std::span<const std::byte> elements, const Chunk& chunk, Tensor& to) const {
    const std::size_t rank = space_.dims.size();
    std::vector<std::uint64_t> extent(rank);
    for (std::size_t axis = 0; axis < rank; ++axis) {
        extent[axis] = std::min(layout_.chunk_dims[axis], space_.dims[axis] - chunk.origin[axis]);
    }
    const std::size_t row_bytes = static_cast<std::size_t>(extent.back() * type_.size);
    std::vector<std::uint64_t> index(rank, 0);
    for (;;) {
        std::uint64_t from = 0;
        std::uint64_t at = 0;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            from = from * layout_.chunk_dims[axis] + index[axis];
            at = at * space_.dims[axis] + chunk.origin[axis] + index[axis];
        }
        convert_elements(type_, elements.subspan(static_cast<std::size_t>(from * type_.size), row_bytes), to,
                         static_cast<std::size_t>(at));
        std::size_t axis = rank - 1;
        while (axis > 0 && ++index[axis - 1] == extent[axis - 1]) index[--axis] = 0;
        if (axis == 0) return;
    }
}

}  // namespace markhor::formats::h5
