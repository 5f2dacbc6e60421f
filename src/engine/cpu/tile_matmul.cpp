// A product of rows with a packed matrix. Threads share out the rows, or where those are few the columns; each takes as
// many rows at a time as fit its cache beside a panel of 32 columns.
#include "engine/cpu/tile_matmul.hpp"

#include <cstring>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/simd/tiles.hpp"
#include "engine/cpu/tail.hpp"

namespace markhor::cpu {
namespace {

constexpr std::int64_t block = 2 * tile_rows;   // rows at once
constexpr std::int64_t cached_bytes = 3 << 18;  // of rows
constexpr std::int64_t least_packed = 1 << 20;  // multiply-adds that packing is worth

// The rows of an image that a 1x1 window sees; a matrix is one whose stride is 1.
struct SeenPixels {
    std::int64_t height, width, out_height, out_width, down, right;
    bool all() const { return down == 1 && right == 1; }
    std::int64_t operator[](std::int64_t row) const {
        const std::int64_t image = row / (out_height * out_width);
        const std::int64_t at = row % (out_height * out_width);
        return (image * height + at / out_width * down) * width + at % out_width * right;
    }
};

class RowsTimesPacked {
public:
    RowsTimesPacked(std::int64_t rows, std::int64_t depth, std::int64_t columns, const SeenPixels& seen,
                    ops::Epilogue epilogue)
        : rows_(rows), depth_(depth), seen_(seen), threads_(num_threads()) {
        const std::int64_t row_bytes = depth * std::int64_t{sizeof(BFloat16)};
        by_columns_ = rows < 16 * block * threads_;
        at_once_ = std::clamp(cached_bytes / row_bytes / block * block, block, (rows + block - 1) / block * block);
        product_.row_bytes = row_bytes;
        product_.pairs = tile_depth / 2;
        product_.columns = columns;
        product_.clamp = clamp_of(epilogue);
        product_.streams = rows * columns > streamed_elements;
        for (std::int64_t k = 0; k < depth; k += tile_depth)
            product_.offsets.push_back(k * std::int64_t{sizeof(BFloat16)});
        for (std::int64_t row = 0; row < at_once_; ++row) {
            if (row % tile_rows == 0) product_.starts.push_back(row * row_bytes);
            product_.places.push_back(static_cast<std::int32_t>(row));
        }
    }

    std::size_t prepared_bytes() const { return static_cast<std::size_t>(product_.weights()) * sizeof(BFloat16); }
    std::size_t scratch_bytes() const { return static_cast<std::size_t>(threads_) * own_bytes(); }

    void pack(const BFloat16* b, BFloat16* packed) const {
        parallel_for(
            product_.columns / 32, std::max<std::int64_t>(1, grain / (depth_ * 32)),
            [&](std::int64_t first, std::int64_t last) { pack_columns(product_, first * 32, last * 32, b, packed); });
    }

    void run(const BFloat16* x, const TileOperands& on, std::byte* scratch) const {
        const std::int64_t blocks = by_columns_ ? product_.columns / 32 : (rows_ + block - 1) / block;
        parallel_for(threads_, 1, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t thread = first; thread < last; ++thread) {
                std::byte* const own = scratch + static_cast<std::size_t>(thread) * own_bytes();
                const std::int64_t begin = blocks * thread / threads_;
                const std::int64_t end = blocks * (thread + 1) / threads_;
                if (begin == end) continue;
                TileOperands part = on;
                if (by_columns_) {
                    part.first_column = begin * 32;
                    part.last_column = end * 32;
                    run_rows(0, rows_, x, part, own);
                } else {
                    run_rows(begin * block, std::min(end * block, rows_), x, part, own);
                }
            }
        });
    }

private:
    std::size_t own_bytes() const {
        return static_cast<std::size_t>((seen_.all() ? block : at_once_) * product_.row_bytes);
    }

