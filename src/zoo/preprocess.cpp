// preprocess_input and decode_predictions: how a network's images come in and what its 1000 outputs mean.
#include <algorithm>
#include <array>
#include <markhor/applications.hpp>
#include <markhor/error.hpp>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/input_file.hpp"

namespace markhor::applications {
namespace {

/// (x - mean) / deviation of each channel, after the channels' order is turned round where `bgr`.
struct Channels {
    std::array<double, 3> mean;
    std::array<double, 3> deviation;
    double divisor;
    bool bgr;
};

Channels channels_of(const std::string& mode) {
    if (mode == "caffe") return {{103.939, 116.779, 123.68}, {1, 1, 1}, 1, true};
    if (mode == "torch") return {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}, 255, false};
    throw ValueError("preprocess_input: mode is \"" + mode + "\"; caffe, tf, torch or none is wanted");
}

void check_shape(const Shape& shape, std::size_t axis) {
    if ((shape.rank() == 3 || shape.rank() == 4) && shape[axis] == 3) return;
    throw ShapeError("preprocess_input: images of shape " + shape.str() +
                     " came; (batch, height, width, 3), or one image of it, is wanted");
}

/// `outer` times 3 channels of `inner` elements each.
void standardize(const Channels& by, std::span<const float> from, std::span<float> to, std::size_t inner) {
    for (std::size_t start = 0; start < from.size(); start += 3 * inner) {
        for (std::size_t c = 0; c < 3; ++c) {
            const std::size_t source = start + (by.bgr ? 2 - c : c) * inner;
            const auto mean = static_cast<float>(by.mean[c]);
            const auto deviation = static_cast<float>(by.deviation[c]);
            for (std::size_t i = 0; i < inner; ++i) {
                const float value = from[source + i] / static_cast<float>(by.divisor);
                to[start + c * inner + i] = (value - mean) / deviation;
            }
        }
    }
}

}  // namespace

Tensor preprocess_input(const Tensor& images, const PreprocessOptions& options) {
    Tensor x = images.cast(DType::float32);
    if (options.mode == "none") return x;
    Tensor result(x.shape(), DType::float32);
    if (options.mode == "tf") {
        std::ranges::transform(x.data<float>(), result.data<float>().begin(), [](float v) { return v / 127.5F - 1; });
        return result;
    }
    const Channels by = channels_of(options.mode);
    const bool first = options.data_format == "channels_first";
    if (!first && options.data_format != "channels_last") {
        throw ValueError("preprocess_input: data_format is \"" + options.data_format +
                         "\"; channels_last or channels_first is wanted");
    }
    const std::size_t rank = x.shape().rank();
    const std::size_t axis = rank < 3 ? 0 : first ? rank - 3 : rank - 1;
    check_shape(x.shape(), axis);
    const auto inner = first ? static_cast<std::size_t>(x.shape()[rank - 2] * x.shape()[rank - 1]) : 1;
    if (x.size() > 0) standardize(by, x.data<float>(), result.data<float>(), inner);
    return result;
}

std::vector<std::vector<Prediction>> decode_predictions(const Tensor& predictions,
                                                        const std::filesystem::path& class_index, std::size_t top) {
    const auto refuse = [&](const std::string& what) { throw FileError(class_index.string() + ": " + what); };
    const nlohmann::json index = nlohmann::json::parse(read_text_file(class_index), nullptr, false);
    if (!index.is_object()) refuse("is no JSON object {\"0\": [id, name], …}");
    if (predictions.shape().rank() != 2 || predictions.shape()[1] != static_cast<std::int64_t>(index.size())) {
        throw ShapeError("decode_predictions: predictions of shape " + predictions.shape().str() + " came; (batch, " +
                         std::to_string(index.size()) + "), by the classes of " + class_index.string() + ", is wanted");
    }
    const std::size_t classes = index.size();
    std::vector<Prediction> known;
    for (std::size_t i = 0; i < classes; ++i) {
        const nlohmann::json entry = index.value(std::to_string(i), nlohmann::json());
        const bool is_pair = entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string();
        if (!is_pair) refuse("has no entry \"" + std::to_string(i) + "\": [id, name]");
        known.push_back({entry[0], entry[1], 0});
    }

    std::vector<std::vector<Prediction>> decoded;
    const Tensor scores = predictions.cast(DType::float32);
    for (std::int64_t row = 0; row < scores.shape()[0]; ++row) {
        const std::span<const float> given =
            scores.data<float>().subspan(static_cast<std::size_t>(row) * classes, classes);
        std::vector<std::size_t> order(classes);
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(top, classes));
        std::partial_sort(order.begin(), end, order.end(), [&](std::size_t a, std::size_t b) {
            return given[a] > given[b] || (given[a] == given[b] && a < b);
        });
        std::vector<Prediction>& best = decoded.emplace_back();
        for (auto i = order.begin(); i != end; ++i) {
            best.push_back(known[*i]);
            best.back().score = given[*i];
        }
    }
    return decoded;
}

}  // namespace markhor::applications
