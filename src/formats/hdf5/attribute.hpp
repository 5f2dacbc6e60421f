// The attributes of a group or a dataset.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "formats/hdf5/dataspace.hpp"
#include "formats/hdf5/datatype.hpp"
#include "formats/hdf5/object_header.hpp"

namespace markhor::formats::h5 {

struct Attribute {
    Datatype type;
    Dataspace space;
    Block data;
};

/// By their names. Throws FileError for damaged ones, and for two of one name.
std::map<std::string, Attribute> read_attributes(File& file, const std::vector<Message>& messages,
                                                 const std::string& where);

/// The attribute's texts. Throws FileError where it holds no texts, more than 100'000, or one of more than `most`
/// bytes.
std::vector<std::string> texts_of(File& file, const Attribute& attribute, std::size_t most, const std::string& where);

}  // namespace markhor::formats::h5