    void run_rows(std::int64_t begin, std::int64_t end, const BFloat16* x, const TileOperands& on,
                  std::byte* own) const {
        for (std::int64_t row = begin; row < end;) {
            std::int64_t now = std::min(at_once_, end - row);
            TileOperands part = on;
            if (!seen_.all()) {
                for (std::int64_t i = 0; i < now; ++i)
                    copy(x + seen_[row + i] * depth_, 1, own + i * product_.row_bytes);
                part.x = own;
            } else if (row + (now + block - 1) / block * block <= rows_) {
                part.x = reinterpret_cast<const std::byte*>(x + row * depth_);
            } else if (now >= block) {  // tiles read whole blocks: what fills none comes next
                now = now / block * block;
                part.x = reinterpret_cast<const std::byte*>(x + row * depth_);
            } else {
                copy(x + row * depth_, now, own);
                part.x = own;
            }
            const std::int64_t at = row * product_.columns;
            part.tiles = (now + block - 1) / block * 2;
            part.limit = static_cast<std::int32_t>(now);
            part.y = on.y + at;
            if (on.added != nullptr) part.added = on.added + at;
            tile_product(product_, part);
            row += now;
        }
    }

    void copy(const BFloat16* from, std::int64_t rows, std::byte* to) const {
        std::memcpy(to, from, static_cast<std::size_t>(rows * product_.row_bytes));
    }

    std::int64_t rows_, depth_;
    SeenPixels seen_;
    int threads_;
    bool by_columns_ = false;
    std::int64_t at_once_ = 0;
    TileProduct product_;
};

KernelPtr make(std::int64_t rows, std::int64_t depth, std::int64_t columns, const SeenPixels& seen, bool has_bias,
               bool adds, ops::Epilogue epilogue) {
    if (!has_tiles() || depth % tile_depth != 0 || columns % 32 != 0 || !is_clamp(epilogue)) return nullptr;
    if (rows * depth * columns < least_packed) return nullptr;
    const auto product = std::make_shared<const RowsTimesPacked>(rows, depth, columns, seen, epilogue);
    return make_preparing_kernel(
        "amx", product->prepared_bytes(),
        [product](const KernelArguments& a) {
            product->pack(a.in<BFloat16>(1), reinterpret_cast<BFloat16*>(a.prepared));
        },
        [product, has_bias, adds](const KernelArguments& a) {
            product->run(a.in<BFloat16>(0),
                         {.weights = reinterpret_cast<const BFloat16*>(a.prepared),
                          .bias = has_bias ? a.in<float>(2) : nullptr,
                          .added = adds ? a.in<BFloat16>(has_bias ? 3 : 2) : nullptr,
                          .y = a.out<BFloat16>(0)},
                         a.scratch);
        },
        product->scratch_bytes());
}

}  // namespace

KernelPtr tile_matmul(const MatMulSizes& s, bool has_bias, ops::Epilogue epilogue) {
    if (s.transpose_a || s.transpose_b) return nullptr;
    return make(s.m, s.k, s.n, {1, s.m, 1, s.m, 1, 1}, has_bias, false, epilogue);
}

KernelPtr tile_pointwise(const ConvolutionSizes& s, bool has_bias, const ops::ConvolutionTail& tail) {
    const ops::Spatial ones{1, 1, 1}, none{0, 0, 0};
    if (s.groups != 1 || s.window.rank > 2 || s.window.size != ones || s.window.pad_before != none ||
        s.window.pad_after != none || tail.pools) {
        return nullptr;
    }
    // Few pixels of many channels; else oneDNN is as fast.
    const std::int64_t rows = s.batch * s.out[1] * s.out[2];
    if (rows > 1024 || s.in_channels < 1024) return nullptr;
    return make(rows, s.in_channels, s.out_channels,
                {s.in[1], s.in[2], s.out[1], s.out[2], s.window.stride[1], s.window.stride[2]}, has_bias, tail.adds,
                tail.epilogue);
}

}  // namespace markhor::cpu
