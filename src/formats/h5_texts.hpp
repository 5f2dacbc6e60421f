// Text attributes, read from the file's bytes with every bound checked: HDF5 1.10 follows damaged references to texts
// out of its memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/byte_source.hpp"

namespace markhor::formats {

/// The texts of the attribute `name` of the object whose header lies at `address`; nothing where there is no such
/// attribute. Throws FileError, starting with `where`, for what is damaged, no text or longer than `most` bytes.
std::optional<std::vector<std::string>> read_text_attribute(ByteSource& source, std::uint64_t address,
                                                            const std::string& name, std::size_t most,
                                                            const std::string& where);

}  // namespace markhor::formats
