// compile({.checkpointing = true}): the same training in less memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/markhor.hpp>

#include "core/random.hpp"

namespace markhor {
namespace {

constexpr std::int64_t batch = 16;

// Everything that a second computation could change: batch statistics, dropout, activity regularization.
Sequential network(bool checkpointing) {
    clear_session();
    set_random_seed(7);
    Sequential model({Input({16, 16, 3})});
    for (int i = 0; i < 6; ++i) {
        model.add(layers::Conv2D(8, 3, {.padding = "same", .use_bias = false}));
        model.add(layers::BatchNormalization());
        model.add(layers::Activation("tanh"));
        model.add(layers::Dropout(0.3));
    }
    model.add(layers::GlobalAveragePooling2D());
    model.add(layers::Dense(4, {.activation = "softmax"}));
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .checkpointing = checkpointing});
    return model;
}

struct Data {
    Data() : x({batch, 16, 16, 3}, DType::float32), y({batch}, DType::int32) {
        Random random(3);
        for (float& pixel : x.data<float>()) pixel = static_cast<float>(random.uniform());
        for (std::size_t i = 0; i < batch; ++i) y.data<std::int32_t>()[i] = static_cast<std::int32_t>(i % 4);
    }
    Tensor x, y;
};

class CheckpointingTest : public testing::Test {
protected:
    void TearDown() override { set_memory_limit(0); }
};

TEST_F(CheckpointingTest, TrainsToTheSameWeights) {
    const Data data;
    Sequential whole = network(false);
    for (int step = 0; step < 3; ++step) whole.train_on_batch(data.x, data.y);
    Sequential part = network(true);
    for (int step = 0; step < 3; ++step) part.train_on_batch(data.x, data.y);
    const auto wanted = whole.get_weights();
    const auto got = part.get_weights();
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        const auto a = got[i].data<float>();
        const auto b = wanted[i].data<float>();
        EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << i;
    }
}

// The least memory that a step fits in, by halving.
std::size_t least_memory(bool checkpointing) {
    const Data data;
    std::size_t refused = 0;
    std::size_t fits = std::size_t{64} << 20;
    while (fits - refused > (std::size_t{16} << 10)) {
        const std::size_t limit = refused + (fits - refused) / 2;
        Sequential model = network(checkpointing);
        set_memory_limit(limit);
        try {
            model.train_on_batch(data.x, data.y);
            fits = limit;
        } catch (const Error&) {
            refused = limit;
        }
    }
    return fits;
}

TEST_F(CheckpointingTest, FitsWhereTheWholeStepDoesNot) { EXPECT_LT(least_memory(true), least_memory(false) * 3 / 4); }

}  // namespace
}  // namespace markhor
