// A convolution by strips of rows of an image. A strip is copied to where it has the padding around it (and an even
// number of channels); then each window row is one piece of memory, and tiles of 16 pixels' windows are read as they
// lie. With stride 1 the pixels are taken as one sequence over all rows of the strip, though that computes some between
// the end of one row and the start of the next for nothing.
#include "engine/cpu/tile_convolution.hpp"

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/simd/pooling.hpp"
#include "engine/cpu/simd/tiles.hpp"
#include "engine/cpu/tail.hpp"
#include "engine/cpu/tile_strips.hpp"

namespace markhor::cpu {
namespace {

constexpr std::int64_t most_weight_bytes = 5 << 18;  // larger kernels are read anew for each strip

class Strips {
public:
    Strips(const StripGeometry& g, const ops::ConvolutionTail& tail)
        : g_(g),
          pools_(tail.pools),
          // Few channels are multiplied a row of the window at a time, others pixel by pixel.
          channels_(g.in_channels % tile_depth == 0 ? g.in_channels : (g.in_channels + 1) / 2 * 2),
          pitch_(StripRows::width_seen(g)),
          inputs_(g, channels_, pitch_),
          height_(pools_ ? g.out[1] / 2 * 2 : g.out[1]),
          threads_(num_threads()) {
        const bool by_rows = few_channels();
        product_.row_bytes = channels_ * g.window.stride[2] * std::int64_t{sizeof(BFloat16)};
        product_.pairs = by_rows ? g.window.size[2] * channels_ / 2 : tile_depth / 2;
        product_.columns = g.out_channels;
        product_.clamp = clamp_of(tail.epilogue);
        for (std::int64_t kh = 0; kh < g.window.size[1]; ++kh) {
            for (std::int64_t kw = 0; kw < (by_rows ? 1 : g.window.size[2]); ++kw) {
                const std::int64_t pixel = kh * g.window.dilation[1] * pitch_ + kw * g.window.dilation[2];
                for (std::int64_t c = 0; c < (by_rows ? 1 : channels_); c += tile_depth)
                    product_.offsets.push_back((pixel * channels_ + c) * std::int64_t{sizeof(BFloat16)});
            }
        }
        cut();
        product_.streams = !pools_ && g.batch * g.out[1] * g.out[2] * g.out_channels > streamed_elements;
        place();
    }

    bool few_channels() const { return g_.in_channels % tile_depth != 0; }
    std::int64_t weights() const { return product_.weights(); }
    std::size_t scratch_bytes() const { return static_cast<std::size_t>(threads_) * (copied_bytes_ + unpooled_bytes_); }

    // Packs a kernel as it lies, if the channels are not few.
    void pack(const BFloat16* kernel, BFloat16* packed) const {
        pack_columns(product_, 0, product_.columns, kernel, packed);
    }
    // Packs any: value(kh, kw, in channel, out channel).
    template <class Value>
    void pack(const Value& value, BFloat16* packed) const {
        std::fill_n(packed, weights(), BFloat16(0.0F));
        const ops::Spatial& size = g_.window.size;
        for (std::int64_t kh = 0; kh < size[1]; ++kh) {
            for (std::int64_t kw = 0; kw < size[2]; ++kw) {
                for (std::int64_t c = 0; c < g_.in_channels; ++c) {
                    const std::int64_t depth = few_channels() ? kw * channels_ + c : c % tile_depth;
                    const std::int64_t step = few_channels() ? kh : ((kh * size[2] + kw) * channels_ + c) / tile_depth;
                    for (std::int64_t o = 0; o < g_.out_channels; ++o)
                        packed[product_.weight_at(step, depth, o)] = value(kh, kw, c, o);
                }
            }
        }
    }

    // What it is run on; places: of the maxima that x is the gradient of, or that y holds.
    struct Operands {
        const BFloat16* x = nullptr;
        const std::uint8_t* x_places = nullptr;
        const BFloat16* packed = nullptr;
        const float* bias = nullptr;
        const BFloat16* added = nullptr;
        const BFloat16* mask = nullptr;
        BFloat16* y = nullptr;
        std::uint8_t* y_places = nullptr;
    };

