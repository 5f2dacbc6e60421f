// Every case of every op on the cpu engine against the reference engine's double sums.
#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "core/parallel.hpp"
#include "engine/engines.hpp"
#include "engine/support.hpp"
#include "ops/cases.hpp"

namespace markhor::engine {
namespace {

using namespace ops::test;

// Runs the op with output `left_out` unread (-1: all are read), in arena-like memory that holds rubbish beforehand.
std::vector<Tensor> run(const OpCase& c, const std::vector<Tensor>& inputs, int left_out) {
    const auto specs = c.op->outputs(c.inputs);
    const graph::KernelPtr kernel = cpu().kernel(*c.op, c.inputs, specs);
    std::vector<const void*> in;
    in.reserve(inputs.size());
    for (const Tensor& input : inputs) in.push_back(input.raw());
    std::vector<Tensor> outputs;
    std::vector<void*> out;
    for (const ops::TensorSpec& spec : specs) {
        outputs.emplace_back(spec.shape, spec.dtype);
        std::memset(outputs.back().raw(), 0x7f, outputs.back().bytes());
        out.push_back(static_cast<int>(out.size()) == left_out ? nullptr : outputs.back().raw());
    }
    Tensor scratch({static_cast<std::int64_t>(kernel->scratch_bytes())}, DType::uint8);
    std::memset(scratch.raw(), 0x7f, scratch.bytes());
    kernel->run({in, out, static_cast<std::byte*>(scratch.raw())});
    return outputs;
}

TEST(CpuEngine, AgreesWithTheReferenceEngine) {
    for (const OpCase& c : all_op_cases()) {
        SCOPED_TRACE(c.name);
        const auto inputs = draw_inputs(c);
        const auto expected = run_op(*c.op, inputs, reference());
        for (int left_out = -1; left_out < static_cast<int>(expected.size()); ++left_out) {
            if (expected.size() == 1 && left_out == 0) continue;
            const auto outputs = run(c, inputs, left_out);
            for (std::size_t i = 0; i < expected.size(); ++i) {
                if (static_cast<int>(i) == left_out) continue;
                EXPECT_LE(difference(outputs[i], expected[i]), 1e-5) << "output " << i << ", without " << left_out;
            }
        }
    }
}

TEST(CpuEngine, IsTheSameBitForBitEachTime) {
    for (const OpCase& c : all_op_cases()) {
        SCOPED_TRACE(c.name);
        const auto inputs = draw_inputs(c);
        const auto once = run(c, inputs, -1);
        const auto again = run(c, inputs, -1);
        for (std::size_t i = 0; i < once.size(); ++i) {
            EXPECT_EQ(std::memcmp(once[i].raw(), again[i].raw(), once[i].bytes()), 0) << "output " << i;
        }
    }
}

TEST(CpuEngine, WorksWithAnyNumberOfThreads) {
    for (const int threads : {1, 3}) {
        set_num_threads(threads);
        for (const OpCase& c : all_op_cases()) {
            SCOPED_TRACE(c.name + " threads " + std::to_string(threads));
            const auto inputs = draw_inputs(c);
            const auto expected = run_op(*c.op, inputs, reference());
            const auto outputs = run(c, inputs, -1);
            for (std::size_t i = 0; i < expected.size(); ++i) {
                EXPECT_LE(difference(outputs[i], expected[i]), 1e-5) << "output " << i;
            }
        }
        set_num_threads(0);
    }
}

TEST(CpuEngine, WorksInPlaceWhereTheOpSaysSo) {
    for (const OpCase& c : all_op_cases()) {
        SCOPED_TRACE(c.name);
        const auto inputs = draw_inputs(c);
        const auto specs = c.op->outputs(c.inputs);
        std::vector<Tensor> copies;
        copies.reserve(inputs.size());
        for (const Tensor& input : inputs) copies.push_back(input.clone());
        std::vector<Tensor> outputs;
        for (std::size_t i = 0; i < specs.size(); ++i) {
            const int taken = c.op->in_place_input(static_cast<int>(i));
            outputs.push_back(taken >= 0 ? copies[static_cast<std::size_t>(taken)]
                                         : Tensor(specs[i].shape, specs[i].dtype));
        }
        std::vector<const void*> in;
        in.reserve(copies.size());
        for (const Tensor& input : copies) in.push_back(input.raw());
        std::vector<void*> out;
        out.reserve(outputs.size());
        for (Tensor& output : outputs) out.push_back(output.raw());
        const graph::KernelPtr kernel = cpu().kernel(*c.op, c.inputs, specs);
        Tensor scratch({static_cast<std::int64_t>(kernel->scratch_bytes())}, DType::uint8);
        kernel->run({in, out, static_cast<std::byte*>(scratch.raw())});
        const auto expected = run_op(*c.op, inputs, reference());
        for (std::size_t i = 0; i < specs.size(); ++i) EXPECT_LE(difference(outputs[i], expected[i]), 1e-5);
    }
}

TEST(CpuEngine, TanhReachesOneAndKeepsWhatIsNoNumber) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    Tensor x = Tensor::zeros({35});
    const auto values = x.data<float>();
    values[1] = std::numeric_limits<float>::quiet_NaN();
    values[2] = infinity;
    values[3] = -infinity;
    values[33] = 20;
    values[34] = values[1];
    const ops::Unary tanh(ops::UnaryKind::tanh);
    const Tensor y = run_op(tanh, {x}, cpu())[0];
    EXPECT_EQ(difference(y, run_op(tanh, {x}, reference())[0]), 0);
    EXPECT_TRUE(std::isnan(y.data<float>()[34]));
}

}  // namespace
}  // namespace markhor::engine
