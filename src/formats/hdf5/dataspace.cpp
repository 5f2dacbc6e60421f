#include "formats/hdf5/dataspace.hpp"

namespace markhor::formats::h5 {

std::uint64_t Dataspace::count() const noexcept {
    if (is_null) return 0;
    std::uint64_t product = 1;
    for (const std::uint64_t dim : dims) {
        if (dim == 0) return 0;
        product = saturating_product(product, dim);
    }
    return product;
}

Dataspace read_dataspace(Cursor& bytes) {
    const std::uint8_t version = bytes.u8();
    if (version != 1 && version != 2) bytes.fail("a shape of version " + std::to_string(version));
    const std::uint8_t rank = bytes.u8();
    const std::uint8_t flags = bytes.u8();
    const std::uint8_t kind = bytes.u8();
    if (version == 1) bytes.skip(4);
    constexpr std::uint8_t most_axes = 32;  // HDF5's own limit
    if (rank > most_axes) bytes.fail("a shape of " + std::to_string(rank) + " axes");
    constexpr std::uint8_t null_kind = 2;
    Dataspace space;
    space.is_null = version == 2 && kind == null_kind;
    for (std::uint8_t axis = 0; axis < rank; ++axis) space.dims.push_back(bytes.length());
    space.most = space.dims;
    if ((flags & 1U) != 0) {
        for (std::uint64_t& most : space.most) {
            // Without bound is all ones, in as many bytes as a length has.
            const std::uint64_t unlimited = undefined_address >> (64 - 8 * bytes.widths().length);
            most = bytes.length();
            if (most == unlimited) most = undefined_address;
        }
        for (std::uint8_t axis = 0; axis < rank; ++axis) {
            if (space.most[axis] < space.dims[axis]) bytes.fail("an axis longer than its own limit");
        }
    }
    return space;
}

}  // namespace markhor::formats::h5
