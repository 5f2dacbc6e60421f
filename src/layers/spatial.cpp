#include "layers/spatial.hpp"

#include <algorithm>
#include <markhor/error.hpp>
#include <numeric>

#include "layers/arguments.hpp"
#include "layers/errors.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

bool is_channels_first(const std::string& data_format) { return data_format == "channels_first"; }

std::string wanted_shape(int rank, bool channels_first) {
    const char* spatial[] = {"length", "height, width", "depth, height, width"};
    const std::string sizes = spatial[rank - 1];
    return channels_first ? "(batch, channels, " + sizes + ")" : "(batch, " + sizes + ", channels)";
}

std::size_t axes(int rank) { return static_cast<std::size_t>(rank); }

}  // namespace

void check_data_format(const std::string& data_format) {
    check_choice("data_format", data_format, {"channels_last", "channels_first"});
}

Shape channels_last(const Shape& image, int rank, const std::string& data_format) {
    const bool channels_first = is_channels_first(data_format);
    if (image.rank() != axes(rank) + 2) {
        throw ShapeError("takes an input of shape " + wanted_shape(rank, channels_first) + "; " + image.str() +
                         " came");
    }
    if (!channels_first) return image;
    std::vector<std::int64_t> dims = image.dims();
    std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
    return Shape(std::move(dims));
}

Shape in_format(const Shape& channels_last_image, const std::string& data_format) {
    if (!is_channels_first(data_format)) return channels_last_image;
    std::vector<std::int64_t> dims = channels_last_image.dims();
    std::rotate(dims.begin() + 1, dims.end() - 1, dims.end());
    return Shape(std::move(dims));
}

graph::Value to_channels_last(ops::Builder& builder, graph::Value image, const std::string& data_format) {
    if (!is_channels_first(data_format)) return image;
    std::vector<int> permutation(builder.spec(image).shape.rank());
    std::iota(permutation.begin(), permutation.end(), 0);
    std::rotate(permutation.begin() + 1, permutation.begin() + 2, permutation.end());
    return ops::transpose(builder, image, std::move(permutation));
}

graph::Value to_format(ops::Builder& builder, graph::Value image, const std::string& data_format) {
    if (!is_channels_first(data_format)) return image;
    std::vector<int> permutation(builder.spec(image).shape.rank());
    std::iota(permutation.begin(), permutation.end(), 0);
    std::rotate(permutation.begin() + 1, permutation.end() - 1, permutation.end());
    return ops::transpose(builder, image, std::move(permutation));
}

void WindowArguments::check(const char* size_name) const {
    check_each_at_least(size_name, size);
    check_each_at_least("strides", strides);
    check_each_at_least("dilation_rate", dilation);
    if (std::ranges::max(strides.values()) > 1 && std::ranges::max(dilation.values()) > 1) {
        throw ValueError("strides is " + text(strides.values()) + " and dilation_rate is " + text(dilation.values()) +
                         "; only one of them can be above 1");
    }
}

std::int64_t WindowArguments::reach(std::size_t axis) const {
    return dilation.values()[axis] * (size.values()[axis] - 1) + 1;
}

void WindowArguments::refuse(const Shape& image) const {
    const std::vector<std::int64_t> map(image.begin() + 1, image.end() - 1);
    std::string window = crossed(size.values());
    if (std::ranges::max(dilation.values()) > 1) {
        std::vector<std::int64_t> dilated;
        for (std::size_t axis = 0; axis < axes(rank); ++axis) dilated.push_back(reach(axis));
        window += " (" + crossed(dilated) + " with its dilation)";
    }
    const std::string size_of_map = rank == 1 ? "map of length " + crossed(map) : crossed(map) + " map";
    throw MapTooSmall(
        "a " + std::string(noun) + " of " + window + " does not fit the " + size_of_map + " it receives",
        "; use a larger input, fewer pooling layers" + std::string(padding == "valid" ? ", or padding=\"same\"" : ""));
}

Shape WindowArguments::output_shape(const Shape& image, std::int64_t channels) const {
    Shape output{image[0]};
    for (std::size_t axis = 0; axis < axes(rank); ++axis) {
        const std::int64_t in = image[axis + 1];
        const std::int64_t stride = strides.values()[axis];
        if (in == None) {
            output.push_back(None);
            continue;
        }
        const std::int64_t room = padding == "valid" ? in - reach(axis) : in - 1;
        if (room < 0) refuse(image);
        output.push_back(room / stride + 1);
    }
    output.push_back(channels);
    return output;
}

ops::Window WindowArguments::window(const Shape& image) const {
    ops::Window window{.rank = rank};
    for (std::size_t axis = 0; axis < axes(rank); ++axis) {
        const std::size_t place = axis + 3 - axes(rank);
        window.size[place] = size.values()[axis];
        window.stride[place] = strides.values()[axis];
        window.dilation[place] = dilation.values()[axis];
        if (padding == "same") {
            const auto [before, after] = ops::same_padding(image[axis + 1], size.values()[axis], strides.values()[axis],
                                                           dilation.values()[axis]);
            window.pad_before[place] = before;
            window.pad_after[place] = after;
        } else if (padding == "causal") {
            window.pad_before[place] = reach(axis) - 1;
        }
    }
    return window;
}

}  // namespace markhor::layers
