// What was read once is kept in a file that later runs use too.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <markhor/error.hpp>
#include <system_error>

#include "core/atomic_file.hpp"
#include "core/input_file.hpp"
#include "data/view.hpp"
#include "data/workers.hpp"

namespace markhor::data {
namespace {

/// The file: this header, then for each example x as floats and y, as they lie in memory.
struct Header {
    std::array<char, 16> magic{'m', 'a', 'r', 'k', 'h', 'o', 'r', ' ', 'c', 'a', 'c', 'h', 'e', ' ', '1', '\n'};
    std::int64_t count = 0;
    std::int64_t x_bytes = 0;
    std::int64_t y_bytes = 0;
    std::int64_t y_dtype = 0;
    std::array<std::int64_t, 8> shape{};  // x's sizes and then y's, each behind its number of axes

    bool operator==(const Header&) const = default;
};

Header header_of(const DatasetSource& source) {
    Header header;
    header.count = source.size();
    header.y_dtype = static_cast<std::int64_t>(source.y_dtype());
    header.x_bytes = source.x_shape().elements() * static_cast<std::int64_t>(sizeof(float));
    header.y_bytes = source.y_shape().elements() * static_cast<std::int64_t>(size_of(source.y_dtype()));
    std::vector<std::int64_t> sizes;
    for (const Shape& shape : {source.x_shape(), source.y_shape()}) {
        sizes.push_back(static_cast<std::int64_t>(shape.rank()));
        sizes.insert(sizes.end(), shape.begin(), shape.end());
    }
    std::copy_n(sizes.begin(), std::min(sizes.size(), header.shape.size()), header.shape.begin());
    return header;
}

class OpenFile {
public:
    explicit OpenFile(const std::filesystem::path& file) : name_(file.string()), file_(file) {}

    void read(void* target, std::int64_t size, std::int64_t at) const {
        auto* bytes = static_cast<std::byte*>(target);
        while (size > 0) {
            const ssize_t got = ::pread(file_.descriptor(), bytes, static_cast<std::size_t>(size), at);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail("cannot be read");
            if (got == 0) throw FileError(name_ + ": is truncated; remove it, so that it is written anew");
            bytes += got;
            size -= got;
            at += got;
        }
    }

private:
    [[noreturn]] void fail(const char* what) const {
        throw FileError(name_ + ": " + what + ": " + std::generic_category().message(errno));
    }

    const std::string name_;
    const InputFile file_;
};

class FileCache final : public View {
public:
    FileCache(SourcePtr base, const std::filesystem::path& file)
        : View(std::move(base)), header_(header_of(*base_)), file_(file) {
        Header found;
        std::error_code error;
        const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file, error));
        if (error || size < static_cast<std::int64_t>(sizeof found)) {
            throw FileError(file.string() + ": is no cache of a data set; give another name or remove it");
        }
        file_.read(&found, sizeof found, 0);
        if (found.magic != header_.magic) {
            throw FileError(file.string() + ": is no cache of a data set; give another name or remove it");
        }
        if (found != header_) {
            throw FileError(file.string() + ": is the cache of " + std::to_string(found.count) +
                            " examples of other data; " + std::to_string(header_.count) + " of " + x_shape().str() +
                            " are wanted: remove it, so that it is written anew");
        }
        if (size != static_cast<std::int64_t>(sizeof found) + header_.count * (header_.x_bytes + header_.y_bytes)) {
            throw FileError(file.string() + ": is truncated; remove it, so that it is written anew");
        }
    }

    void read_epoch(std::int64_t /*epoch*/, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        for_each(static_cast<std::int64_t>(items.size()), [&](std::int64_t i) {
            const std::int64_t at = static_cast<std::int64_t>(sizeof(Header)) +
                                    items[static_cast<std::size_t>(i)] * (header_.x_bytes + header_.y_bytes);
            Tensor one_x = x.slice(i, i + 1);
            Tensor one_y = y.slice(i, i + 1);
            file_.read(one_x.raw(), header_.x_bytes, at);
            file_.read(one_y.raw(), header_.y_bytes, at + header_.x_bytes);
        });
    }

private:
    const Header header_;
    const OpenFile file_;
};

void write_cache(const DatasetSource& source, const std::filesystem::path& file) {
    AtomicFile output(file);
    std::string block;
    const auto put = [&](const void* bytes, std::int64_t size) {
        block.append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    };
    const Header header = header_of(source);
    put(&header, sizeof header);
    constexpr std::int64_t batch = 64;
    for (std::int64_t begin = 0; begin < header.count; begin += batch) {
        std::vector<std::int64_t> items;
        for (std::int64_t item = begin; item < std::min(begin + batch, header.count); ++item) items.push_back(item);
        const auto count = static_cast<std::int64_t>(items.size());
        Tensor x(source.x_shape().with_batch(count), DType::float32);
        Tensor y(source.y_shape().with_batch(count), source.y_dtype());
        source.read(items, x, y);
        for (std::int64_t i = 0; i < count; ++i) {
            put(x.slice(i, i + 1).raw(), header.x_bytes);
            put(y.slice(i, i + 1).raw(), header.y_bytes);
        }
        output.write(block);
        block.clear();
    }
    output.write(block);  // the header alone, of no examples
    output.commit();
}

}  // namespace

SourcePtr cached_in_file(const SourcePtr& base, const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) write_cache(*base, file);
    return std::make_shared<FileCache>(base, file);
}

}  // namespace markhor::data
