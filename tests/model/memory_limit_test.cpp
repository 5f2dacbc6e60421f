// A limit of memory: what fits runs, what does not is refused before anything is allocated for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <markhor/case_study.hpp>
#include <markhor/error.hpp>
#include <markhor/memory.hpp>
#include <string>

namespace markhor {
namespace {

class MemoryLimitTest : public testing::Test {
protected:
    void TearDown() override { set_memory_limit(0); }
};

TEST_F(MemoryLimitTest, RefusesABatchAndNamesTheOneThatFits) {
    Sequential model = insight::head_network("gap", {28, 28, 1}, 10);
    const auto predict = [&](std::int64_t batch) {
        return model.predict(Tensor::zeros({batch, 28, 28, 1}), {.batch_size = batch, .verbose = 0});
    };
    set_memory_limit(4 << 20);
    std::string message;
    try {
        predict(256);
    } catch (const Error& error) {
        message = error.what();
    }
    EXPECT_THAT(message, testing::HasSubstr("a batch of 256 needs"));
    EXPECT_THAT(message, testing::HasSubstr("the limit is 5 MB, which a batch of "));
    const std::int64_t fitting = std::stol(message.substr(message.rfind("batch of ") + 9));
    EXPECT_GT(fitting, 0);
    EXPECT_LT(fitting, 256);
    EXPECT_EQ(predict(fitting).shape(), Shape({fitting, 10}));
    EXPECT_THROW(predict(fitting + 1), Error);
}

TEST_F(MemoryLimitTest, SaysWhereNotEvenOneImageFits) {
    Sequential model = insight::head_network("gap", {28, 28, 1}, 10);
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
    set_memory_limit(1000);
    try {
        model.train_on_batch(Tensor::zeros({8, 28, 28, 1}), Tensor::zeros({8}, DType::int32));
        FAIL() << "it was not refused";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("not even a batch of 1"));
    }
    set_memory_limit(0);
    model.train_on_batch(Tensor::zeros({8, 28, 28, 1}), Tensor::zeros({8}, DType::int32));
}

}  // namespace
}  // namespace markhor
