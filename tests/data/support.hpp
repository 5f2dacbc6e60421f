// What the tests of data share: a folder that goes away, idx files and images made on the spot, the text of a refusal.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <markhor/dataset.hpp>
#include <string>
#include <vector>

#include "support/files.hpp"

namespace markhor::data::test {

using Bytes = std::vector<std::byte>;

using markhor::test::TemporaryFolder;

void write(const std::filesystem::path& file, const Bytes& bytes);
void write_gzip(const std::filesystem::path& file, const Bytes& bytes);
Bytes read(const std::filesystem::path& file);

/// An idx header for these sizes, then the elements.
Bytes idx(unsigned type, const std::vector<std::uint32_t>& sizes, const std::vector<std::uint8_t>& elements);
/// The four files of a tiny set of 2x3 images: 4 to train on, 2 to test.
void write_idx_set(const std::filesystem::path& folder);

/// How png() stores its pixels; the sample values are those of 8 bits.
enum class PngKind { grey, grey_alpha, rgb, rgba, palette, grey16, rgb16, grey1, interlaced_rgb };
/// A PNG of which pixel i has grey value 40 i, or (40 i, 10, 250 - 40 i); alpha is 128.
Bytes png(std::uint32_t width, std::uint32_t height, PngKind kind = PngKind::rgb);

enum class JpegKind { grey, rgb, cmyk, progressive };
/// A JPEG of one colour: grey 100 or (200, 100, 50).
Bytes jpeg(unsigned width, unsigned height, JpegKind kind = JpegKind::rgb);

/// What the exception said; empty where none of type E came.
template <class E>
std::string error_of(const std::function<void()>& body) {
    try {
        body();
    } catch (const E& error) {
        return error.what();
    }
    return {};
}

}  // namespace markhor::data::test
