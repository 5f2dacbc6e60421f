// Layers with data_format "channels_first": on a turned input they give the turned output of the same layer with its
// channels last, with its gradients and statistics, for every recorded configuration of every layer that has the
// option.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "data/npz.hpp"
#include "engine/engines.hpp"
#include "layers/support.hpp"
#include "support/paths.hpp"

namespace markhor::layers::test {
namespace {

using Arrays = std::map<std::string, Tensor>;

/// The shape (n, c, …) of (n, …, c).
Shape turned(const Shape& shape) {
    std::vector<std::int64_t> dims = shape.dims();
    if (dims.size() > 2) std::rotate(dims.begin() + 1, dims.end() - 1, dims.end());
    return Shape(std::move(dims));
}

/// (n, …, c) as (n, c, …), by plain loops.
Tensor turned(const Tensor& image) {
    if (image.shape().rank() < 3) return image;
    const auto batch = static_cast<std::size_t>(image.shape()[0]);
    const auto channels = static_cast<std::size_t>(image.shape().back());
    const auto from = image.data<float>();
    const std::size_t area = from.size() / (batch * channels);
    std::vector<float> to(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
        const std::size_t n = i / (area * channels);
        to[(n * channels + i % channels) * area + i / channels % area] = from[i];
    }
    return floats(turned(image.shape()), to);
}

/// Functions along the last axis, which is another one here.
bool is_along_last_axis(const nlohmann::json& config) {
    static const std::set<std::string> functions = {"softmax", "log_softmax", "glu", "sparsemax"};
    return functions.contains(config.value("activation", ""));
}

void expect_same(const Tensor& came, const Tensor& wanted, const std::string& what) {
    ASSERT_EQ(came.shape(), wanted.shape()) << what;
    const auto x = came.data<float>();
    const auto y = wanted.data<float>();
    const float scale =
        std::accumulate(y.begin(), y.end(), 1.0F, [](float a, float b) { return std::max(a, std::abs(b)); });
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(x[i], y[i], 1e-5F * scale) << what << " at " << i;
}

/// Both layers on one input in one mode; `last` has its weights.
void check_alike(const Layer& last, const Layer& first, const Tensor& x, const graph::Engine& engine, bool training) {
    SCOPED_TRACE(std::string(engine.name()) + (training ? " in training" : " at inference"));
    Layer(first).set_weights(last.get_weights());
    const Tensor y = run_layer(last, {x}, engine, training).y;
    std::vector<float> weights(static_cast<std::size_t>(y.size()));
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 0.1F * static_cast<float>(i % 17) - 0.7F;
    const Tensor upstream = floats(y.shape(), weights);
    const LayerRun wanted = run_layer(last, {x}, engine, training, upstream);
    // Flatten and global pooling leave no axis to turn.
    const LayerRun came = run_layer(first, {turned(x)}, engine, training, turned(upstream));
    expect_same(came.y, turned(wanted.y), "y");
    expect_same(came.input_gradients[0], turned(wanted.input_gradients[0]), "gradient of the input");
    ASSERT_EQ(came.weight_gradients.size(), wanted.weight_gradients.size());
    for (std::size_t i = 0; i < wanted.weight_gradients.size(); ++i)
        expect_same(came.weight_gradients[i], wanted.weight_gradients[i], "gradient of weight " + std::to_string(i));
}

void check(const std::string& class_name, nlohmann::json config, const Tensor& x) {
    SCOPED_TRACE(class_name + " " + config.dump());
    clear_session();
    const Layer last = layer_from(class_name, config);
    config["data_format"] = "channels_first";
    const Layer first = layer_from(class_name, config);
    const Shape& image = x.shape();
    const Shape output = last(Input(image.without_batch(), {.batch_size = image[0]})).shape();
    EXPECT_EQ(first(Input(turned(image).without_batch(), {.batch_size = image[0]})).shape(), turned(output));
    for (const graph::Engine* engine : {&engine::reference(), &engine::cpu()}) {
        check_alike(last, first, x, *engine, false);
        check_alike(last, first, x, *engine, true);
    }
}

TEST(ChannelsFirst, IsTheSameLayerTurnedForEveryRecordedConfiguration) {
    std::string loaded;
    Arrays arrays;
    std::set<std::string> classes;
    int cases = 0;
    for (const nlohmann::json& manifest : golden_json("layers/manifest.json")) {
        const nlohmann::json& config = manifest["config"];
        const std::string class_name = manifest["class_name"];
        if (config.value("data_format", "") != "channels_last" || is_along_last_axis(config)) continue;
        if (class_name != loaded) arrays = data::read_npz(markhor::test::golden("layers/") + class_name + ".npz");
        loaded = class_name;
        const Tensor x = arrays.at(manifest["id"].get<std::string>() + ".x0");
        check(class_name, config, x.cast(DType::float32));
        classes.insert(class_name);
        ++cases;
    }
    EXPECT_GE(classes.size(), 30U);
    EXPECT_GE(cases, 200);
    RecordProperty("cases", cases);
}

TEST(ChannelsFirst, AugmentsTheSameImages) {
    std::vector<float> values(static_cast<std::size_t>(2 * 6 * 5 * 3));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 37 % 101) / 101;
    const Tensor x = floats({2, 6, 5, 3}, values);
    check("RandomFlip", {{"mode", "horizontal_and_vertical"}, {"seed", 3}}, x);
    check("RandomRotation", {{"factor", 0.2}, {"seed", 3}}, x);
    check("RandomTranslation", {{"height_factor", 0.3}, {"width_factor", 0.3}, {"seed", 3}}, x);
    check("RandomZoom", {{"height_factor", 0.3}, {"seed", 3}}, x);
    check("RandomCrop", {{"height", 4}, {"width", 3}, {"seed", 3}}, x);
    check("RandomContrast", {{"factor", 0.5}, {"seed", 3}}, x);
}

}  // namespace
}  // namespace markhor::layers::test
