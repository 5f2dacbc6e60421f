// A dataset of numbers whose data lie in the file: together (contiguous, compact) or in chunks.
#pragma once

#include <cstdint>
#include <markhor/tensor.hpp>
#include <string>
#include <vector>

#include "formats/hdf5/chunk_index.hpp"
#include "formats/hdf5/dataspace.hpp"
#include "formats/hdf5/datatype.hpp"
#include "formats/hdf5/filters.hpp"
#include "formats/hdf5/layout.hpp"
#include "formats/hdf5/object_header.hpp"

namespace markhor::formats::h5 {

/// Whether a header with these messages is a dataset's.
bool is_dataset(const std::vector<Message>& messages) noexcept;

class Dataset {
public:
    /// The file must live as long; `where` starts the errors. Throws FileError for what is damaged, for elements that
    /// are no numbers, for data in another file, and for a shape far larger than what is stored.
    Dataset(File& file, const std::vector<Message>& messages, std::string where);

    const Shape& shape() const noexcept { return shape_; }
    const std::string& where() const noexcept { return where_; }
    /// Fills a tensor of this shape, converting to its type. Throws FileError for damaged data; `to` is then undefined.
    void read(Tensor& to) const;

private:
    [[noreturn]] void fail(const std::string& what) const;
    void read_type(const std::vector<Message>& messages);
    void read_shape(const Message& message);
    void read_fill_value(const std::vector<Message>& messages);
    void find_data(const std::vector<Message>& messages);
    std::uint64_t find_chunked();
    void fill(Tensor& to) const;
    void read_contiguous(Tensor& to) const;
    void read_chunk(const Chunk& chunk, Tensor& to) const;
    void place(std::span<const std::byte> elements, const Chunk& chunk, Tensor& to) const;

    File& file_;
    std::string where_;
    Shape shape_;
    Dataspace space_;
    Datatype type_;
    Bytes fill_value_;  // empty: zeros
    Layout layout_;
    std::vector<Filter> filters_;
    std::uint64_t bytes_ = 0;        // of all elements
    std::uint64_t chunk_bytes_ = 0;  // of one chunk's
    bool is_whole_ = true;           // every element is stored
    std::vector<Chunk> chunks_;
};

}  // namespace markhor::formats::h5