    void run(const Operands& on, std::byte* scratch) const {
        const std::int64_t units = g_.batch * strips_;
        parallel_for(threads_, 1, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t thread = first; thread < last; ++thread) {
                std::byte* const own = scratch + static_cast<std::size_t>(thread) * (copied_bytes_ + unpooled_bytes_);
                for (std::int64_t unit = units * thread / threads_; unit < units * (thread + 1) / threads_; ++unit)
                    run_strip(unit, on, own);
            }
        });
    }

private:
    // Rows of a strip: what fits the cache, and some strips for each thread.
    void cut() {
        const std::int64_t step = pools_ ? 2 : 1;
        const std::int64_t in_row = pitch_ * channels_ * std::int64_t{sizeof(BFloat16)};
        const std::int64_t out_row = pools_ ? pitch_ * g_.out_channels * std::int64_t{sizeof(BFloat16)} : 0;
        rows_ = strip_bytes / (in_row * g_.window.stride[1] + out_row);
        rows_ = std::clamp(rows_ / step * step, step, height_);
        strips_ = (height_ + rows_ - 1) / rows_;
        if (g_.batch * strips_ < 8 * threads_) strips_ = (strips_ + threads_ - 1) / threads_ * threads_;
        rows_ = (height_ + strips_ - 1) / strips_;
        rows_ = (rows_ + step - 1) / step * step;
        strips_ = (height_ + rows_ - 1) / rows_;
    }

    // Where tiles begin in a strip, and where their results go in the output.
    void place() {
        const std::int64_t width = pools_ ? pitch_ : g_.out[2];
        const auto add_tile = [&](std::int64_t row, std::int64_t column) {
            product_.starts.push_back((row * g_.window.stride[1] * pitch_ + column * g_.window.stride[2]) * channels_ *
                                      std::int64_t{sizeof(BFloat16)});
            for (std::int64_t i = 0; i < tile_rows; ++i) {
                const std::int64_t flat = column + i;
                const std::int64_t at_row = is_flat() ? flat / pitch_ : row;
                const std::int64_t at_column = is_flat() ? flat % pitch_ : flat;
                const bool counts = at_column < g_.out[2] && at_row < rows_;
                product_.places.push_back(counts ? static_cast<std::int32_t>(at_row * width + at_column) : -1);
            }
        };
        if (is_flat()) {
            for (std::int64_t pixel = 0; pixel < rows_ * pitch_; pixel += tile_rows) add_tile(0, pixel);
        } else {
            for (std::int64_t row = 0; row < rows_; ++row) {
                for (std::int64_t column = 0; column < g_.out[2]; column += tile_rows) add_tile(row, column);
            }
        }
        if (product_.starts.size() % 2 != 0) {
            product_.starts.push_back(product_.starts.back());
            product_.places.insert(product_.places.end(), tile_rows, -1);
        }
        // A tile may read beyond the last pixel; what it reads there counts for nothing.
        reach_ = product_.starts.back() + tile_rows * product_.row_bytes + product_.offsets.back() + product_.pairs * 4;
        copied_bytes_ = graph::whole_lines(static_cast<std::size_t>(
            std::max(reach_, inputs_.rows_seen(rows_) * pitch_ * channels_ * std::int64_t{sizeof(BFloat16)})));
        unpooled_bytes_ =
            pools_ ? graph::whole_lines(static_cast<std::size_t>(rows_ * pitch_ * g_.out_channels) * sizeof(BFloat16))
                   : 0;
    }

