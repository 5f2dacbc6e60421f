// How initial values are distributed, against what real Keras drew (tests/golden/initializers); orthogonality,
// identity, and that seeds repeat.
#include <algorithm>
#include <cmath>
#include <map>
#include <markhor/initializers.hpp>
#include <nlohmann/json.hpp>

#include "layers/support.hpp"

namespace markhor::layers::test {
namespace {

using nlohmann::json;

struct Statistics {
    double mean = 0;
    double deviation = 0;
    std::vector<float> sorted;

    explicit Statistics(const Tensor& drawn) : sorted(values_of(drawn)) {
        std::ranges::sort(sorted);
        for (const float value : sorted) mean += value;
        mean /= static_cast<double>(sorted.size());
        for (const float value : sorted) deviation += (value - mean) * (value - mean);
        deviation = std::sqrt(deviation / static_cast<double>(sorted.size()));
    }
    double quantile(double part) const {
        return static_cast<double>(sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))]);
    }
};

Initializer from(const json& entry) {
    std::map<std::string, double> arguments;
    std::map<std::string, std::string> text;
    const json given = entry.value("kwargs", json::object());
    for (const auto& [key, value] : given.items()) {
        if (value.is_string()) {
            text[key] = value.get<std::string>();
        } else {
            arguments[key] = value.get<double>();
        }
    }
    return Initializer::make(entry["initializer"].get<std::string>(), arguments, text);
}

std::vector<json> recorded() {
    std::vector<json> entries;
    const json with_arguments = golden_json("initializers/initializers.json");
    for (const json& entry : with_arguments["initializers"]) entries.push_back(entry);
    for (const json& entry : golden_json("initializers/initializer_stats.json")) entries.push_back(entry);
    return entries;
}

/// A mean of n draws is off by its deviation over sqrt(n); Keras's, from its own draws, too. Six such deviations are
/// never seen; the seeds are fixed.
TEST(InitializersTest, DrawAsKerasDoes) {
    std::size_t checked = 0;
    for (const json& entry : recorded()) {
        SCOPED_TRACE(entry.dump().substr(0, 200));
        const Shape shape(entry["shape"].get<std::vector<std::int64_t>>());
        const Statistics drawn(from(entry)(shape, 7));
        const double deviation = entry["std"].get<double>();
        const double off = 6 * std::sqrt(2 / static_cast<double>(shape.elements()));
        EXPECT_NEAR(drawn.mean, entry["mean"].get<double>(), off * deviation + 1e-7);
        // An orthogonal kernel's deviation is its gain's, exactly; the fourth moment of all others is at most normal's.
        EXPECT_NEAR(drawn.deviation, deviation, off * deviation + 1e-7);
        const bool has_tails = entry["initializer"] == "RandomNormal" || entry["initializer"] == "Orthogonal" ||
                               entry.value("kwargs", json::object()).value("distribution", "") == "untruncated_normal";
        if (!has_tails) {  // uniform and truncated values end where Keras's do
            const double least = entry["min"].get<double>();
            const double most = entry["max"].get<double>();
            const double width = 40 * (most - least) / static_cast<double>(shape.elements());
            EXPECT_GE(drawn.sorted.front(), least - width - 1e-6);
            EXPECT_LE(drawn.sorted.back(), most + width + 1e-6);
        }
        const json quantiles = entry.value("quantiles", json::object());
        for (const auto& [part, value] : quantiles.items())
            EXPECT_NEAR(drawn.quantile(std::stod(part)), value.get<double>(), 4 * off * deviation + 1e-6) << part;
        ++checked;
    }
    EXPECT_GT(checked, 150U);
}

/// Of the smaller side's vectors: diagonal gain², else 0.
TEST(InitializersTest, OrthogonalIsOrthogonal) {
    for (const Shape& shape : {Shape{6, 4}, Shape{4, 6}, Shape{3, 3, 2, 5}, Shape{1, 1, 2, 7}}) {
        const Tensor drawn = initializers::Orthogonal({.gain = 1.5})(shape, 3);
        const auto data = drawn.data<float>();
        const auto columns = static_cast<std::size_t>(shape.back());
        const std::size_t rows = data.size() / columns;
        const bool of_columns = columns <= rows;
        const std::size_t vectors = of_columns ? columns : rows;
        const auto at = [&](std::size_t vector, std::size_t i) {
            return static_cast<double>(of_columns ? data[i * columns + vector] : data[vector * columns + i]);
        };
        for (std::size_t a = 0; a < vectors; ++a) {
            for (std::size_t b = 0; b <= a; ++b) {
                double product = 0;
                for (std::size_t i = 0; i < std::max(rows, columns); ++i) product += at(a, i) * at(b, i);
                EXPECT_NEAR(product, a == b ? 2.25 : 0, 1e-5) << shape.str() << " " << a << " " << b;
            }
        }
    }
}

TEST(InitializersTest, IdentityIsTheUnitMatrixTimesItsGain) {
    EXPECT_EQ(values_of(initializers::Identity(2)({2, 3}, 0)), (std::vector<float>{2, 0, 0, 0, 2, 0}));
    EXPECT_THROW(initializers::Identity()({2, 2, 2}, 0), ValueError);
}

TEST(InitializersTest, SeedsRepeat) {
    for (const Initializer& initializer :
         {Initializer("glorot_uniform"), Initializer("random_normal"), Initializer("orthogonal")}) {
        const Shape shape{5, 4};
        EXPECT_EQ(values_of(initializer(shape, 1)), values_of(initializer(shape, 1)));
        EXPECT_NE(values_of(initializer(shape, 1)), values_of(initializer(shape, 2)));
    }
    const Initializer own = initializers::HeNormal({.seed = 5});
    EXPECT_EQ(values_of(own({3, 3}, 1)), values_of(own({3, 3}, 2)));
}

}  // namespace
}  // namespace markhor::layers::test
