// Dataset::cache: each example is read once, comes back as it was, and a cache file of something else is refused.
#include <atomic>
#include <memory>
#include <vector>

#include "support.hpp"

namespace markhor {
namespace {

using data::test::error_of;
using data::test::TemporaryFolder;
using ::testing::HasSubstr;

/// Five examples (3): example i is {values[i], 1, 2}, y is (2) of float32; counts its reads.
struct Counted {
    std::shared_ptr<std::atomic<int>> reads = std::make_shared<std::atomic<int>>(0);
    Dataset data = Dataset::from_function(5, [reads = reads](std::int64_t index) {
        ++*reads;
        constexpr float values[] = {0, 255, 0.5F, -1, 256};
        return std::pair(Tensor::from<float>({3}, std::vector<float>{values[index], 1, 2}),
                         Tensor::full({2}, static_cast<float>(index)));
    });
};

void expect_equal(const Dataset& data, const Dataset& wanted) {
    Batches a = data.batches({.batch_size = 8});
    Batches b = wanted.batches({.batch_size = 8});
    const Batch& first = *a.next();
    const Batch& second = *b.next();
    EXPECT_THAT(first.x.data<float>(), ::testing::ElementsAreArray(second.x.data<float>()));
    EXPECT_THAT(first.y.data<float>(), ::testing::ElementsAreArray(second.y.data<float>()));
}

TEST(MemoryCache, ReadsEachExampleOnceAndKeepsItsValues) {
    const Counted counted;
    const Dataset cached = counted.data.cache();
    *counted.reads = 0;
    expect_equal(cached.slice(1, 3), counted.data.slice(1, 3));
    EXPECT_EQ(*counted.reads, 4);
    expect_equal(cached, counted.data);
    EXPECT_EQ(*counted.reads, 4 + 3 + 5);
    *counted.reads = 0;
    for (int round = 0; round < 3; ++round) expect_equal(cached, cached.rescaled(1));
    EXPECT_EQ(*counted.reads, 0);
}

TEST(MemoryCache, ReadsAgainWhatDoesNotFit) {
    const Counted counted;
    const std::size_t one =
        static_cast<std::size_t>(counted.data.x_shape().elements()) * sizeof(float) +
        static_cast<std::size_t>(counted.data.y_shape().elements()) * size_of(counted.data.y_dtype());
    const Dataset cached = counted.data.cache(2 * one);
    expect_equal(cached, counted.data);
    *counted.reads = 0;
    expect_equal(cached, cached);
    EXPECT_EQ(*counted.reads, 2 * (counted.data.size() - 2));
    expect_equal(counted.data.cache(std::size_t{0}), counted.data);
}

TEST(FileCache, IsWrittenOnceAndReadByTheNext) {
    const TemporaryFolder folder;
    const Counted counted;
    const Dataset cached = counted.data.cache(folder / "set.cache");
    *counted.reads = 0;
    const Dataset again = counted.data.cache(folder / "set.cache");
    expect_equal(again, cached);
    EXPECT_EQ(*counted.reads, 0);
    expect_equal(again, counted.data);
}

TEST(FileCache, RefusesFilesOfOtherDataAndTruncatedOnes) {
    const TemporaryFolder folder;
    const Counted counted;
    const auto file = folder / "set.cache";
    const auto refusal = [&](const Dataset& data) { return error_of<FileError>([&] { data.cache(file); }); };
    EXPECT_EQ(refusal(counted.data), "");
    EXPECT_THAT(refusal(counted.data.take(2)), HasSubstr("5 examples of other data; 2 of (3,) are wanted"));
    data::test::Bytes bytes = data::test::read(file);
    bytes.pop_back();
    data::test::write(file, bytes);
    EXPECT_THAT(refusal(counted.data), HasSubstr("set.cache: is truncated"));
    data::test::write(file, data::test::Bytes(1000));
    EXPECT_THAT(refusal(counted.data), HasSubstr("is no cache"));
    data::test::write(file, {});
    EXPECT_THAT(refusal(counted.data), HasSubstr("is no cache"));
    EXPECT_THAT(error_of<FileError>([&] { counted.data.cache(folder / "none" / "set.cache"); }), HasSubstr("none"));
}

}  // namespace
}  // namespace markhor