    // Tiles of so many rows, made an even number.
    std::int64_t even_tiles(std::int64_t rows) const {
        const std::int64_t tiles =
            is_flat() ? (rows * pitch_ + tile_rows - 1) / tile_rows : rows * ((g_.out[2] + tile_rows - 1) / tile_rows);
        return (tiles + 1) / 2 * 2;
    }
    bool is_flat() const { return g_.window.stride == ops::Spatial{1, 1, 1}; }
    void run_strip(std::int64_t unit, const Operands& on, std::byte* own) const {
        const std::int64_t image = unit / strips_;
        const std::int64_t first = unit % strips_ * rows_;
        const std::int64_t rows = std::min(rows_, height_ - first);
        const BFloat16* const strip =
            inputs_.strip(on.x, on.x_places, image, first, rows, reach_ / std::int64_t{sizeof(BFloat16)},
                          reinterpret_cast<BFloat16*>(own));
        const std::int64_t width = pools_ ? pitch_ : g_.out[2];
        const std::int64_t at = pools_ ? 0 : (image * g_.out[1] + first) * g_.out[2] * g_.out_channels;
        auto* const unpooled = reinterpret_cast<BFloat16*>(own + copied_bytes_);
        tile_product(product_, {.x = reinterpret_cast<const std::byte*>(strip),
                                .weights = on.packed,
                                .bias = on.bias,
                                .added = on.added != nullptr ? on.added + at : nullptr,
                                .mask = on.mask != nullptr ? on.mask + at : nullptr,
                                .tiles = even_tiles(rows),
                                .limit = static_cast<std::int32_t>(rows * width),
                                .y = pools_ ? unpooled : on.y + at});
        if (pools_) pool(image, first, rows, unpooled, on);
    }

    void pool(std::int64_t image, std::int64_t first, std::int64_t rows, const BFloat16* unpooled,
              const Operands& on) const {
        const std::int64_t columns = g_.out[2] / 2;
        const std::int64_t at = (image * (g_.out[1] / 2) + first / 2) * columns * g_.out_channels;
        std::uint8_t* const places = on.y_places != nullptr ? on.y_places + at : nullptr;
        if (product_.clamp.low == 0.0F) {
            pool_positive(rows / 2, columns, g_.out_channels, pitch_, unpooled, on.y + at, places);
        } else {
            PoolingSizes pooling(ops::two_by_two(), {1, rows, pitch_, g_.out_channels});
            pooling.out[2] = columns;  // pixels between the rows are none of the image
            max_pool(pooling, 0, rows / 2, unpooled, on.y + at, places);
        }
    }

    StripGeometry g_;
    bool pools_;
    std::int64_t channels_;  // in a strip
    std::int64_t pitch_;     // pixels of a strip's row
    StripRows inputs_;
    std::int64_t height_;  // output rows, but what pooling leaves out
    std::int64_t rows_ = 1, strips_ = 1;
    int threads_;
    TileProduct product_;
    std::int64_t reach_ = 0;  // bytes that the tiles of a strip read
    std::size_t copied_bytes_ = 0, unpooled_bytes_ = 0;
};

// Without pooling oneDNN is as fast on small maps of many channels, and reads them where they lie.
bool is_small(const StripGeometry& g) { return g.in_channels >= 64 && g.out[2] <= 56; }

bool suits(const StripGeometry& g) {
    const ops::Window& w = g.window;
    if (!has_tiles() || w.rank != 2 || w.size[1] * w.size[2] == 1 || g.out_channels % 32 != 0) return false;
    if (g.in_channels % tile_depth == 0) {
        const std::int64_t weights = w.size[1] * w.size[2] * g.in_channels * g.out_channels;
        return weights * std::int64_t{sizeof(BFloat16)} <= most_weight_bytes;
    }
    return w.stride == ops::Spatial{1, 1, 1} && w.dilation[2] == 1 &&
           w.size[2] * ((g.in_channels + 1) / 2 * 2) <= tile_depth;
}

}  // namespace

