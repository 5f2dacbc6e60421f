// Batches: sizes, order, prefetching, errors, and leaving early.
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "support.hpp"

namespace markhor {
namespace {

using data::test::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Ten examples: x is (i, i), y is i. Example `broken` cannot be read.
Dataset ten(std::int64_t broken = -1) {
    return Dataset::from_function(10, [broken](std::int64_t index) {
        if (index == broken) throw FileError("example " + std::to_string(index) + " is broken");
        return std::pair(Tensor::full({2}, static_cast<float>(index)),
                         Tensor::from<std::int32_t>({}, std::vector{static_cast<std::int32_t>(index)}));
    });
}

std::vector<std::vector<int>> labels_of(const BatchOptions& options) {
    std::vector<std::vector<int>> labels;
    for (const Batch& batch : ten().batches(options)) {
        const auto y = batch.y.data<std::int32_t>();
        for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(batch.x.data<float>()[2 * i], static_cast<float>(y[i]));
        labels.emplace_back(y.begin(), y.end());
    }
    return labels;
}

TEST(Batches, ComeInOrderAndTheLastIsSmaller) {
    EXPECT_THAT(labels_of({.batch_size = 4}),
                ElementsAre(ElementsAre(0, 1, 2, 3), ElementsAre(4, 5, 6, 7), ElementsAre(8, 9)));
    EXPECT_THAT(labels_of({.batch_size = 7, .drop_remainder = true}), ElementsAre(ElementsAre(0, 1, 2, 3, 4, 5, 6)));
    EXPECT_EQ(ten().batches({.batch_size = 4}).size(), 3);
    EXPECT_EQ(ten().batches({.batch_size = 4, .drop_remainder = true}).size(), 2);
}

TEST(Batches, ShuffledOrderDependsOnSeedAndEpochOnly) {
    const auto order = [](std::uint64_t seed, std::int64_t epoch) {
        return labels_of({.batch_size = 10, .shuffle = true, .seed = seed, .epoch = epoch}).at(0);
    };
    EXPECT_EQ(order(1, 2), order(1, 2));
    EXPECT_NE(order(1, 2), order(1, 3));
    EXPECT_NE(order(1, 2), order(2, 2));
    std::vector<int> sorted = order(1, 2);
    std::ranges::sort(sorted);
    std::vector<int> all(10);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(sorted, all);
}

TEST(Batches, SoManyAreReadAheadAsAskedFor) {
    std::atomic<int> read = 0;
    const Dataset counted = Dataset::from_function(10, [&read](std::int64_t index) {
        ++read;
        return std::pair(Tensor::full({2}, static_cast<float>(index)), Tensor::zeros({}, DType::int32));
    });
    for (const int ahead : {0, 1, 4}) {
        read = 0;
        Batches batches = counted.batches({.batch_size = 1, .prefetch = ahead});
        ASSERT_NE(batches.next(), nullptr);
        for (int waited = 0; read < 1 + ahead && waited < 5000; ++waited)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        EXPECT_EQ(read, 1 + ahead);
    }
    EXPECT_EQ(labels_of({.batch_size = 4, .prefetch = 0}), labels_of({.batch_size = 4}));
    EXPECT_EQ(labels_of({.batch_size = 4, .prefetch = 1000}), labels_of({.batch_size = 4}));
    EXPECT_THAT(error_of<ValueError>([] { labels_of({.prefetch = -1}); }), HasSubstr("got prefetch = -1"));
}

TEST(Batches, GiveTheErrorAtItsBatch) {
    Batches batches = ten(5).batches({.batch_size = 2});
    EXPECT_NE(batches.next(), nullptr);
    EXPECT_NE(batches.next(), nullptr);
    for (int again = 0; again < 2; ++again) {
        EXPECT_THAT(error_of<FileError>([&] { batches.next(); }), HasSubstr("example 5 is broken"));
    }
}

TEST(Batches, MayBeLeftEarly) {
    Batches batches = ten().batches({.batch_size = 1});
    EXPECT_EQ(batches.next()->index, 0);
}

TEST(Batches, OfNothingAreNone) {
    Batches batches = ten().take(0).batches();
    EXPECT_EQ(batches.next(), nullptr);
}

TEST(Batches, RefuseOptionsOutOfRange) {
    EXPECT_THAT(error_of<ValueError>([] { ten().batches({.batch_size = 0}); }), HasSubstr("batch_size is 0"));
}

}  // namespace
}  // namespace markhor
