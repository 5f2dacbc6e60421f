// for_each: every item once, on several threads; errors; jobs within jobs and beside each other.
#include "data/workers.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/parallel.hpp"
#include "support.hpp"

namespace markhor::data {
namespace {

class WorkersTest : public ::testing::Test {
protected:
    void SetUp() override { set_num_threads(4); }
    void TearDown() override { set_num_threads(0); }
};

TEST_F(WorkersTest, CallsEachItemOnce) {
    for (const std::int64_t count : {0, 1, 2, 1000}) {
        std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
        for_each(count, [&](std::int64_t i) { ++calls[static_cast<std::size_t>(i)]; });
        for (const auto& call : calls) EXPECT_EQ(call, 1);
    }
}

TEST_F(WorkersTest, ThrowsTheErrorOfTheLowestItem) {
    for (int round = 0; round < 50; ++round) {
        EXPECT_EQ(test::error_of<std::runtime_error>([] {
                      for_each(100, [](std::int64_t i) {
                          if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
                      });
                  }),
                  "7");
    }
}

TEST_F(WorkersTest, JobsWithinJobsAndBesideEachOtherEnd) {
    std::atomic<int> calls = 0;
    std::vector<std::thread> threads;
    threads.reserve(3);
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] { for_each(8, [&](std::int64_t) { for_each(8, [&](std::int64_t) { ++calls; }); }); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(calls, 3 * 64);
}

}  // namespace
}  // namespace markhor::data