KernelPtr tile_convolution(const ConvolutionSizes& sizes, bool has_bias, const ops::ConvolutionTail& tail) {
    const StripGeometry g{sizes.batch, sizes.in_channels, sizes.out_channels, sizes.window, sizes.in, sizes.out};
    if (!suits(g) || (!tail.pools && is_small(g)) || sizes.groups != 1 || !is_clamp(tail.epilogue) ||
        (tail.adds && tail.pools))
        return nullptr;
    const auto strips = std::make_shared<const Strips>(g, tail);
    const std::int64_t columns = sizes.out_channels, depth = sizes.in_channels, width = sizes.window.size[2];
    return make_preparing_kernel(
        "amx strips", static_cast<std::size_t>(strips->weights()) * sizeof(BFloat16),
        [strips, columns, depth, width](const KernelArguments& a) {
            const auto* const w = a.in<BFloat16>(1);
            if (!strips->few_channels()) return strips->pack(w, reinterpret_cast<BFloat16*>(a.prepared));
            strips->pack([=](std::int64_t kh, std::int64_t kw, std::int64_t c,
                             std::int64_t o) { return w[((kh * width + kw) * depth + c) * columns + o]; },
                         reinterpret_cast<BFloat16*>(a.prepared));
        },
        [strips, has_bias, adds = tail.adds](const KernelArguments& a) {
            strips->run({.x = a.in<BFloat16>(0),
                         .packed = reinterpret_cast<const BFloat16*>(a.prepared),
                         .bias = has_bias ? a.in<float>(2) : nullptr,
                         .added = adds ? a.in<BFloat16>(has_bias ? 3 : 2) : nullptr,
                         .y = a.out<BFloat16>(0),
                         .y_places = a.outputs.size() > 1 ? a.out<std::uint8_t>(1) : nullptr},
                        a.scratch);
        },
        strips->scratch_bytes());
}

KernelPtr tile_input_gradient(const ConvolutionSizes& sizes, const ops::GradientFusion& fusion) {
    if (sizes.groups != 1 || sizes.window.rank != 2 || sizes.window.stride != ops::Spatial{1, 1, 1}) return nullptr;
    // The gradient is a convolution of dy, with as much around it as makes the image's size.
    StripGeometry g{sizes.batch, sizes.out_channels, sizes.in_channels, sizes.window, sizes.out, sizes.in};
    for (std::size_t axis = 1; axis < 3; ++axis) {
        g.window.pad_before[axis] = sizes.window.reach(axis) - 1 - sizes.window.pad_before[axis];
        if (g.window.pad_before[axis] < 0) return nullptr;
    }
    if (!suits(g) || (fusion == ops::GradientFusion{} && is_small(g)) ||
        (fusion.unpools && g.in_channels % tile_depth != 0))
        return nullptr;
    const auto strips = std::make_shared<const Strips>(g, ops::ConvolutionTail{});
    const std::int64_t columns = sizes.out_channels, depth = sizes.in_channels;
    const std::int64_t height = sizes.window.size[1], width = sizes.window.size[2];
    return make_preparing_kernel(
        "amx strips", static_cast<std::size_t>(strips->weights()) * sizeof(BFloat16),
        [=](const KernelArguments& a) {
            const auto* const w = a.in<BFloat16>(1);
            strips->pack(
                [=](std::int64_t kh, std::int64_t kw, std::int64_t o, std::int64_t c) {
                    return w[(((height - 1 - kh) * width + width - 1 - kw) * depth + c) * columns + o];
                },
                reinterpret_cast<BFloat16*>(a.prepared));
        },
        [strips, fusion](const KernelArguments& a) {
            strips->run({.x = a.in<BFloat16>(0),
                         .x_places = fusion.unpools ? a.in<std::uint8_t>(2) : nullptr,
                         .packed = reinterpret_cast<const BFloat16*>(a.prepared),
                         .mask = fusion.masks ? a.in<BFloat16>(a.inputs.size() - 1) : nullptr,
                         .y = a.out<BFloat16>(0)},
                        a.scratch);
        },
        strips->scratch_bytes());
}

}  // namespace markhor::cpu
